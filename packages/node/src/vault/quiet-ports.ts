import type { LogDep, MetricsDep } from '@pars/base';

/**
 * Log and metrics for whatever acts for a person. A line or a count that only
 * letters bring about would say that there are letters, and when: next to a
 * decoy without any, that something is hidden (PIP-0003 §3.8). Nothing is
 * counted, and lines are written at the level `debug` only.
 */
export function quietPorts({ log }: LogDep): LogDep & MetricsDep {
  return {
    log: { write: (_level, event, fields) => log.write('debug', event, fields) },
    metrics: { count: () => undefined, gauge: () => undefined, snapshot: () => new Map() },
  };
}
