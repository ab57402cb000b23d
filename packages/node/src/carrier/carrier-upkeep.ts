import type { Cancel, Log, Scheduler } from '@pars/base';
import type { TaskSet } from '../task-set.ts';
import type { Carrier } from './carrier.ts';

/** Opens what is carried, and every hour deletes what has expired, until the signal aborts. */
export function startCarrierUpkeep(
  deps: {
    readonly carrier: Carrier;
    readonly scheduler: Scheduler;
    readonly log: Log;
    readonly tasks: TaskSet;
  },
  signal: AbortSignal,
): void {
  const { carrier, log, scheduler, tasks } = deps;
  let cancel: Cancel | undefined;
  signal.addEventListener('abort', () => cancel?.());
  runNow();

  function runNow(): void {
    if (signal.aborted) return;
    cancel = scheduler.schedule(HOUR_MS, runNow);
    tasks.start('node/carrier-upkeep-failed', async () => {
      const expired = await (await carrier.open()).expire();
      if (expired > 0) log.write('debug', 'node/parcels-expired', { expired });
    });
  }
}

const HOUR_MS = 3_600_000;
