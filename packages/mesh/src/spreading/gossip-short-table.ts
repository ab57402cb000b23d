/** Something that is found by a number, here in two halves: small numbers lie in their object, others do not. */
export interface Named {
  /** The lower 32 bits, signed. */
  readonly low: number;
  /** What is above them. */
  readonly high: number;
}

/**
 * Finds things by whole numbers from 0 to 2^53. A plain record, read by plain
 * functions: every message of gossip is looked up, mostly in memory that went
 * cold, and each object on the way costs as much as all of the reckoning. The
 * lower bits of the numbers are taken to be well spread: those of short ids are.
 */
export interface ShortTable<T extends Named> {
  size: number;
  /** A power of two of places, at most a quarter of them taken: a collision costs the sight of another thing. */
  things: (T | undefined)[];
}

/** An empty table. */
export function createShortTable<T extends Named>(): ShortTable<T> {
  return { size: 0, things: emptyPlaces(16) };
}

/** The halves of a number. */
export function nameFrom(number: number): Named {
  return { low: number | 0, high: Math.floor(number / 2 ** 32) };
}

/** What has this number, if anything has. */
export function getNamed<T extends Named>(table: ShortTable<T>, number: number): T | undefined {
  const { things } = table;
  return things[findPlace(things, number | 0, Math.floor(number / 2 ** 32))];
}

/** Puts it in, in the place of what has the same number. */
export function setNamed<T extends Named>(table: ShortTable<T>, named: T): void {
  const { things } = table;
  const place = findPlace(things, named.low, named.high);
  if (things[place] === undefined) table.size += 1;
  things[place] = named;
  if (4 * table.size <= things.length) return;
  const wider = emptyPlaces<T>(2 * things.length);
  for (const thing of things) {
    if (thing !== undefined) wider[findPlace(wider, thing.low, thing.high)] = thing;
  }
  table.things = wider;
}

/** Takes out what has the number, if anything has. */
export function deleteNamed<T extends Named>(table: ShortTable<T>, { low, high }: Named): void {
  const { things } = table;
  const mask = things.length - 1;
  let hole = findPlace(things, low, high);
  if (things[hole] === undefined) return;
  table.size -= 1;
  // What was pushed on by a collision moves back, so that no search ends at the hole.
  for (let place = (hole + 1) & mask; ; place = (place + 1) & mask) {
    const thing = things[place];
    if (thing === undefined) break;
    if (((place - thing.low) & mask) < ((place - hole) & mask)) continue;
    things[hole] = thing;
    hole = place;
  }
  things[hole] = undefined;
}

/** Where it is, or where it would be put. */
function findPlace(things: readonly (Named | undefined)[], low: number, high: number): number {
  const mask = things.length - 1;
  let place = low & mask;
  for (;;) {
    const thing = things[place];
    if (thing === undefined || (thing.low === low && thing.high === high)) return place;
    place = (place + 1) & mask;
  }
}

function emptyPlaces<T>(count: number): (T | undefined)[] {
  const places: (T | undefined)[] = [];
  for (let place = 0; place < count; place += 1) places.push(undefined);
  return places;
}
