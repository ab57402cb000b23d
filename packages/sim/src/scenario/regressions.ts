import type { Parameters } from './scenario.ts';

/** A run that once missed a promise. */
export interface Regression {
  readonly scenario: string;
  readonly seed: string;
  readonly parameters: Parameters;
  /** What was wrong. */
  readonly because: string;
}

/** Every failure that was found, as small as it got. The tests run them all. */
export const regressions: readonly Regression[] = [];
