import type { ApiHandlers } from '@pars/api';
import type { Log } from '@pars/base';
import { type SleepWatch, watchSleep } from './sleep-watch.ts';

/**
 * Locks the vault when its owner is away: on SIGUSR2, and when the machine goes
 * to sleep or its screen is locked, where the system tells. Disposing of it ends that.
 */
export function lockWhenAway(handlers: ApiHandlers, log: Log): Disposable {
  const { signal } = new AbortController();
  const lock = (): void => {
    // Without a vault, or locked already, there is nothing to do; a medium that fails locks, too.
    handlers.methods['vault.lock']({}, { signal }).catch(() =>
      log.write('error', 'parsd/lock-failed'),
    );
  };
  const hasSignal = process.platform !== 'win32';
  if (hasSignal) process.on('SIGUSR2', lock);
  const watch: SleepWatch = watchSleep(lock);
  return {
    [Symbol.dispose]: () => {
      watch[Symbol.dispose]();
      if (hasSignal) process.off('SIGUSR2', lock);
    },
  };
}
