import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Metrics, Scheduler } from '@pars/base';
import { createRecordingLog, type RecordingLog } from '@pars/base/fakes';
import { createSuite, type Suite } from '@pars/crypto';
import { createNodeCryptoProvider } from '../crypto/node-crypto-provider.ts';
import { systemRandom } from '../crypto/system-random.ts';
import { createLibp2pHost, type Libp2pHost, type Libp2pHostOptions } from './libp2p-host.ts';

/** The real clock, for tests over real sockets. */
export const realClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** Real timers, for tests over real sockets. */
export const realScheduler: Scheduler = {
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  async sleep(delayMs, signal) {
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
  },
};

/** Suite 1 on the native provider. */
export const nativeSuite: Suite = createSuite({
  provider: createNodeCryptoProvider(),
  random: systemRandom,
});

/** A host with what it logged and counted. */
export interface WatchedHost extends Libp2pHost {
  readonly log: RecordingLog;
  readonly metrics: Metrics;
  /** Aborted when the host is stopped. */
  readonly stopping: AbortSignal;
  /** Counter by name; 0 when it was never counted. */
  counted(name: string): number;
  /** Resolves once the counter has reached `atLeast`. */
  untilCounted(name: string, atLeast?: number): Promise<void>;
  /** Resolves once that many refusals of any kind were counted. */
  untilRefused(atLeast: number): Promise<void>;
}

/** A host over real libp2p with a fresh key. */
export async function createWatchedHost(
  options: Libp2pHostOptions,
  scheduler: Scheduler = realScheduler,
): Promise<WatchedHost> {
  const log = createRecordingLog();
  const countByName = new Map<string, number>();
  const waiters = new Set<() => void>();
  const metrics: Metrics = {
    count(name, by = 1) {
      countByName.set(name, (countByName.get(name) ?? 0) + by);
      for (const wake of waiters) wake();
    },
    gauge: () => undefined,
    snapshot: () => countByName,
  };
  const nodeSeed = nativeSuite.signature.generateSeed();
  const host = await createLibp2pHost(
    {
      suite: nativeSuite,
      nodeSeed,
      clock: realClock,
      scheduler,
      random: systemRandom,
      log,
      metrics,
    },
    options,
  );
  const counted = (name: string): number => countByName.get(name) ?? 0;
  const stopping = new AbortController();
  const stop = (): Promise<void> => {
    stopping.abort();
    return host.stop();
  };
  return {
    ...host,
    stop,
    [Symbol.asyncDispose]: stop,
    log,
    metrics,
    stopping: stopping.signal,
    counted,
    untilCounted: (name, atLeast = 1) => until(() => counted(name) >= atLeast),
    untilRefused: (atLeast) => until(() => counted('mesh/link-refused') >= atLeast),
  };

  /** Looks again whenever something was counted. */
  function until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        if (!condition()) return;
        waiters.delete(wake);
        resolve();
      };
      waiters.add(wake);
      wake();
    });
  }
}
