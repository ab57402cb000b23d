import type { Clock, Scheduler } from '@pars/base';
import type { SimulationRandom } from '@pars/base/fakes';
import { eventKinds } from './event-kinds.ts';
import type { EventHandle, EventQueue } from './event-queue.ts';
import type { Network } from './network.ts';
import type { NodeState } from './node-state.ts';
import type { NodeIndex, ProcessContext, Traffic } from './process.ts';

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
  return new LifeContext(parts);
}

/** A class for the sake of its getters: thousands of objects with their own ones cannot be called quickly. */
class LifeContext implements ProcessContext {
  readonly self: NodeIndex;
  readonly life: number;
  readonly random: SimulationRandom;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly #node: NodeState;
  readonly #time: { readonly nowUs: number };
  readonly #parts: ContextParts;

  constructor(parts: ContextParts) {
    const { node, time } = parts;
    this.self = node.index;
    this.life = node.life;
    this.random = node.random;
    this.#node = node;
    this.#time = time;
    this.#parts = parts;
    this.clock = { nowMs: () => this.wallMs, monotonicMs: () => time.nowUs / 1_000 };
    this.scheduler = {
      schedule: (delayMs, task) => this.#schedule(delayMs, task),
      sleep: (delayMs, signal) => this.#sleep(delayMs, signal),
    };
  }

  get nowMs(): number {
    return this.#time.nowUs / 1_000;
  }

  get wallMs(): number {
    const { skewMs = 0, driftPpm = 0 } = this.#node.spec;
    const drifted = this.nowMs * (1 + driftPpm / 1e6);
    return Math.floor(this.#parts.startMs + drifted + skewMs + this.#node.wallJumpMs);
  }

  send(to: NodeIndex, message: Uint8Array, traffic: Traffic = 0): void {
    if (this.#isAlive()) this.#parts.network.send(this.#node, to, message, traffic);
  }

  setTimer(delayMs: number, token: number): EventHandle {
    return this.#push(delayMs, eventKinds.timer, token, undefined);
  }

  cancelTimer(timer: EventHandle): void {
    this.#parts.queue.cancel(timer);
  }

  spend(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`work of ${ms} ms`);
    const { slowness = 1 } = this.#node.spec;
    const from = Math.max(this.#node.busyUntilUs, this.#time.nowUs);
    this.#node.busyUntilUs = from + Math.round(ms * slowness * 1_000);
  }

  failed(error: unknown): void {
    this.#parts.failed(this.#node, this.life, error);
  }

  #isAlive(): boolean {
    return this.#node.life === this.life && this.#node.process !== undefined;
  }

  #push(delayMs: number, kind: number, token: number, payload: unknown): EventHandle {
    if (!(delayMs >= 0 && delayMs <= 2 ** 31 - 1)) throw new RangeError(`a delay of ${delayMs} ms`);
    if (!this.#isAlive()) return 0;
    const dueUs = this.#time.nowUs + Math.round(delayMs * 1_000);
    return this.#parts.queue.push(dueUs, kind, this.self, this.life, token, payload);
  }

  #schedule(delayMs: number, task: () => void): () => void {
    const timer = this.#push(delayMs, eventKinds.callback, 0, task);
    return () => {
      this.#parts.queue.cancel(timer);
    };
  }

  #sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.#schedule(delayMs, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}
