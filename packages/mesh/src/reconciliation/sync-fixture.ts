import { hash } from 'node:crypto';
import { hex, ok, type Result } from '@pars/base';
import { createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import type { SymmetricPrimitives } from '@pars/crypto';
import type { MeshFailure } from '../errors.ts';
import { encodeMessageFrame } from '../message-frame.ts';
import { dayFromSlot, type ParcelId, parcelSizes, slotsPerDay } from '../parcel/index.ts';
import { createTestSuite } from '../parcel/parcel-fixture.ts';
import { dayIdsFrom } from './day-set.ts';
import type { ParcelShelf } from './parcel-shelf.ts';
import { createSyncAnswerer } from './sync-answerer.ts';
import { createSyncAsker } from './sync-asker.ts';
import type { SyncEffect, SyncMachine } from './sync-machine.ts';

/** Something of a parcel's size with a day in it; no postage, so that a test can have thousands. */
export function fakeParcel(random: SimulationRandom, day: number, bucket = 0): Uint8Array {
  const bytes = new Uint8Array(parcelSizes[bucket] ?? 0);
  bytes.set(random.bytes(Math.min(bytes.length, 4_096)));
  new DataView(bytes.buffer).setUint32(4, day * slotsPerDay);
  return bytes;
}

/** A shelf in memory that checks nothing but can be told to refuse. */
export interface MemoryShelf extends ParcelShelf {
  readonly parcels: Map<string, Uint8Array>;
  put(parcel: Uint8Array): void;
  /** Like `admit`, at once. */
  take(parcel: Uint8Array): Result<'stored' | 'known', MeshFailure>;
  refuse: ((parcel: Uint8Array) => MeshFailure | undefined) | undefined;
  /** Hexadecimal ids, sorted. */
  ids(): readonly string[];
}

const idOf = (parcel: Uint8Array) => hash('sha3-256', parcel.subarray(0, 512), 'hex');

export function createMemoryShelf(parcels: readonly Uint8Array[] = []): MemoryShelf {
  const held = new Map(parcels.map((parcel) => [idOf(parcel), parcel]));
  const shelf: MemoryShelf = {
    parcels: held,
    refuse: undefined,
    put: (parcel) => held.set(idOf(parcel), parcel),
    take(parcel) {
      const failure = shelf.refuse?.(parcel);
      if (failure !== undefined) return { ok: false, error: failure };
      const isKnown = held.has(idOf(parcel));
      shelf.put(parcel);
      return ok(isKnown ? 'known' : 'stored');
    },
    ids: () => [...held.keys()].toSorted(),
    snapshot: () =>
      dayIdsFrom(
        [...held].map(([id, parcel]) => {
          const slot = new DataView(parcel.buffer, parcel.byteOffset).getUint32(4);
          const bytes = Uint8Array.fromHex(id) as ParcelId;
          return { id: bytes, day: dayFromSlot(slot) };
        }),
      ),
    read: async (id) => held.get(hex.encode(id)),
    admit: async (parcel) => shelf.take(parcel),
  };
  return shelf;
}

/** One side of a sync with its shelf. */
export interface SyncSide {
  machine: SyncMachine;
  readonly shelf: MemoryShelf;
}

/** Two sides, and the bytes that crossed between them. */
export interface SyncPair {
  readonly random: SimulationRandom;
  readonly symmetric: SymmetricPrimitives;
  readonly asker: SyncSide;
  readonly answerer: SyncSide;
  /** New machines that know nothing of earlier ones. */
  renew(side: 'asker' | 'answerer'): void;
  /**
   * Connects both, and carries messages until both have ended, one has failed,
   * or `cutAfter` bytes have crossed: what is under way then is lost.
   */
  connect(cutAfter?: number): LinkReport;
}

export interface LinkReport {
  readonly bytes: number;
  readonly isEnded: boolean;
  readonly failure: MeshFailure | undefined;
}

export function createSyncPair(
  seed: string,
  parcels: { readonly asker: readonly Uint8Array[]; readonly answerer: readonly Uint8Array[] },
  messageLength?: number,
): SyncPair {
  const random = createSimulationRandom(seed);
  const { symmetric } = createTestSuite(random.fork('suite'));
  const options = messageLength === undefined ? {} : { messageLength };
  const create = { asker: createSyncAsker, answerer: createSyncAnswerer };
  const make = (side: 'asker' | 'answerer', shelf: MemoryShelf) =>
    create[side]({ symmetric, random }, { ...options, snapshot: () => shelf.snapshot() });
  const sideOf = (side: 'asker' | 'answerer'): SyncSide => {
    const shelf = createMemoryShelf(parcels[side]);
    return { shelf, machine: make(side, shelf) };
  };
  const pair: SyncPair = {
    random,
    symmetric,
    asker: sideOf('asker'),
    answerer: sideOf('answerer'),
    renew(side) {
      pair[side].machine = make(side, pair[side].shelf);
    },
    connect: (cutAfter = Number.POSITIVE_INFINITY) => carry([pair.asker, pair.answerer], cutAfter),
  };
  return pair;
}

/** Lets two sides talk, a message at a time in turns. */
export function carry(sides: readonly [SyncSide, SyncSide], cutAfter: number): LinkReport {
  const queues: [Uint8Array[], Uint8Array[]] = [[], []];
  const ended = new Set<number>();
  let failure: MeshFailure | undefined;
  let bytes = 0;

  const perform = (from: 0 | 1, effects: readonly SyncEffect[]): void => {
    const { machine, shelf } = sides[from];
    for (const effect of effects) {
      if (effect.kind === 'send') queues[from].push(effect.message);
      else if (effect.kind === 'read') {
        perform(from, machine.loaded(shelf.parcels.get(hex.encode(effect.id))));
      } else if (effect.kind === 'admit') {
        perform(from, machine.admitted(shelf.take(effect.parcel)));
      } else if (effect.kind === 'end') ended.add(from);
      else failure ??= effect.failure;
    }
  };

  perform(1, sides[1].machine.connected());
  perform(0, sides[0].machine.connected());
  while (failure === undefined && ended.size < 2) {
    if (queues[0].length + queues[1].length === 0) break;
    for (const from of [0, 1] as const) {
      const message = queues[from].shift();
      if (message === undefined || failure !== undefined) continue;
      const size = encodeMessageFrame(message).length;
      if (bytes + size > cutAfter) return { bytes: cutAfter, isEnded: false, failure };
      bytes += size;
      const to = from === 0 ? 1 : 0;
      perform(to, sides[to].machine.receive(message));
    }
  }
  return { bytes, isEnded: ended.size === 2, failure };
}
