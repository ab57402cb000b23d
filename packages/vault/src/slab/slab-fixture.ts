import { unwrap, utf8ToBytes } from '@pars/base';
import type { OpenContainer } from '../container.ts';
import { createMemoryMedia, type MemoryMedia } from '../fakes/index.ts';
import { type DrawSlots, flushContainer } from '../flush.ts';
import { randomiseMedia } from '../randomise.ts';
import { textOf, unlockWorld, type World } from '../vault-fixture.ts';
import { type ChunkRef, type OpenSlab, openSlabOf, type SlabVolume } from './slab.ts';
import { type SlabGeometry, sizeOfSlab } from './slab-geometry.ts';

/** 8 windows of 16 cells with chunks of 64 bytes. */
export const SMALL_SLAB: SlabGeometry = { windows: 8, chunkBytes: 64 };

/** The chunks that the databases of both volumes would know, by what they hold. */
export type Books = readonly [Map<string, ChunkRef>, Map<string, ChunkRef>];

export async function createSlabMedia(world: World): Promise<MemoryMedia> {
  const random = world.random.fork('slab');
  const media = createMemoryMedia({ sizeBytes: sizeOfSlab(SMALL_SLAB), random });
  await randomiseMedia({ media, random: world.deps.random });
  return media;
}

/** An unlocked container with its slab. */
export interface Pair {
  readonly container: OpenContainer;
  readonly slab: OpenSlab;
  readonly flush: (drawSlots?: DrawSlots) => Promise<void>;
}

export async function openPair(
  world: World,
  media: MemoryMedia,
  text: 'decoy' | 'hidden' | 'duress',
  books: Books,
): Promise<Pair> {
  const { container } = await unlockWorld(world, text);
  const { random, suite } = world.deps;
  const slab = await openSlabOf(
    { media, random, symmetric: suite.symmetric },
    SMALL_SLAB,
    container,
    books.map((book) => [...book.values()]),
  );
  return {
    container,
    slab,
    async flush(drawSlots) {
      await slab.prepare(container.flush + 1, drawSlots);
      await flushContainer(world.deps, container);
      await slab.finish(container.flush);
    },
  };
}

export function chunkOf(text: string): Uint8Array {
  const chunk = new Uint8Array(SMALL_SLAB.chunkBytes);
  chunk.set(utf8ToBytes(text));
  return chunk;
}

export function put(pair: Pair, volume: 0 | 1, text: string, books: Books): Promise<unknown> {
  const taken = unwrap((pair.slab.volumes[volume] as SlabVolume).put(chunkOf(text)));
  books[volume].set(text, taken.ref);
  return taken.durable;
}

/** What a chunk reads as, or why it does not. */
export async function readChunk(pair: Pair, volume: 0 | 1, ref: ChunkRef): Promise<string> {
  const read = await (pair.slab.volumes[volume] as SlabVolume).read(ref);
  return read.ok ? textOf(read.value) : read.error.code;
}
