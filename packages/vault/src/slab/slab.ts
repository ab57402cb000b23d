import { concatBytes, ok, ParsError, type RandomDep, type Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { CELL_KIND } from '../cell.ts';
import type { OpenContainer } from '../container.ts';
import { below, drawInOrder, numbersBelow } from '../draws.ts';
import { type VaultFailure, vaultErr } from '../errors.ts';
import type { DrawSlots } from '../flush.ts';
import type { VolumeNumber } from '../geometry.ts';
import type { Media } from '../media.ts';
import { readUint48 } from '../uint48.ts';
import { deriveVaultKey } from '../vault-keys.ts';
import {
  createVolumeIndex,
  type PageVersion,
  type Place,
  type VolumeIndex,
} from '../volume-index.ts';
import {
  assertSlabGeometry,
  maxChunksOf,
  pagesLike,
  SLAB_CELLS,
  SLAB_HEADER_BYTES,
  SLAB_QUOTA,
  type SlabGeometry,
  sizeOfSlab,
  slabCellBytes,
  slabCellOffset,
  slabWindowBytes,
  slabWindowOffset,
} from './slab-geometry.ts';
import {
  commitSlabWindow,
  createSlabWindow,
  findEntries,
  findSlabCommit,
  openChunk,
  sealChunk,
  slabCellOf,
} from './slab-window.ts';

/** What leads to a chunk: kept in the database of its volume, and nowhere else. To delete it there erases the chunk. */
export interface ChunkRef {
  /** 0 to 2^32 - 1, unique among the chunks of a volume. */
  readonly chunk: number;
  /** 1 to 2^48 - 1, random. */
  readonly version: number;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** The chunks of one volume: pieces of big files, all of the same length (PIP-3000 §14). */
export interface SlabVolume {
  /** Bytes of every chunk: 65,408. */
  readonly chunkBytes: number;
  /** Chunks that the volume can hold. */
  readonly maxChunks: number;
  /** Of the refs given at the start, those whose chunk is not there: it was never durable, or its cells are lost. */
  readonly missing: readonly ChunkRef[];
  /**
   * Takes a chunk, which can be read at once. `durable` resolves with the flush
   * that brings it to the medium, or fails when the vault locks first. Fails
   * with `vault/slab-full`, `vault/queue-full` or `vault/locked`.
   */
  put(content: Uint8Array): Result<PutChunk, VaultFailure>;
  /** A chunk. Fails with `vault/chunk-missing`, `vault/page-damaged`, `vault/medium-failed` or `vault/locked`. */
  read(ref: ChunkRef): Promise<Result<Uint8Array, VaultFailure>>;
  /** Forgets a chunk; its cells become random as the sweep passes. Erased it is with its ref. */
  remove(ref: ChunkRef): void;
  /** Chunks that wait for their flush: at most six a flush go. */
  waiting(): number;
  /** How many flushes without this volume all its chunks survive; `undefined` for volume 0, and where there are none. */
  marginFlushes(): number | undefined;
}

/** A chunk that was taken. */
export interface PutChunk {
  readonly ref: ChunkRef;
  readonly durable: Promise<Result<void, VaultFailure>>;
}

/** The slab beside an unlocked container: what the clock of the vault drives. */
export interface OpenSlab {
  readonly volumes: readonly SlabVolume[];
  /** Before flush `flush` of the container: stages the window. */
  prepare(flush: number, drawSlots?: DrawSlots): Promise<void>;
  /** After it: writes the window in its place. */
  finish(flush: number): Promise<void>;
  /** Overwrites the keys; everything fails with `vault/locked` from now on. */
  close(): void;
}

/** What a slab needs. */
export interface SlabDeps extends RandomDep {
  readonly media: Media;
  readonly symmetric: SymmetricPrimitives;
}

/** Chunks of a volume that may wait for the clock: 64 MiB. */
const MAX_WAITING = 1024;

interface Waiting {
  readonly version: PageVersion;
  readonly resolve: (result: Result<void, VaultFailure>) => void;
}

interface SlabState {
  readonly number: VolumeNumber;
  readonly maskKey: Uint8Array;
  readonly index: VolumeIndex;
  queue: Waiting[];
  /** In the window that is being written. */
  placed: Waiting[];
}

/**
 * Opens the slab of a container that was unlocked and has not flushed since
 * (PIP-3000 §14). `refs`: all chunks of each open volume, volume 0 first; a
 * chunk that is not among them will be overwritten.
 */
export async function openSlabOf(
  deps: SlabDeps,
  geometry: SlabGeometry,
  container: OpenContainer,
  refs: readonly (readonly ChunkRef[])[],
): Promise<OpenSlab> {
  assertSlabGeometry(geometry);
  if (deps.media.sizeBytes !== sizeOfSlab(geometry)) {
    throw new ParsError('vault/argument', { what: 'slab size' });
  }
  const { media, random, symmetric } = deps;
  const { windows } = geometry;
  const commitKey = deriveVaultKey(symmetric, container.decoySecret, 'slab commit');
  const secrets = [container.decoySecret, container.volumes[1]?.secrets?.hidden];
  const states = container.volumes.map(
    ({ number }): SlabState => ({
      number,
      maskKey: deriveVaultKey(symmetric, secrets[number] ?? new Uint8Array(32), 'slab mask'),
      index: createVolumeIndex(pagesLike(geometry), number),
      queue: [],
      placed: [],
    }),
  );
  let isClosed = false;
  let image: { readonly bytes: Uint8Array; readonly slots: readonly SlotOf[][] } | undefined;

  const lastWindow = container.flush % windows;
  let redo: Uint8Array | undefined = await readRedo();
  const missing = await scan();

  return {
    volumes: states.map(volumeOf),
    prepare,
    finish,
    close() {
      isClosed = true;
      for (const { index, maskKey, queue, placed } of states) {
        index.erase();
        maskKey.fill(0);
        for (const { version, resolve } of [...queue, ...placed]) {
          version.key.fill(0);
          resolve(vaultErr('vault/locked'));
        }
      }
      commitKey.fill(0);
    },
  };

  /** The window of the last flush, as staged; as it lies there when staging holds another. */
  async function readRedo(): Promise<Uint8Array> {
    const staged = await media.read(0, slabWindowBytes(geometry));
    const own = await media.read(slabWindowOffset(geometry, lastWindow), slabWindowBytes(geometry));
    return findSlabCommit(symmetric, commitKey, staged) === container.flush ? staged : own;
  }

  /** Finds the copies of all chunks by the headers of the windows. */
  async function scan(): Promise<readonly (readonly ChunkRef[])[]> {
    const found = states.map(() => new Map<string, Place[]>());
    for (let window = 0; window < windows; window += 1) {
      const read = await media.read(slabWindowOffset(geometry, window), SLAB_HEADER_BYTES);
      const header = window === lastWindow ? (redo ?? read) : read;
      states.forEach(({ maskKey }, at) => {
        for (const [slot, entry] of findEntries(symmetric, maskKey, header)) {
          const places = found[at]?.get(nameOf(entry)) ?? [];
          const place = { window, slot, writtenAt: entry.writtenAt };
          found[at]?.set(
            nameOf(entry),
            [place, ...places].toSorted((a, b) => b.writtenAt - a.writtenAt),
          );
        }
      });
    }
    return states.map(({ index }, at) =>
      (refs[at] ?? []).filter((ref) => {
        const places = found[at]?.get(nameOf(ref)) ?? [];
        const [first] = places;
        if (first === undefined) return true;
        const version = versionOf(ref, index.homeOfWindow(first.window), undefined);
        version.places = places;
        index.carry(version);
        index.publish(version);
        return false;
      }),
    );
  }

  async function prepare(flush: number, drawSlots: DrawSlots = drawFresh): Promise<void> {
    if (redo !== undefined) {
      await media.write(slabWindowOffset(geometry, lastWindow), redo);
      await media.flush();
    }
    redo = undefined;
    const window = flush % windows;
    const partner = (window + windows / 2) % windows;
    const read = new Map([
      [window, await readWindow(window)],
      [partner, await readWindow(partner)],
    ]);
    const repaired = await repair(window, flush - 1);
    const layout = states.map((state) => {
      const home = state.index.homeOfWindow(window);
      placeWaiting(state, home);
      return state.index.atHome(home).flatMap((version) => {
        const content = version.content ?? openFrom(read, version) ?? repaired.get(version);
        return content === undefined ? [] : [{ version, content }];
      });
    });
    const bytes = createSlabWindow(random, geometry);
    const versions = layout.flat().map(({ version }) => version);
    const order = drawSlots({ count: versions.length, window, versions });
    const slotByVersion = new Map(versions.map((version, at) => [version, order[at] ?? 0]));
    const slots = layout.map((chunks, at) =>
      chunks.map(({ version, content }) => {
        const slot = slotByVersion.get(version) ?? 0;
        sealChunk(symmetric, geometry, {
          window: bytes,
          slot,
          maskKey: states[at]?.maskKey as Uint8Array,
          entry: { chunk: version.page, version: version.version, writtenAt: flush },
          key: version.key,
          content,
        });
        return { version, slot };
      }),
    );
    commitSlabWindow(symmetric, commitKey, bytes, flush);
    image = { bytes, slots };
    await media.write(0, bytes);
    await media.flush();
  }

  async function finish(flush: number): Promise<void> {
    if (image === undefined) throw new ParsError('vault/argument', { what: 'slab flush' });
    const window = flush % windows;
    await media.write(slabWindowOffset(geometry, window), image.bytes);
    await media.flush();
    states.forEach((state, at) => {
      state.index.setWindow(window, flush, image?.slots[at] ?? []);
      for (const { version, resolve } of state.placed) {
        version.content = undefined;
        resolve(ok(undefined));
      }
      state.placed = [];
    });
    image = undefined;
  }

  function drawFresh({ count }: { readonly count: number }): readonly number[] {
    return drawInOrder(random, numbersBelow(SLAB_CELLS), count);
  }

  function placeWaiting(state: SlabState, home: number): void {
    const room = SLAB_QUOTA - state.index.atHome(home).length;
    for (const waiting of state.queue.splice(0, Math.max(0, room))) {
      waiting.version.home = home;
      state.index.carry(waiting.version);
      state.index.publish(waiting.version);
      state.placed.push(waiting);
    }
  }

  /** Moves the hidden chunk that would be lost first into this home. One cell is read in any case. */
  async function repair(
    window: number,
    flush: number,
  ): Promise<ReadonlyMap<PageVersion, Uint8Array>> {
    const state = states[1];
    const home = state?.index.homeOfWindow(window) ?? 0;
    const hasRoom = (state?.index.atHome(home).length ?? SLAB_QUOTA) < SLAB_QUOTA;
    const version = state?.index.endangered(flush).find((found) => found.home !== home);
    const chosen = hasRoom ? version : undefined;
    const content = await readPlace(chosen, chosen?.places[0]);
    // It may have been removed while it was read.
    const isLive = chosen !== undefined && state?.index.get(CELL_KIND.data, chosen.page) === chosen;
    if (!isLive || content === undefined) return new Map();
    state?.index.moveHome(chosen, home);
    return new Map([[chosen, content]]);
  }

  async function readWindow(window: number): Promise<Uint8Array> {
    return await media.read(slabWindowOffset(geometry, window), slabWindowBytes(geometry));
  }

  function openFrom(
    read: ReadonlyMap<number, Uint8Array>,
    version: PageVersion,
  ): Uint8Array | undefined {
    for (const place of version.places) {
      const window = read.get(place.window);
      if (window === undefined) continue;
      const cell = slabCellOf(geometry, window, place.slot);
      const content = openChunk(symmetric, geometry, cell, entryOf(version, place), version.key);
      if (content !== undefined) return content;
    }
    return undefined;
  }

  /** Reads one cell, any one where there is nothing to read, and opens it. */
  async function readPlace(
    version: PageVersion | undefined,
    place: Place | undefined,
  ): Promise<Uint8Array | undefined> {
    const window = place?.window ?? below(random, windows);
    const slot = place?.slot ?? below(random, SLAB_CELLS);
    const offset = slabWindowOffset(geometry, window) + slabCellOffset(geometry, slot);
    const read = await media.read(offset, slabCellBytes(geometry));
    if (version === undefined || place === undefined) return undefined;
    const cell =
      redo !== undefined && window === lastWindow ? slabCellOf(geometry, redo, slot) : read;
    return openChunk(symmetric, geometry, cell, entryOf(version, place), version.key);
  }

  function volumeOf(state: SlabState, at: number): SlabVolume {
    const { index, number } = state;
    const maxChunks = maxChunksOf(geometry, number);
    const used = (): number => index.dataPages().length + state.queue.length;
    const find = (ref: ChunkRef): PageVersion | undefined => {
      const waiting = state.queue.find(({ version }) => version.page === ref.chunk)?.version;
      const version = waiting ?? index.get(CELL_KIND.data, ref.chunk);
      return version?.version === ref.version ? version : undefined;
    };
    return {
      chunkBytes: geometry.chunkBytes,
      maxChunks,
      missing: missing[at] ?? [],
      put(content) {
        if (isClosed) return vaultErr('vault/locked');
        if (content.length !== geometry.chunkBytes) {
          throw new ParsError('vault/argument', { what: 'chunk length' });
        }
        if (used() >= maxChunks) return vaultErr('vault/slab-full');
        if (state.queue.length >= MAX_WAITING) return vaultErr('vault/queue-full');
        const ref = drawRef(index, state.queue);
        const version = versionOf(ref, 0, concatBytes(content));
        const { promise: durable, resolve } = Promise.withResolvers<Result<void, VaultFailure>>();
        state.queue.push({ version, resolve });
        return ok({ ref, durable });
      },
      async read(ref) {
        if (isClosed) return vaultErr('vault/locked');
        const version = find(ref);
        if (version === undefined) return vaultErr('vault/chunk-missing');
        if (version.content !== undefined) return ok(concatBytes(version.content));
        try {
          for (const place of version.places) {
            const content = await readPlace(version, place);
            if (content !== undefined) return ok(content);
          }
        } catch {
          return vaultErr(isClosed ? 'vault/locked' : 'vault/medium-failed');
        }
        return vaultErr(isClosed ? 'vault/locked' : 'vault/page-damaged');
      },
      remove(ref) {
        const version = find(ref);
        if (version === undefined) return;
        const waiting = state.queue.find((one) => one.version === version);
        state.queue = state.queue.filter((one) => one !== waiting);
        waiting?.resolve(vaultErr('vault/chunk-missing'));
        version.key.fill(0);
        if (waiting === undefined) index.drop(CELL_KIND.data, version.page);
      },
      waiting: () => state.queue.length + state.placed.length,
      marginFlushes: () => (number === 0 || isClosed ? undefined : index.margin(container.flush)),
    };
  }

  function drawRef(index: VolumeIndex, queue: readonly Waiting[]): ChunkRef {
    const used = new Set([...index.dataPages(), ...queue.map(({ version }) => version.page)]);
    let chunk = 0;
    while (used.has(chunk)) chunk += 1;
    const version = 1 + (readUint48(random.bytes(6), 0) % (2 ** 48 - 1));
    return { chunk, version, key: random.bytes(32) };
  }
}

interface SlotOf {
  readonly version: PageVersion;
  readonly slot: number;
}

function nameOf({ chunk, version }: Pick<ChunkRef, 'chunk' | 'version'>): string {
  return `${chunk}:${version}`;
}

function versionOf(ref: ChunkRef, home: number, content: Uint8Array | undefined): PageVersion {
  return {
    kind: CELL_KIND.data,
    page: ref.chunk,
    version: ref.version,
    key: concatBytes(ref.key),
    home,
    places: [],
    content,
  };
}

function entryOf(
  version: PageVersion,
  place: Place,
): { readonly chunk: number; readonly version: number; readonly writtenAt: number } {
  return { chunk: version.page, version: version.version, writtenAt: place.writtenAt };
}
