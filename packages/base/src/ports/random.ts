/** A cryptographically secure source of random bytes (seeded in simulations). */
export interface Random {
  /** Returns `length` fresh random bytes (0 to 65,536). */
  bytes(length: number): Uint8Array;
}

/** What a module that needs randomness asks for. */
export interface RandomDep {
  readonly random: Random;
}
