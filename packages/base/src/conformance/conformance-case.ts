/**
 * One named check of a conformance suite. Suites are plain lists, so that the
 * same cases run under node:test, in a browser page and in a worker.
 */
export interface ConformanceCase {
  readonly name: string;
  /** Throws when the implementation does not conform. */
  readonly run: () => Promise<void>;
  /** Why this case cannot run here; it is then reported as skipped with this reason. */
  readonly skip?: string;
}

/** A decoder, state machine or server that must survive any bytes. */
export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs to mutate from. */
  readonly corpus: () => Promise<readonly Uint8Array[]>;
  /** Throws or hangs only when there is a bug. */
  readonly run: (input: Uint8Array) => void | Promise<void>;
}
