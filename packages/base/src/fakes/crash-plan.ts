import { ParsError } from '../pars-error.ts';

/** Where in a write the simulated process dies. */
export type CrashMoment = 'before' | 'after';

/** Breaks the n-th write of a fake disk, and everything until it is opened again. */
export interface CrashPlan {
  /** Writes that were tried so far, the crashed one included. */
  readonly writeCount: number;
  /** Counts one process life; handles of an earlier one are dead. */
  readonly life: number;
  /**
   * Lets the `write`-th write from now (1 is the next) crash, before or after
   * it takes effect. Either way the writer sees the same error.
   */
  readonly crashAt: (write: number, moment: CrashMoment) => void;
  /** Runs `apply` as one write, or crashes around it. */
  readonly perform: (life: number, apply: () => void) => void;
  /** Throws when the handle of this life is dead. */
  readonly requireAlive: (life: number) => void;
  /** Starts a new life. */
  readonly revive: () => number;
}

/** A plan without a crash. */
export function createCrashPlan(): CrashPlan {
  let writeCount = 0;
  let life = 0;
  let crashed = false;
  let planned: { readonly write: number; readonly moment: CrashMoment } | undefined;

  function requireAlive(ofLife: number): void {
    if (crashed || ofLife !== life) throw new ParsError('base/simulated-crash');
  }

  return {
    get writeCount() {
      return writeCount;
    },
    get life() {
      return life;
    },
    crashAt(write, moment) {
      if (!Number.isInteger(write) || write < 1) {
        throw new ParsError('base/argument', { what: 'write' });
      }
      planned = { write: writeCount + write, moment };
    },
    perform(ofLife, apply) {
      requireAlive(ofLife);
      writeCount += 1;
      if (planned?.write !== writeCount) return apply();
      if (planned.moment === 'after') apply();
      planned = undefined;
      crashed = true;
      throw new ParsError('base/simulated-crash');
    },
    requireAlive,
    revive() {
      crashed = false;
      life += 1;
      return life;
    },
  };
}
