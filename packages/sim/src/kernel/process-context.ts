import { eventKinds } from './event-kinds.ts';
import type { EventQueue } from './event-queue.ts';
import type { Network } from './network.ts';
import type { NodeState } from './node-state.ts';
import type { ProcessContext } from './process.ts';

/** What a context is made of. */
export interface ContextParts {
  readonly node: NodeState;
  readonly time: { readonly nowUs: number };
  readonly queue: EventQueue;
  readonly network: Network;
  /** Wall clock at time 0. */
  readonly startMs: number;
  readonly failed: (node: NodeState, life: number, error: unknown) => void;
}

/** The context of the life that a node has now. */
export function createProcessContext(parts: ContextParts): ProcessContext {
  const { node, time, queue, network, startMs, failed } = parts;
  const { life, spec } = node;
  const { skewMs = 0, driftPpm = 0, slowness = 1 } = spec;
  const isAlive = () => node.life === life && node.process !== undefined;
  const wallMs = () => {
    const nowMs = time.nowUs / 1_000;
    return Math.floor(startMs + nowMs * (1 + driftPpm / 1e6) + skewMs + node.wallJumpMs);
  };

  function push(delayMs: number, kind: number, token: number, payload: unknown): number {
    if (!(delayMs >= 0 && delayMs <= 2 ** 31 - 1)) throw new RangeError(`a delay of ${delayMs} ms`);
    if (!isAlive()) return 0;
    const dueUs = time.nowUs + Math.round(delayMs * 1_000);
    return queue.push(dueUs, kind, node.index, life, token, payload);
  }

  const schedule = (delayMs: number, task: () => void) => {
    const timer = push(delayMs, eventKinds.callback, 0, task);
    return () => {
      queue.cancel(timer);
    };
  };

  return {
    self: node.index,
    life,
    random: node.random,
    get nowMs() {
      return time.nowUs / 1_000;
    },
    get wallMs() {
      return wallMs();
    },
    send(to, message, traffic = 0) {
      if (node.life === life && node.process !== undefined) {
        network.send(node, to, message, traffic);
      }
    },
    setTimer: (delayMs, token) => push(delayMs, eventKinds.timer, token, undefined),
    cancelTimer(timer) {
      queue.cancel(timer);
    },
    spend(ms) {
      if (!(ms >= 0)) throw new RangeError(`work of ${ms} ms`);
      const from = Math.max(node.busyUntilUs, time.nowUs);
      node.busyUntilUs = from + Math.round(ms * slowness * 1_000);
    },
    clock: { nowMs: wallMs, monotonicMs: () => time.nowUs / 1_000 },
    scheduler: {
      schedule,
      sleep: (delayMs, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted === true) return reject(signal.reason);
          const onAbort = () => {
            cancel();
            reject(signal?.reason);
          };
          const cancel = schedule(delayMs, () => {
            signal?.removeEventListener('abort', onAbort);
            resolve();
          });
          signal?.addEventListener('abort', onAbort, { once: true });
        }),
    },
    failed: (error) => failed(node, life, error),
  };
}
