import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { equalBytes } from '@pars/base';
import {
  areaUnderCurve,
  chiSquare,
  standardError,
  stayInPlaceOf,
  variance,
} from '../game-fixture.ts';
import { createWorld, PASSWORDS } from '../vault-fixture.ts';
import { deriveVaultKey } from '../vault-keys.ts';
import type { ChunkRef, SlabVolume } from './slab.ts';
import { type Books, createSlabMedia, openPair, put, SMALL_SLAB } from './slab-fixture.ts';
import { SLAB_CELLS, sizeOfSlab, slabWindowBytes, slabWindowOffset } from './slab-geometry.ts';
import { findEntries } from './slab-window.ts';

/** Slabs a world: 16 by default; `PARS_GAME_WORLDS=400` is the full size. */
const SLABS = Number(process.env['PARS_GAME_WORLDS'] ?? 16);
const FLUSHES = SLABS >= 100 ? 62 : 20;
const PLATFORM =
  process.env['PARS_GAME_RANDOM'] === 'platform'
    ? {
        random: {
          bytes: (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length)),
        },
      }
    : {};

type Seen = Readonly<
  Record<'useVariance' | 'neverUsed' | 'meanSlot' | 'kept' | 'unchanged' | 'chiSquare', number>
>;
const STATISTICS = [
  'useVariance',
  'neverUsed',
  'meanSlot',
  'kept',
  'unchanged',
  'chiSquare',
] as const satisfies readonly (keyof Seen)[];

/** One slab, with or without hidden files that come and go, an image after every flush. */
async function observe(
  seed: string,
  isHidden: boolean,
  withoutPermutation: boolean,
): Promise<Seen> {
  const { decoy, hidden } = PASSWORDS;
  const world = await createWorld(seed, isHidden ? { decoy, hidden } : { decoy }, PLATFORM);
  const media = await createSlabMedia(world);
  const books: Books = [new Map(), new Map()];
  const pair = await openPair(world, media, isHidden ? 'hidden' : 'decoy', books);
  const { symmetric } = world.deps.suite;
  const maskKey = deriveVaultKey(symmetric, pair.container.decoySecret, 'slab mask');
  const uses = new Float64Array(SMALL_SLAB.windows * SLAB_CELLS);
  const slots: number[] = [];
  const lastSlots = new Map<string, number>();
  let kept = 0;
  let unchanged = 0;
  for (let flush = 0; flush < FLUSHES; flush += 1) {
    for (const [volume, most] of [
      [0, 16],
      [1, 12],
    ] as const) {
      if (volume === 1 && !isHidden) continue;
      if (books[volume].size >= most) {
        const texts = [...books[volume].keys()];
        const text = texts[world.random.below(texts.length)] as string;
        pair.slab.volumes[volume]?.remove(books[volume].get(text) as ChunkRef);
        books[volume].delete(text);
      }
      void put(pair, volume, `${flush}`, books);
    }
    const before = media.image.slice();
    await pair.flush(withoutPermutation ? stayInPlaceOf(SLAB_CELLS) : undefined);
    const window = pair.container.flush % SMALL_SLAB.windows;
    const start = slabWindowOffset(SMALL_SLAB, window);
    const image = media.image.subarray(start, start + slabWindowBytes(SMALL_SLAB));
    for (let at = 0; at + 16 <= image.length; at += 16) {
      const old = before.subarray(start + at, start + at + 16);
      if (equalBytes(image.subarray(at, at + 16), old)) unchanged += 1;
    }
    for (const [slot, { chunk, version }] of findEntries(symmetric, maskKey, image)) {
      uses[window * SLAB_CELLS + slot] = (uses[window * SLAB_CELLS + slot] ?? 0) + 1;
      slots.push(slot);
      const name = `${window} ${chunk} ${version}`;
      if (lastSlots.get(name) === slot) kept += 1;
      lastSlots.set(name, slot);
    }
  }
  assert.equal((pair.slab.volumes[0] as SlabVolume).waiting() < 20, true);
  return {
    useVariance: variance(uses),
    neverUsed: uses.filter((count) => count === 0).length,
    meanSlot: slots.reduce((sum, slot) => sum + slot, 0) / slots.length,
    kept,
    unchanged,
    chiSquare: chiSquare(media.image.subarray(0, sizeOfSlab(SMALL_SLAB))),
  };
}

async function play(withoutPermutation: boolean): Promise<ReadonlyMap<string, number>> {
  const worlds: [Seen[], Seen[]] = [[], []];
  for (let at = 0; at < SLABS; at += 1) {
    for (const isHidden of [false, true]) {
      const seen = await observe(`slab game ${at} ${isHidden}`, isHidden, withoutPermutation);
      worlds[isHidden ? 1 : 0].push(seen);
    }
  }
  const valuesOf = (world: 0 | 1, name: keyof Seen): number[] =>
    worlds[world].map((seen) => seen[name]);
  return new Map(
    STATISTICS.map((name) => [name, areaUnderCurve(valuesOf(0, name), valuesOf(1, name))]),
  );
}

describe('distinguishing game over the slab', () => {
  test('with the decoy password and an image after every flush, no statistic tells hidden files', async (t) => {
    const allowed = 3 * standardError(SLABS, SLABS);
    for (const [name, area] of await play(false)) {
      t.diagnostic(`${name}: AUC ${area.toFixed(3)}`);
      assert.ok(Math.abs(area - 0.5) <= allowed, `${name} tells: ${area}`);
    }
  });

  test('negative control: without the fresh permutation the same statistics tell', async (t) => {
    const areas = [...(await play(true)).entries()];
    for (const [name, area] of areas) t.diagnostic(`${name}: AUC ${area.toFixed(3)}`);
    assert.ok(areas.some(([, area]) => Math.abs(area - 0.5) > 0.4));
  });
});
