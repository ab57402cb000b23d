import type { Cancel, Clock, Scheduler } from '@pars/base';

/** Locks a vault that nobody uses, the same whatever is open in it. */
export interface IdleLock {
  /** Somebody does something now. */
  touch(): void;
  /** Somebody is here until the returned function is called. */
  hold(): () => void;
  /** The vault was unlocked: time counts from now on. */
  arm(): void;
  /** The vault was locked. */
  disarm(): void;
}

/** Calls `onIdle` once the vault was unlocked and unused for so many minutes; 0 for never. */
export function createIdleLock(
  deps: { readonly clock: Clock; readonly scheduler: Scheduler },
  minutes: number,
  onIdle: () => void,
): IdleLock {
  const { clock, scheduler } = deps;
  const idleMs = minutes * 60_000;
  let holds = 0;
  let usedAtMs = clock.monotonicMs();
  let isArmed = false;
  let cancel: Cancel | undefined;

  function touch(): void {
    usedAtMs = clock.monotonicMs();
  }

  /** One timer, which looks again when it comes too early. */
  function wait(): void {
    cancel?.();
    if (!isArmed || idleMs <= 0) return;
    const leftMs = holds > 0 ? idleMs : usedAtMs + idleMs - clock.monotonicMs();
    cancel = scheduler.schedule(Math.min(MOST_MS, Math.max(1, leftMs)), () => {
      cancel = undefined;
      if (!isArmed) return;
      if (holds === 0 && clock.monotonicMs() - usedAtMs >= idleMs) onIdle();
      else wait();
    });
  }

  return {
    touch,
    hold() {
      holds += 1;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        holds -= 1;
        touch();
        // A timer that was set while somebody was here may be later than need be.
        if (holds === 0) wait();
      };
    },
    arm() {
      isArmed = true;
      touch();
      wait();
    },
    disarm() {
      isArmed = false;
      cancel?.();
      cancel = undefined;
    },
  };
}

/** Schedulers take no more than 2^31 - 1 milliseconds. */
const MOST_MS = 86_400_000;
