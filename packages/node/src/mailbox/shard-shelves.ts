import { ok, type Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import {
  createShardRegister,
  dayFromSlot,
  decodeParcelHeader,
  type MailboxNetwork,
  type MeshFailure,
  type ParcelId,
  parcelHeaderLength,
  parcelIdFromHeader,
  type RegisterEntry,
  type ShardDay,
  type ShardRegister,
} from '@pars/mesh';
import type { Carrier, StoredParcel } from '../carrier/carrier.ts';
import { createSerialQueue } from '../serial-queue.ts';

/** The register of a keeper, filled from the store of what it carries. */
export interface ShardShelves {
  readonly register: ShardRegister;
  /** See that the register has the shard day. */
  prepare(shardDay: ShardDay): Promise<void>;
  /** All shard days of which something is carried, later days first. */
  shardDays(): Promise<readonly ShardDay[]>;
  /** In the same order; `undefined` for what is not carried any more. */
  read(ids: readonly ParcelId[]): Promise<readonly (Uint8Array | undefined)[]>;
  put(bytes: Uint8Array, source: string): Promise<Result<'stored' | 'known', MeshFailure>>;
}

/** Follows the carrier until the signal aborts. */
export function createShardShelves(
  deps: {
    readonly symmetric: SymmetricPrimitives;
    readonly network: MailboxNetwork;
    readonly carrier: Carrier;
    readonly pause: () => Promise<void>;
  },
  signal: AbortSignal,
): ShardShelves {
  const { carrier, network, pause, symmetric } = deps;
  const register = createShardRegister(network);
  const queue = createSerialQueue();
  /** What was stored while a shard day was being loaded. */
  let meanwhile: StoredParcel[] | undefined;

  signal.addEventListener(
    'abort',
    carrier.onStored((parcel) => {
      meanwhile?.push(parcel);
      add(parcel);
    }),
  );

  function add({ bytes, source }: StoredParcel): void {
    const entry = entryOf(bytes);
    if (entry !== undefined) register.add(entry, source);
  }

  function entryOf(bytes: Uint8Array): RegisterEntry | undefined {
    const headerBytes = bytes.subarray(0, parcelHeaderLength);
    const header = decodeParcelHeader(network, headerBytes);
    if (!header.ok) return undefined;
    const { expirySlot, priority, shard, tag } = header.value;
    const id = parcelIdFromHeader(symmetric, headerBytes);
    return { id, tag, shard, expirySlot, priority, level: 0, sizeBytes: bytes.length };
  }

  return {
    register,
    prepare: (shardDay) =>
      queue.run(async () => {
        if (register.isLoaded(shardDay)) return;
        meanwhile = [];
        try {
          const store = await carrier.open();
          const packed = store.idsOf(shardDay.day, shardDay.shard);
          const entries = await store.describe(unpack(packed));
          register.load(shardDay, entries);
          for (const parcel of meanwhile) add(parcel);
        } finally {
          meanwhile = undefined;
        }
      }),
    async shardDays() {
      const found = new Map<string, ShardDay>();
      let looked = 0;
      for (const { expirySlot, shard } of (await carrier.open()).list('day')) {
        const day = dayFromSlot(expirySlot);
        found.set(`${shard}/${day}`, { shard, day });
        looked += 1;
        if (looked % LOOKED_AT_ONCE === 0) await pause();
      }
      return [...found.values()].toSorted((one, other) => other.day - one.day);
    },
    async read(ids) {
      const store = await carrier.open();
      const parcels: (Uint8Array | undefined)[] = [];
      for (const id of ids) parcels.push(await store.get(id));
      return parcels;
    },
    async put(bytes, source) {
      const kept = await (await carrier.open()).put(bytes, source);
      return kept.ok ? ok(kept.value) : kept;
    },
  };
}

function unpack(packed: Uint8Array): readonly ParcelId[] {
  return Array.from(
    { length: packed.length / ID_BYTES },
    (_, at) => packed.slice(ID_BYTES * at, ID_BYTES * (at + 1)) as ParcelId,
  );
}

const ID_BYTES = 32;
const LOOKED_AT_ONCE = 4_096;
