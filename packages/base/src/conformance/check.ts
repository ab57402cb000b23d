import { ParsError } from '../pars-error.ts';

/** Throws `base/does-not-conform` unless the condition holds. `expectation` says what should be. */
export function check(condition: boolean, expectation: string): void {
  if (!condition) throw new ParsError('base/does-not-conform', { expectation });
}

/** Throws unless both are the same data: primitives, byte strings, arrays and plain objects. */
export function checkEqual(actual: unknown, expected: unknown, expectation: string): void {
  check(isSame(actual, expected), expectation);
}

/** Throws unless `work` throws or rejects; returns what it threw. */
export async function checkRejects(work: () => unknown, expectation: string): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new ParsError('base/does-not-conform', { expectation });
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Uint8Array !== b instanceof Uint8Array) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) =>
    isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}
