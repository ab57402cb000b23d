import { ok, type Random, type Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import { type Parcel, type ParcelId, parcelIds } from './parcel.ts';
import {
  type CustodyKind,
  challengeLength,
  decodeReceipt,
  isReceiptProven,
  possessionOf,
} from './receipt.ts';

/** What hops have said about the parcels that this node handed to them. In memory only. */
export interface CustodyBook {
  /**
   * Notes that `parcel` goes to `hop` (any name of a neighbour) and gives the
   * challenge of 32 bytes to send along. Asking the same hop again replaces
   * the challenge and keeps what it had said. When the book is full the
   * oldest entry gives way.
   */
  handOver(hop: string, parcel: Parcel): Uint8Array;
  /**
   * Takes a receipt from `hop`. A repeated one changes nothing. Fails with
   * the codes of `decodeReceipt`, `mesh/unknown-receipt` when nothing was
   * handed to this hop, `mesh/bad-receipt` when the proof does not fit, and
   * `mesh/contradictory-receipt` when it takes back what the hop said or
   * promises more than the parcel's life; the first word then stands.
   */
  accept(hop: string, bytes: Uint8Array): Result<CustodyKind, MeshFailure>;
  /** How many hops say so of a parcel; who stored it counts as carrying it too. */
  countOf(id: ParcelId, kind: CustodyKind): number;
}

/** An empty book of at most `maxEntries` (default 16,384) pairs of parcel and hop. */
export function createCustodyBook(
  deps: { readonly symmetric: SymmetricPrimitives; readonly random: Random },
  options: { readonly maxEntries?: number } = {},
): CustodyBook {
  const { symmetric, random } = deps;
  const { maxEntries = 16_384 } = options;
  const entryByPair = new Map<string, Entry>();
  const pairsById = new Map<string, Set<string>>();

  return {
    handOver(hop, parcel) {
      const id = parcelIds.toText(parcel.id);
      const pair = `${id}/${hop}`;
      const challenge = random.bytes(challengeLength);
      const said = entryByPair.get(pair)?.said;
      forget(pair, id);
      const [oldest] = entryByPair;
      if (oldest !== undefined && entryByPair.size >= maxEntries) forget(oldest[0], oldest[1].id);
      const possession = possessionOf(symmetric, challenge, parcel.bytes);
      entryByPair.set(pair, { id, possession, expirySlot: parcel.header.expirySlot, said });
      pairsById.set(id, (pairsById.get(id) ?? new Set()).add(pair));
      return challenge;
    },
    accept(hop, bytes) {
      const receipt = decodeReceipt(bytes);
      if (!receipt.ok) return receipt;
      const { id, kind, untilSlot } = receipt.value;
      const entry = entryByPair.get(`${parcelIds.toText(id)}/${hop}`);
      if (entry === undefined) return meshErr('mesh/unknown-receipt');
      if (!isReceiptProven(symmetric, receipt.value, entry.possession)) {
        return meshErr('mesh/bad-receipt', { what: 'proof' });
      }
      if (untilSlot > entry.expirySlot) return meshErr('mesh/contradictory-receipt');
      if (entry.said !== undefined) {
        const isLess = entry.said.kind === 'stored' && kind === 'carried';
        if (isLess || untilSlot < entry.said.untilSlot)
          return meshErr('mesh/contradictory-receipt');
      }
      entry.said = { kind, untilSlot };
      return ok(kind);
    },
    countOf(id, kind) {
      const pairs = [...(pairsById.get(parcelIds.toText(id)) ?? [])];
      const said = pairs.map((pair) => entryByPair.get(pair)?.said?.kind);
      return said.filter((word) => word === 'stored' || word === kind).length;
    },
  };

  function forget(pair: string, id: string): void {
    if (!entryByPair.delete(pair)) return;
    const pairs = pairsById.get(id);
    pairs?.delete(pair);
    if (pairs?.size === 0) pairsById.delete(id);
  }
}

interface Entry {
  readonly id: string;
  readonly possession: Uint8Array;
  readonly expirySlot: number;
  said: { readonly kind: CustodyKind; readonly untilSlot: number } | undefined;
}
