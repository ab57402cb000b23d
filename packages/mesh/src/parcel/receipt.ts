import {
  equalBytes,
  ok,
  type Result,
  uint32FromBytes,
  uint32ToBytes,
  utf8ToBytes,
} from '@pars/base';
import { SUITE_ID, type SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import type { ParcelId } from './parcel.ts';

/** Version of the receipt: its second byte. */
export const receiptVersion = 1;
/** Bytes of a receipt (PIP-1002 §8). */
export const receiptLength = 71;
/** Bytes of a custody challenge. */
export const challengeLength = 32;

/** What a hop says it did, and nothing about what came after it (PIP-1002 §8). */
export type CustodyKind = 'carried' | 'stored';

/** What a receipt says. */
export interface CustodyClaim {
  readonly id: ParcelId;
  readonly kind: CustodyKind;
  /** The slot until which the hop means to keep it: 0 to 2^32 - 1. */
  readonly untilSlot: number;
}

/** A receipt that was read, with its proof unchecked. */
export interface Receipt extends CustodyClaim {
  readonly proof: Uint8Array;
}

const possessionLabel = utf8ToBytes('pars/1 parcel possession');
const proofLabel = utf8ToBytes('pars/1 parcel receipt');
const kindNumbers: Readonly<Record<CustodyKind, number>> = { carried: 1, stored: 2 };

/**
 * SHA3-256(label ‖ challenge ‖ parcel): only who holds every byte of the
 * parcel, and was asked, can compute it (PIP-1002 §8).
 */
export function possessionOf(
  symmetric: SymmetricPrimitives,
  challenge: Uint8Array,
  parcel: Uint8Array,
): Uint8Array {
  return symmetric.sha3(possessionLabel, challenge, parcel);
}

/** The 71 bytes of a receipt; `possession` is {@link possessionOf} the parcel. */
export function encodeReceipt(
  symmetric: SymmetricPrimitives,
  claim: CustodyClaim,
  possession: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(receiptLength);
  bytes.set([SUITE_ID, receiptVersion, kindNumbers[claim.kind]]);
  bytes.set(uint32ToBytes(claim.untilSlot), 3);
  bytes.set(claim.id, 7);
  bytes.set(proofOf(symmetric, claim, possession), 39);
  return bytes;
}

/** Reads a receipt: `mesh/bad-receipt`, `mesh/unknown-suite` or `mesh/unknown-version`. Total. */
export function decodeReceipt(bytes: Uint8Array): Result<Receipt, MeshFailure> {
  if (bytes.length !== receiptLength) return meshErr('mesh/bad-receipt', { what: 'length' });
  if (bytes[0] !== SUITE_ID) return meshErr('mesh/unknown-suite');
  if (bytes[1] !== receiptVersion) return meshErr('mesh/unknown-version');
  const kind = bytes[2] === 1 ? 'carried' : 'stored';
  if (bytes[2] !== kindNumbers[kind]) return meshErr('mesh/bad-receipt', { what: 'kind' });
  return ok({
    kind,
    untilSlot: uint32FromBytes(bytes, 3),
    id: bytes.slice(7, 39) as ParcelId,
    proof: bytes.slice(39),
  });
}

/** Whether the proof fits the claim and the possession; in constant time. */
export function isReceiptProven(
  symmetric: SymmetricPrimitives,
  receipt: Receipt,
  possession: Uint8Array,
): boolean {
  return equalBytes(proofOf(symmetric, receipt, possession), receipt.proof);
}

function proofOf(
  symmetric: SymmetricPrimitives,
  claim: CustodyClaim,
  possession: Uint8Array,
): Uint8Array {
  const kind = Uint8Array.of(kindNumbers[claim.kind]);
  return symmetric.sha3(proofLabel, possession, kind, uint32ToBytes(claim.untilSlot), claim.id);
}
