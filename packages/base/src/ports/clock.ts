/** Where the time comes from. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970-01-01 UTC. May jump. */
  nowMs(): number;
  /** Milliseconds since an arbitrary origin; never goes back. */
  monotonicMs(): number;
}

/** What a module that needs the time asks for. */
export interface ClockDep {
  readonly clock: Clock;
}
