import { type Failure, ok, type Result, type Scheduler } from '@pars/base';
import { openFileVaultPlace } from '@pars/platform-node';
import { TICK_MS } from '@pars/vault';
import { startDaemon } from '../daemon.ts';
import { silentMesh } from '../mesh-options.ts';

/** A node of a demonstration, in this process: what people run, but for the vault's clock. */
export interface DemoNode extends AsyncDisposable {
  /** Resolves when the node was asked to stop, and ended. */
  readonly ended: Promise<void>;
  /** From now on the vault ticks when {@link DemoNode.tick} is called, and at no other time. */
  hold(): void;
  /** One tick; flushes go one after another. */
  tick(): void;
}

/**
 * Starts a node on a data folder, on 127.0.0.1 alone, whose vault ticks every
 * `tickMs` milliseconds in place of 30,000. Codes: those of `startDaemon`.
 */
export async function startDemoNode(
  folder: string,
  tickMs: number,
): Promise<Result<DemoNode, Failure>> {
  let waiting: (() => void) | undefined;
  let isHeld = false;
  const tick = (): void => {
    const task = waiting;
    waiting = undefined;
    task?.();
  };
  const beat = setInterval(() => {
    if (!isHeld) tick();
  }, tickMs);
  const started = await startDaemon(
    {
      dataDir: folder,
      listen: [],
      rpcPort: 0,
      sitePort: 0,
      mesh: silentMesh,
      logLevel: 'error',
      json: false,
    },
    {
      openVaultPlace: (deps, options) =>
        openFileVaultPlace({ ...deps, scheduler: withTicks(deps.scheduler) }, options),
    },
  );
  if (!started.ok) {
    clearInterval(beat);
    return started;
  }
  const daemon = started.value;
  let ending: Promise<void> | undefined;
  const end = (): Promise<void> => {
    clearInterval(beat);
    // A vault without extra flushes locks at a tick.
    isHeld = false;
    const stopped = ending ?? Promise.resolve(daemon[Symbol.asyncDispose]());
    ending = stopped;
    return stopped;
  };
  return ok({
    ended: daemon.stopAsked.then(end),
    hold: () => {
      isHeld = true;
    },
    tick,
    [Symbol.asyncDispose]: end,
  });

  function withTicks(scheduler: Scheduler): Scheduler {
    return {
      sleep: (delayMs, signal) => scheduler.sleep(delayMs, signal),
      schedule(delayMs, task) {
        if (delayMs !== TICK_MS) return scheduler.schedule(delayMs, task);
        waiting = task;
        return () => {
          if (waiting === task) waiting = undefined;
        };
      },
    };
  }
}
