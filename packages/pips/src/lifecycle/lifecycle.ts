/** The value of the field `status`. */
export type Status =
  | 'Draft'
  | 'Review'
  | 'Voting'
  | 'Approved'
  | 'Rejected'
  | 'Implemented'
  | 'Withdrawn';

/** A status, for people. */
export interface StatusInfo {
  readonly name: Status;
  readonly meaning: string;
  /** Nothing follows any more. */
  readonly isFinal: boolean;
  /** How far along: a proposal may only rely on proposals that are at least as far. */
  readonly maturity: number;
}

/** All statuses, in the order of a proposal's life. */
export const statuses: readonly StatusInfo[] = [
  { name: 'Draft', meaning: 'Being written', isFinal: false, maturity: 0 },
  { name: 'Review', meaning: 'Has a number; everybody may object', isFinal: false, maturity: 1 },
  { name: 'Voting', meaning: 'The holders of vePARS vote', isFinal: false, maturity: 2 },
  { name: 'Approved', meaning: 'Accepted; may be built upon', isFinal: false, maturity: 3 },
  { name: 'Rejected', meaning: 'Voted down', isFinal: true, maturity: -1 },
  { name: 'Implemented', meaning: 'Accepted and in use', isFinal: true, maturity: 4 },
  { name: 'Withdrawn', meaning: 'Given up by its authors', isFinal: true, maturity: -1 },
];

/** A step that a proposal may take. */
export interface Transition {
  readonly from: Status;
  readonly to: Status;
  /** Whole days that it must have been in `from`. */
  readonly minimalDays: number;
  readonly condition: string;
}

/** Every allowed step (PIP-7001 §4). No other exists, and none can be skipped. */
export const lifecycle: readonly Transition[] = [
  {
    from: 'Draft',
    to: 'Review',
    minimalDays: 0,
    condition: 'the linter finds no error; a maintainer gives the number',
  },
  { from: 'Draft', to: 'Withdrawn', minimalDays: 0, condition: 'the authors give it up' },
  {
    from: 'Review',
    to: 'Voting',
    minimalDays: 7,
    condition: 'seven days in which everybody could object',
  },
  { from: 'Review', to: 'Withdrawn', minimalDays: 0, condition: 'the authors give it up' },
  {
    from: 'Voting',
    to: 'Approved',
    minimalDays: 7,
    condition: 'more than half in favour, and the quorum',
  },
  {
    from: 'Voting',
    to: 'Rejected',
    minimalDays: 7,
    condition: 'not more than half in favour, or no quorum',
  },
  {
    from: 'Approved',
    to: 'Implemented',
    minimalDays: 0,
    condition: 'a reference implementation is in use',
  },
];

/** The step between two statuses, when there is one. */
export function transitionBetween(from: string, to: string): Transition | undefined {
  return lifecycle.find((step) => step.from === from && step.to === to);
}

/** Whether a proposal that was in `from` for so many whole days may go to `to`. Unknown statuses may not. */
export function isTransitionAllowed(from: string, to: string, daysInFrom: number): boolean {
  const step = transitionBetween(from, to);
  return step !== undefined && daysInFrom >= step.minimalDays;
}

/** The status of this name, as written in the front matter. */
export function statusByName(name: string): StatusInfo | undefined {
  return statuses.find((status) => status.name === name);
}
