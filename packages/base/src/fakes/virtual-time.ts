import { ParsError } from '../pars-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Scheduler } from '../ports/scheduler.ts';
import { createTaskHeap } from './task-heap.ts';

/** Time that moves only when told to, with its clock and scheduler. */
export interface VirtualTime {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** Scheduled tasks that neither ran nor were cancelled. */
  readonly pendingCount: number;
  /**
   * Moves time forward by `ms`, running what becomes due on the way, each task
   * at its own time, in the order (time, scheduled first). After every task it
   * lets promises settle. What a task throws stops it and is thrown here.
   */
  readonly advance: (ms: number) => Promise<void>;
  /**
   * Runs every task, jumping from one to the next, until none is left. Throws
   * a `ParsError` after `maxTasks` (default 100,000): something reschedules itself for ever.
   */
  readonly runUntilIdle: (options?: { readonly maxTasks?: number }) => Promise<void>;
  /** Moves the wall clock alone, as when a person or NTP sets it. May go back. */
  readonly jumpWallClock: (byMs: number) => void;
}

/** How virtual time starts and settles. */
export interface VirtualTimeOptions {
  /** The wall clock at the start. Default 2026-01-01 00:00 UTC. */
  readonly startMs?: number;
  /**
   * Waits until promises that need no time have settled. The default gives
   * them 50 turns of the microtask queue, which is deterministic; a host whose
   * code awaits real work (native cryptography) passes one that waits for it.
   */
  readonly settle?: () => Promise<void>;
}

/** Virtual time for tests and simulations. The monotonic clock starts at 0. */
export function createVirtualTime(options: VirtualTimeOptions = {}): VirtualTime {
  const { startMs = START_OF_2026_MS, settle = settleMicrotasks } = options;
  const tasks = createTaskHeap<Task>();
  let nowMs = 0;
  let wallOffsetMs = startMs;
  let sequence = 0;
  let pendingCount = 0;

  const scheduler: Scheduler = {
    schedule(delayMs, run) {
      requireDelay(delayMs);
      const task: Task = { dueMs: nowMs + delayMs, sequence, run, cancelled: false };
      sequence += 1;
      pendingCount += 1;
      tasks.push(task);
      return () => cancel(task);
    },
    sleep(delayMs, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const onAbort = () => {
          stop();
          reject(signal?.reason);
        };
        const stop = scheduler.schedule(delayMs, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
  };

  function cancel(task: Task): void {
    if (task.cancelled) return;
    task.cancelled = true;
    pendingCount -= 1;
  }

  /** Runs the next task that is due by `untilMs`; false when there is none. */
  async function runNext(untilMs: number): Promise<boolean> {
    while (tasks.peek()?.cancelled === true) tasks.pop();
    const next = tasks.peek();
    if (next === undefined || next.dueMs > untilMs) return false;
    tasks.pop();
    cancel(next);
    nowMs = next.dueMs;
    next.run();
    await settle();
    return true;
  }

  async function advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new ParsError('base/argument', { what: 'ms' });
    const untilMs = nowMs + ms;
    await settle();
    while (await runNext(untilMs));
    nowMs = untilMs;
  }

  async function runUntilIdle({ maxTasks = 100_000 } = {}): Promise<void> {
    await settle();
    for (let ran = 0; await runNext(Number.POSITIVE_INFINITY); ran += 1) {
      if (ran >= maxTasks) throw new ParsError('base/never-idle', { maxTasks });
    }
  }

  return {
    clock: { nowMs: () => nowMs + wallOffsetMs, monotonicMs: () => nowMs },
    scheduler,
    get pendingCount() {
      return pendingCount;
    },
    advance,
    runUntilIdle,
    jumpWallClock(byMs) {
      wallOffsetMs += byMs;
    },
  };
}

const START_OF_2026_MS = 1_767_225_600_000;

interface Task {
  readonly dueMs: number;
  readonly sequence: number;
  readonly run: () => void;
  /** Also set once it ran, so that a late cancellation changes nothing. */
  cancelled: boolean;
}

async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

function requireDelay(delayMs: number): void {
  if (!(delayMs >= 0 && delayMs <= 2 ** 31 - 1)) {
    throw new ParsError('base/argument', { what: 'delayMs' });
  }
}
