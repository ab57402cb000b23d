import type { Random } from '@pars/base';
import { findCells, maskOfWindow } from './cell.ts';
import { type DrawSlots, flushContainer } from './flush.ts';
import {
  CELLS_PER_WINDOW,
  STRIPE_BYTES,
  stripeOffset,
  windowBytes,
  windowOffset,
} from './geometry.ts';
import { createWorld, PASSWORDS, unlockWorld, write } from './vault-fixture.ts';

/** What someone with the decoy password and an image after every flush can count (PIP-3000 Security Considerations). */
export interface Observation {
  /** Variance over cells of how often the decoy used them. */
  readonly useVariance: number;
  /** Cells that the decoy never used. */
  readonly neverUsed: number;
  /** The mean slot number of the decoy's cells. */
  readonly meanSlot: number;
  /** How often a decoy page kept its slot from one sweep to the next. */
  readonly kept: number;
  /** Slot numbers of the erased root slots that are not the decoy's, summed. */
  readonly erasedSum: number;
  /** How often two successive flushes erased the same foreign slot. */
  readonly erasedRepeats: number;
  /** Chi square of all bytes of the windows, 255 degrees of freedom. */
  readonly chiSquare: number;
  /** All of that and what it was made from, for a classifier to learn from. */
  readonly features: readonly number[];
}

/** A number that was made by hand of what was seen. */
export type Statistic = Exclude<keyof Observation, 'features'>;

/** All of them, by name. */
export const STATISTICS: readonly Statistic[] = [
  'useVariance',
  'neverUsed',
  'meanSlot',
  'kept',
  'erasedSum',
  'erasedRepeats',
  'chiSquare',
];

/** One container, with or without a busy hidden volume, watched for `flushes` flushes. */
export async function observe(request: {
  readonly seed: string;
  readonly isHidden: boolean;
  readonly flushes: number;
  /** Pages stay where they are: what a vault without a fresh permutation would do. */
  readonly withoutPermutation?: boolean;
  /** The generator of the platform in place of the seeded one. */
  readonly random?: Random;
}): Promise<Observation> {
  const { seed, isHidden, flushes } = request;
  const { decoy, hidden } = PASSWORDS;
  const world = await createWorld(
    seed,
    isHidden ? { decoy, hidden } : { decoy },
    request.random === undefined ? {} : { random: request.random },
  );
  const { deps, geometry, random } = world;
  const { container } = await unlockWorld(world, isHidden ? 'hidden' : 'decoy');
  const decoyVolume = container.volumes[0];
  if (decoyVolume === undefined) throw new Error('no decoy');
  const { symmetric } = deps.suite;
  const uses = new Float64Array(geometry.windows * CELLS_PER_WINDOW);
  const foreign: number[][] = [];
  const cellsByFlush: number[] = [];
  let last: readonly number[] = [];
  const slots: number[] = [];
  let kept = 0;
  const slotsByWindow = new Map<number, Map<string, number>>();
  for (let flush = 0; flush < flushes; flush += 1) {
    write(container, 0, new Map([0, 1, 2].map((at) => [(flush * 3 + at) % 90, `${flush}`])));
    if (isHidden) {
      write(container, 1, new Map([0, 1, 2, 3].map((at) => [random.below(50), `${flush} ${at}`])));
    }
    const before = deps.media.image.slice(
      stripeOffset(container.flush % geometry.windows),
      stripeOffset(container.flush % geometry.windows) + STRIPE_BYTES,
    );
    const old = container.flush % geometry.windows;
    await flushContainer(
      deps,
      container,
      request.withoutPermutation === true ? stayInPlaceOf(CELLS_PER_WINDOW) : undefined,
    );
    const after = deps.media.image.subarray(stripeOffset(old), stripeOffset(old) + STRIPE_BYTES);
    foreign.push(changedSlots(before, after).filter((slot) => !last.includes(slot)));
    last = decoyVolume.root.slots;

    const window = container.flush % geometry.windows;
    const start = windowOffset(geometry, window);
    const image = deps.media.image.subarray(start, start + windowBytes(geometry));
    const seen = new Map<string, number>();
    for (const [slot, header] of findCells(
      geometry,
      image,
      maskOfWindow(symmetric, decoyVolume.maskKey, image),
    )) {
      uses[window * CELLS_PER_WINDOW + slot] = (uses[window * CELLS_PER_WINDOW + slot] ?? 0) + 1;
      const name = `${header.kind} ${header.page}`;
      seen.set(name, slot);
      slots.push(slot);
      if (slotsByWindow.get(window)?.get(name) === slot) kept += 1;
    }
    slotsByWindow.set(window, seen);
    cellsByFlush.push(seen.size);
  }
  const statistics: Record<Statistic, number> = {
    useVariance: variance(uses),
    neverUsed: uses.filter((count) => count === 0).length,
    meanSlot: slots.reduce((sum, slot) => sum + slot, 0) / slots.length,
    kept,
    erasedSum: foreign.flat().reduce((sum, slot) => sum + slot, 0),
    erasedRepeats: foreign.reduce(
      (sum, slots, at) =>
        sum + slots.filter((slot) => foreign[at - 1]?.includes(slot) === true).length,
      0,
    ),
    chiSquare: chiSquare(deps.media.image.subarray(windowOffset(geometry, 0))),
  };
  const features = [
    ...Object.values(statistics),
    variance(Float64Array.from(cellsByFlush)),
    ...countsOf(slots, CELLS_PER_WINDOW),
    ...countsOf(foreign.flat(), CELLS_PER_WINDOW),
    ...countsOf([...uses], 10),
    ...countsOf(cellsByFlush, CELLS_PER_WINDOW / 2),
  ];
  return { ...statistics, features };
}

/** How often each number below `end` is among them. */
function countsOf(numbers: readonly number[], end: number): readonly number[] {
  const counts = Array.from({ length: end }, () => 0);
  for (const number of numbers) if (number < end) counts[number] = (counts[number] ?? 0) + 1;
  return counts;
}

/** The chance that a random `b` is larger than a random `a`, ties half: 0.5 tells nothing, 0 and 1 tell all. */
export function areaUnderCurve(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (const low of a) for (const high of b) sum += high > low ? 1 : high === low ? 0.5 : 0;
  return sum / (a.length * b.length);
}

/** Standard error of that area when there is nothing to tell (Mann and Whitney). */
export function standardError(a: number, b: number): number {
  return Math.sqrt((a + b + 1) / (12 * a * b));
}

/** Pages that are there already keep their slots, the others take the first free one: occupied slots of the hidden volume are avoided, visibly. */
export function stayInPlaceOf(cells: number): DrawSlots {
  return ({ versions, window }) => {
    const taken = new Set<number>();
    const wanted = versions.map((version) => {
      const slot = version?.places.find((place) => place.window === window)?.slot;
      if (slot === undefined || taken.has(slot)) return undefined;
      taken.add(slot);
      return slot;
    });
    const free = Array.from({ length: cells }, (_, slot) => slot).filter(
      (slot) => !taken.has(slot),
    );
    return wanted.map((slot) => slot ?? (free.shift() as number));
  };
}

function changedSlots(before: Uint8Array, after: Uint8Array): readonly number[] {
  const header = STRIPE_BYTES - 64 * 304;
  return Array.from({ length: 64 }, (_, slot) => slot).filter((slot) => {
    const start = header + slot * 304;
    return before.subarray(start, start + 304).some((byte, at) => byte !== after[start + at]);
  });
}

/** The mean square distance from the mean. */
export function variance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

/** Of the bytes against equal counts: 255 degrees of freedom. */
export function chiSquare(bytes: Uint8Array): number {
  const counts = new Float64Array(256);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  const expected = bytes.length / 256;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
