/** The kinds of events in a kernel's queue. */
export const eventKinds: {
  /** A message reached the receiver's downlink. */
  readonly arrival: number;
  /** A message reached the receiver. */
  readonly message: number;
  /** A timer with a token. */
  readonly timer: number;
  /** A timer with a task, by the `Scheduler` port. */
  readonly callback: number;
  /** Something that the scenario does. */
  readonly action: number;
} = { arrival: 1, message: 2, timer: 3, callback: 4, action: 5 };
