/**
 * What cryptography costs on the reference machine (one core of a laptop of
 * 2023, native code), in ms: for `spend` where hashing and signatures are
 * modelled. A phone has a `slowness` of about 4, a Raspberry Pi Zero of 20.
 */
export const cryptoCosts: {
  readonly signMs: number;
  readonly verifyMs: number;
  readonly kemMs: number;
  /** SHA3-256 of a KiB. */
  readonly hashKiBMs: number;
  /** AES-256-GCM of a KiB. */
  readonly sealKiBMs: number;
  /** Checking postage at 2^16 puzzles. */
  readonly postageMs: number;
} = {
  signMs: 0.9,
  verifyMs: 0.25,
  kemMs: 0.09,
  hashKiBMs: 0.0025,
  sealKiBMs: 0.0006,
  postageMs: 0.01,
};
