import type { LinkProfile } from '../kernel/index.ts';

/**
 * What "one-way delay log-normal" is taken to mean: every message draws its own
 * delay, or every link has one delay for good, the same both ways.
 */
export type DelayModel = 'message' | 'link';

/** Median and 95th percentile of the one-way delay in the figures of PIP-0001 §13. */
const medianMs = 50;
const p95Ms = 150;
const steps = 128;

/** The profile of the link between two nodes, under so much loss. */
export function createLinkDelays(
  model: DelayModel,
  options: { readonly loss: number; readonly overheadBytes: number },
): (from: number, to: number) => LinkProfile {
  const { loss, overheadBytes } = options;
  if (model === 'message') {
    const profile = { name: 'message', medianMs, p95Ms, loss, overheadBytes };
    return () => profile;
  }
  const sigma = Math.log(p95Ms / medianMs) / 1.644_853_626_951_472;
  const profiles = Array.from({ length: steps }, (_, step): LinkProfile => {
    const delayMs = medianMs * Math.exp(sigma * normalQuantile((step + 0.5) / steps));
    return { name: `link ${step}`, medianMs: delayMs, p95Ms: delayMs, loss, overheadBytes };
  });
  const [first] = profiles;
  if (first === undefined) throw new Error('no profiles');
  return (from, to) => {
    const [low, high] = from < to ? [from, to] : [to, from];
    let mixed =
      Math.imul(low ^ 0x9e37_79b9, 0x85eb_ca6b) ^ Math.imul(high ^ 0x1b87_3593, 0xc2b2_ae35);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b_3c6d);
    mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a_2d39);
    return profiles[(mixed >>> 8) % steps] ?? first;
  };
}

/** The inverse of the normal distribution, by bisection of the series of its integral. */
function normalQuantile(share: number): number {
  let low = -6;
  let high = 6;
  for (let round = 0; round < 48; round += 1) {
    const x = (low + high) / 2;
    let term = x;
    let sum = x;
    for (let odd = 3; Math.abs(term) > 1e-15; odd += 2) {
      term *= (x * x) / odd;
      sum += term;
    }
    if (0.5 + (sum * Math.exp(-(x * x) / 2)) / Math.sqrt(2 * Math.PI) < share) low = x;
    else high = x;
  }
  return (low + high) / 2;
}
