import { type Failure, type Metrics, ok, type Result } from '@pars/base';
import type { NodeEngine } from '@pars/node';
import { type MetricsServer, serveMetrics } from '@pars/platform-node';

/** The page of metrics of this process, when a port was given. Code: `metrics/cannot-listen`. */
export async function serveNodeMetrics(
  engine: Pick<NodeEngine, 'methods'>,
  metrics: Metrics,
  port: number | undefined,
): Promise<Result<MetricsServer | undefined, Failure>> {
  if (port === undefined) return ok(undefined);
  const { signal } = new AbortController();

  async function read(): Promise<ReadonlyMap<string, number>> {
    const values = new Map(metrics.snapshot());
    const status = await engine.methods['node.status']({}, { signal });
    const carrying = status.ok ? status.value.carrying : undefined;
    values.set('mesh/carried-parcels', carrying?.parcels ?? 0);
    values.set('mesh/carried-bytes', carrying?.bytes ?? 0);
    values.set('mesh/carry-capacity-bytes', carrying?.capacityBytes ?? 0);
    values.set('process/uptime-seconds', Math.floor(process.uptime()));
    values.set('process/resident-bytes', process.memoryUsage.rss());
    return values;
  }

  return await serveMetrics(read, { port });
}
