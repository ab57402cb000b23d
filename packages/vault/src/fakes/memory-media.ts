import { ParsError } from '@pars/base';
import type { SimulationRandom } from '@pars/base/fakes';
import type { Media } from '../media.ts';

/** What was done to a medium: a write with its place, or a flush. */
export type MediaOperation =
  | { readonly kind: 'write'; readonly offset: number; readonly length: number }
  | { readonly kind: 'flush' };

/** A medium in memory that can lose its power in the middle of anything. */
export interface MemoryMedia extends Media {
  /** All writes and flushes so far. */
  readonly operations: readonly MediaOperation[];
  /** The bytes themselves, as a disk image taken now; not a copy. */
  readonly image: Uint8Array;
  /** Writes and flushes fail from now on, like an unplugged or full medium. */
  unplug(): void;
  /**
   * The power fails in the `operation`-th write or flush from now (1 is the
   * next): of everything since the last flush, a random part is on the medium,
   * sectors or single bytes. Every call fails until `restart`.
   */
  crashAt(operation: number): void;
  /** The power is back. */
  restart(): void;
}

interface Unflushed {
  readonly offset: number;
  readonly before: Uint8Array;
}

const SECTOR_BYTES = 512;

/** A medium of zeros, or with the content given; `random` decides what a crash leaves. */
export function createMemoryMedia(options: {
  readonly sizeBytes: number;
  readonly content?: Uint8Array;
  readonly random?: SimulationRandom;
}): MemoryMedia {
  const { sizeBytes, random } = options;
  const image = options.content?.slice() ?? new Uint8Array(sizeBytes);
  const operations: MediaOperation[] = [];
  let unflushed: Unflushed[] = [];
  let crashIn = Number.POSITIVE_INFINITY;
  let isDead = false;

  function requireRoom(offset: number, length: number): void {
    if (isDead) throw new ParsError('base/simulated-crash');
    const fits = Number.isInteger(offset) && offset >= 0 && offset + length <= image.length;
    if (!fits) throw new ParsError('vault/argument', { what: 'offset' });
  }

  function countDown(): void {
    crashIn -= 1;
    if (crashIn > 0) return;
    for (const write of unflushed.toReversed()) tear(write);
    unflushed = [];
    isDead = true;
    throw new ParsError('base/simulated-crash');
  }

  /** Takes back a random part of a write: sectors of it, or its bytes from some point on. */
  function tear({ offset, before }: Unflushed): void {
    if (random === undefined || random.chance(0.2)) return image.set(before, offset);
    if (random.chance(0.3)) {
      const kept = random.below(before.length + 1);
      return image.set(before.subarray(kept), offset + kept);
    }
    const lost = random.pick([0.02, 0.5, 0.98]);
    for (let at = 0; at < before.length; at += SECTOR_BYTES) {
      if (random.chance(lost)) image.set(before.subarray(at, at + SECTOR_BYTES), offset + at);
    }
  }

  return {
    sizeBytes: image.length,
    operations,
    image,
    async read(offset, length, into) {
      requireRoom(offset, length);
      if (into === undefined) return image.slice(offset, offset + length);
      into.set(image.subarray(offset, offset + length));
      return into;
    },
    async write(offset, bytes) {
      requireRoom(offset, bytes.length);
      operations.push({ kind: 'write', offset, length: bytes.length });
      unflushed.push({ offset, before: image.slice(offset, offset + bytes.length) });
      image.set(bytes, offset);
      countDown();
    },
    async flush() {
      requireRoom(0, 0);
      operations.push({ kind: 'flush' });
      countDown();
      unflushed = [];
    },
    unplug() {
      isDead = true;
    },
    crashAt(operation) {
      crashIn = operation;
    },
    restart() {
      crashIn = Number.POSITIVE_INFINITY;
      isDead = false;
    },
  };
}
