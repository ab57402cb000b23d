import type { ArrivedRun } from './given-ledger.ts';

/** Which messages with vertices have come, by their numbers; remembers a few gaps (PIP-1003 §13). */
export interface ArrivedRuns {
  /** Undefined before anything has come. */
  readonly newest: ArrivedRun | undefined;
  /** `isHeld`: all that it brought is in the replica. */
  add(number: number, isHeld: boolean): void;
  clear(): void;
}

/** So many runs are remembered; the oldest are forgotten. */
const mostRuns = 64;

/** Nothing has come. */
export function createArrivedRuns(): ArrivedRuns {
  /** Ascending, not touching, of messages whose content is held. */
  let runs: readonly { readonly first: number; readonly last: number }[] = [];
  let last = -1;
  return {
    get newest() {
      if (last < 0) return undefined;
      const run = runs.at(-1);
      return { last, count: run?.last === last ? last - run.first + 1 : 0 };
    },
    add(number, isHeld) {
      last = Math.max(last, number);
      if (!isHeld || runs.some((run) => run.first <= number && number <= run.last)) return;
      const before = runs.filter((run) => run.last < number);
      const after = runs.filter((run) => run.first > number);
      const left = before.at(-1)?.last === number - 1 ? before.at(-1) : undefined;
      const right = after[0]?.first === number + 1 ? after[0] : undefined;
      const joined = { first: left?.first ?? number, last: right?.last ?? number };
      runs = [
        ...before.slice(0, left === undefined ? undefined : -1),
        joined,
        ...after.slice(right === undefined ? 0 : 1),
      ].slice(-mostRuns);
    },
    clear() {
      runs = [];
      last = -1;
    },
  };
}
