import { ParsError } from '../pars-error.ts';
import type { Random } from '../ports/random.ts';

/** Reproducible randomness: the same seed gives the same values. Never for keys of real people. */
export interface SimulationRandom extends Random {
  /** What it was made from; print it when a simulation fails. */
  readonly seed: string;
  /** An unsigned 32-bit integer. */
  uint32(): number;
  /** A whole number from 0 up to and without `end` (1 to 2^32). Without bias. */
  below(end: number): number;
  /** Whether an event of probability `probability` (0 to 1) happens. */
  chance(probability: number): boolean;
  /** One of the items; at least one is needed. */
  pick<T>(items: readonly T[]): T;
  /** The items in a random order, as a new array. */
  shuffle<T>(items: readonly T[]): T[];
  /**
   * An independent generator for a part of the simulation. It depends on this
   * one's seed and on `label` alone, not on how much was drawn: adding a part
   * does not disturb the others.
   */
  fork(label: string): SimulationRandom;
}

/**
 * A generator for simulations and tests: xoshiro128** (Blackman and Vigna),
 * its state filled from the seed by a 128-bit mixing of FNV-1a and murmur3
 * steps. Fast and well distributed, and trivially predictable: it must never
 * make a secret outside of a simulation.
 */
export function createSimulationRandom(seed: string | number): SimulationRandom {
  const seedText = String(seed);
  const next = xoshiro128(stateFrom(seedText));

  function below(end: number): number {
    if (!Number.isInteger(end) || end < 1 || end > 2 ** 32) {
      throw new ParsError('base/argument', { what: 'end' });
    }
    // Draws at or above the largest multiple of `end` would favour small results.
    const fair = 2 ** 32 - (2 ** 32 % end);
    let drawn = next();
    while (drawn >= fair) drawn = next();
    return drawn % end;
  }

  return {
    seed: seedText,
    uint32: next,
    below,
    bytes(length) {
      requireLength(length);
      const bytes = new Uint8Array(length);
      for (let index = 0; index < length; index += 4) {
        const word = next();
        for (let part = 0; part < 4 && index + part < length; part += 1) {
          bytes[index + part] = word >>> (8 * part);
        }
      }
      return bytes;
    },
    chance: (probability) => next() / 2 ** 32 < probability,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new ParsError('base/argument', { what: 'items' });
      return items[below(items.length)] as T;
    },
    shuffle<T>(items: readonly T[]): T[] {
      const mixed = [...items];
      for (let last = mixed.length - 1; last > 0; last -= 1) {
        const other = below(last + 1);
        [mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T];
      }
      return mixed;
    },
    fork: (label) => createSimulationRandom(`${seedText.length}:${seedText}/${label}`),
  };
}

function requireLength(length: number): void {
  if (!Number.isInteger(length) || length < 0 || length > 65_536) {
    throw new ParsError('base/argument', { what: 'length' });
  }
}

type State = [number, number, number, number];

function xoshiro128(state: State): () => number {
  let [a, b, c, d] = state;
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

function stateFrom(seed: string): State {
  let hash = 0x811c9dc5;
  const words: State = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0xdeadbeef];
  for (let index = 0; index < seed.length; index += 1) {
    hash = Math.imul(hash ^ seed.charCodeAt(index), 0x01000193);
    const slot = index % 4;
    words[slot] = mix((words[slot] ?? 0) ^ hash);
  }
  for (let round = 0; round < 16; round += 1) {
    const slot = round % 4;
    hash = mix(hash + 0x9e3779b9 + (words[(slot + 3) % 4] ?? 0));
    words[slot] = mix((words[slot] ?? 0) ^ hash);
  }
  // All zeros is the one state that the generator cannot leave.
  if ((words[0] | words[1] | words[2] | words[3]) === 0) words[0] = 1;
  return words;
}

function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}
