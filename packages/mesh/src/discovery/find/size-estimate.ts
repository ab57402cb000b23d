/** How many nodes answer questions in the whole network, from what searches found. */
export interface SizeEstimate {
  /** The share of the space within which the nearest `count` nodes to a random place lay. */
  note(count: number, share: number): void;
  /** `undefined` until 3 searches ended. */
  value(): number | undefined;
}

const kept = 24;

/**
 * The upper quartile of the last 24 searches: hostile nodes can hide others,
 * which makes a search find fewer; that of random places, which nobody can know
 * beforehand, is hard to crowd (PIP-1005 §6).
 */
export function createSizeEstimate(): SizeEstimate {
  const estimates: number[] = [];
  return {
    note(count, share) {
      if (count < 1 || share <= 0) return;
      estimates.push(count / share);
      if (estimates.length > kept) estimates.shift();
    },
    value() {
      if (estimates.length < 3) return undefined;
      const quartile = estimates.toSorted((a, b) => a - b)[Math.floor(estimates.length * 0.75)];
      return quartile === undefined ? undefined : Math.round(quartile);
    },
  };
}
