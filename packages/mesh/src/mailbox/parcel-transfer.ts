import { ok, type Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import {
  dayFromSlot,
  decodeParcelHeader,
  type Parcel,
  parcelFromBytes,
  parcelHeaderLength,
  parcelIdFromHeader,
} from '../parcel/index.ts';
import type { ShardDay } from './keeper-message.ts';
import type { MailboxNetwork } from './mailbox-network.ts';
import { type ShardItem, shardItemOf, sizeOfItem } from './shard-item.ts';

/** A parcel that comes piece by piece (PIP-1006 §8). */
export interface ParcelTransfer {
  readonly item: ShardItem;
  /** Places that are still to come, ascending. */
  readonly missing: readonly number[];
  /** Only this keeper is asked, because pieces of several did not fit together. */
  readonly pinnedTo: string | undefined;
  /** Who gave the pieces that are here. */
  readonly givers: ReadonlySet<string>;
  /**
   * Takes a piece. The parcel when it is whole; `mesh/bad-parcel` when the
   * first piece, or the whole, is not what the item names: then everything is
   * forgotten, and, if several gave it, the last of them is asked alone.
   */
  take(keeper: string, place: number, piece: Uint8Array): Result<Parcel | undefined, MeshFailure>;
}

/** A transfer of which nothing is here; `undefined` for an item that no parcel has. */
export function createParcelTransfer(
  deps: { readonly symmetric: SymmetricPrimitives; readonly network: MailboxNetwork },
  shardDay: ShardDay,
  item: ShardItem,
): ParcelTransfer | undefined {
  const { symmetric, network } = deps;
  const { pieceLength } = network.mailbox;
  const size = sizeOfItem(item);
  if (size === undefined) return undefined;
  const places = Array.from({ length: Math.ceil(size / pieceLength) }, (_, place) => place);
  const bytes = new Uint8Array(places.length * pieceLength);
  const missing = new Set(places);
  const givers = new Set<string>();
  let pinnedTo: string | undefined;

  function refuse(keeper: string, what: string): Result<never, MeshFailure> {
    if (givers.size > 1) pinnedTo = keeper;
    givers.clear();
    for (const place of places) missing.add(place);
    return meshErr('mesh/bad-parcel', { what });
  }

  /** Whether the first piece belongs to the item: a false one is found out before the rest comes. */
  function isHeaderRight(): boolean {
    const headerBytes = bytes.subarray(0, parcelHeaderLength);
    const header = decodeParcelHeader(network, headerBytes);
    if (!header.ok) return false;
    const { bucket, expirySlot, shard, tag } = header.value;
    const id = parcelIdFromHeader(symmetric, headerBytes);
    const isHere = shard === shardDay.shard && dayFromSlot(expirySlot) === shardDay.day;
    return isHere && shardItemOf(tag, id, bucket) === item;
  }

  return {
    item,
    get missing() {
      return [...missing].toSorted((one, other) => one - other);
    },
    get pinnedTo() {
      return pinnedTo;
    },
    givers,
    take(keeper, place, piece) {
      if (!missing.has(place)) return ok(undefined);
      bytes.set(piece, place * pieceLength);
      missing.delete(place);
      givers.add(keeper);
      if (place === 0 && !isHeaderRight()) return refuse(keeper, 'header');
      if (missing.size > 0) return ok(undefined);
      if (bytes.subarray(size).some((byte) => byte !== 0)) return refuse(keeper, 'filling');
      const parcel = parcelFromBytes(symmetric, network, bytes.slice(0, size));
      return parcel.ok ? parcel : refuse(keeper, 'body');
    },
  };
}
