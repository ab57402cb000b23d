import type { Clock, Scheduler } from '@pars/base';
import type { SimulationRandom } from '@pars/base/fakes';
import type { EventHandle } from './event-queue.ts';

/** Index of a node in a kernel, from 0. */
export type NodeIndex = number;

/** How a life of a process ends. */
export type Ending = 'orderly' | 'crash';

/**
 * The protocol code of one node during one life. The kernel calls it, one call
 * at a time; everything it does goes through its {@link ProcessContext}.
 *
 * A handler may return a promise, and may leave promises running: set
 * `isAsynchronous` then, and the kernel lets all promises settle before time
 * moves on. A process without it pays nothing for that.
 */
export interface Process {
  readonly isAsynchronous?: boolean;
  /** Begins the life. */
  start(context: ProcessContext): void | Promise<void>;
  /** A message arrived. It may be shared with others: never change it. */
  receive(from: NodeIndex, message: Uint8Array): void | Promise<void>;
  /** A timer is due, with the token given to `setTimer`. */
  wake(token: number): void | Promise<void>;
  /** The node went on after a sleep; timers due meanwhile follow at once. */
  resumed?(): void | Promise<void>;
  /** The life ends in order. After a crash it is not called. Nothing can be sent any more. */
  stop?(): void | Promise<void>;
}

/** What a process is given for one life. Every call of a life that is over does nothing. */
export interface ProcessContext {
  readonly self: NodeIndex;
  /** From 1: how many lives the node has had. */
  readonly life: number;
  /** Virtual time since the start of the world, in ms with µs; never goes back. */
  readonly nowMs: number;
  /** What the node's own wall clock says: skewed, drifting, set by hand. */
  readonly wallMs: number;
  /** Of this node alone, the same in every run of the same seed; goes on over lives. */
  readonly random: SimulationRandom;
  /**
   * Sends a message of at most 1 MiB; nobody may change its bytes any more. It
   * may be lost, doubled or late, as the link is. `traffic` sorts its bytes in
   * the counters.
   */
  send(to: NodeIndex, message: Uint8Array, traffic?: Traffic): void;
  /** Calls `wake(token)` once after the delay (0 to 2^31 - 1 ms), unless cancelled. */
  setTimer(delayMs: number, token: number): EventHandle;
  cancelTimer(timer: EventHandle): void;
  /**
   * The work just done took this long on a core of the reference machine (see
   * `cryptoCosts`): what is sent from here on leaves later, and what arrives
   * meanwhile waits. A node's `slowness` multiplies it.
   */
  spend(ms: number): void;
  /** The ports, for code that takes them. */
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** For a promise that nobody awaits: a simulated crash ends the life, any other error the run. */
  failed(error: unknown): void;
}

/** What bytes were sent for; an index into the counters, 0 to 15. */
export type Traffic = number;

/** What sorts of bytes the counters know. */
export const traffic: {
  readonly other: Traffic;
  readonly payload: Traffic;
  readonly control: Traffic;
  readonly repair: Traffic;
  readonly hostile: Traffic;
} = { other: 0, payload: 1, control: 2, repair: 3, hostile: 4 };

/** A node: what runs on it, and what it is like. */
export interface NodeSpec {
  /** The process of the next life. Its disk is what the caller keeps between the calls. */
  readonly create: (life: number) => Process;
  /** Begins to run when it is added, or at the first `start`, when all others are there. Default true. */
  readonly isStarted?: boolean;
  /** After a simulated crash it starts again so much later. Default: it stays down. */
  readonly restartMs?: number;
  /** How far its wall clock is off, and how fast it goes wrong in parts per million. */
  readonly skewMs?: number;
  readonly driftPpm?: number;
  /** 1 is the reference machine, 4 a phone four times as slow. */
  readonly slowness?: number;
  /** Channels that its messages pass on links that use them. */
  readonly uplink?: number;
  readonly downlink?: number;
}
