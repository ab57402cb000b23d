/** Something that a source holds a place with. */
export interface Placed {
  readonly source: string;
}

/**
 * Who gives way when all places are taken: the newest of the source with most,
 * if it has at least two more than the newcomer's; else nobody (PIP-1000 §8, §9.4).
 */
export function findGivingWay<T extends Placed>(
  places: Iterable<T>,
  newcomer: string,
): T | undefined {
  const bySource = new Map<string, T[]>();
  for (const place of places) {
    const own = bySource.get(place.source) ?? [];
    own.push(place);
    bySource.set(place.source, own);
  }
  let busiest: readonly T[] = [];
  for (const candidates of bySource.values()) {
    if (candidates.length > busiest.length) busiest = candidates;
  }
  const ownCount = bySource.get(newcomer)?.length ?? 0;
  return busiest.length > ownCount + 1 ? busiest.at(-1) : undefined;
}
