import type { Metrics } from '../ports/metrics.ts';

/**
 * Counters and gauges in memory: the one implementation, for tests and for
 * nodes. At most 1,024 names; what does not fit (a further name, a name that
 * is not `[a-z0-9/.-]{1,64}`, a counter that would shrink, a value that is not
 * finite) is counted under `base/metrics-refused` instead of failing the work
 * that was being measured.
 */
export function createMemoryMetrics(): Metrics {
  const valueByName = new Map<string, number>();

  function set(name: string, value: number): void {
    const known = valueByName.has(name);
    const fits = known || (valueByName.size < MAX_NAMES && NAME.test(name));
    if (fits && Number.isFinite(value)) valueByName.set(name, value);
    else refuse();
  }

  function refuse(): void {
    valueByName.set(REFUSED, (valueByName.get(REFUSED) ?? 0) + 1);
  }

  return {
    count(name, by = 1) {
      if (by < 0) refuse();
      else set(name, (valueByName.get(name) ?? 0) + by);
    },
    gauge: set,
    snapshot: () => new Map([...valueByName].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

const MAX_NAMES = 1024;
const NAME = /^[a-z0-9/.-]{1,64}$/;
const REFUSED = 'base/metrics-refused';
