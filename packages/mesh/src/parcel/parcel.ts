import {
  type Branded,
  concatBytes,
  defineId,
  equalBytes,
  type IdKind,
  ok,
  type Result,
} from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import {
  decodeParcelHeader,
  encodeParcelHeader,
  type ParcelHeader,
  type ParcelLabel,
} from './parcel-header.ts';
import { type ParcelNetwork, requireParcelNetwork } from './parcel-network.ts';
import { bucketFromBodyLength, bucketFromParcelLength, parcelHeaderLength } from './parcel-size.ts';
import { type PostageWork, payPostage } from './postage.ts';

/** SHA3-256 of a parcel's header, which holds the SHA3-256 of its body: names every byte (PIP-1002 §2). */
export type ParcelId = Branded<Uint8Array, 'ParcelId'>;
/** Ids of parcels: 32 bytes. */
export const parcelIds: IdKind<'ParcelId'> = defineId('ParcelId', 32);

/** A parcel that was read. Its postage and lifetime are judged apart. */
export interface Parcel {
  readonly id: ParcelId;
  readonly header: ParcelHeader;
  /** All bytes, of one of the six sizes. */
  readonly bytes: Uint8Array;
  /** The opaque content: 512 bytes less than {@link bytes}, a view of them. */
  readonly body: Uint8Array;
}

/** The id of the parcel with this header of 512 bytes. */
export function parcelIdFromHeader(symmetric: SymmetricPrimitives, header: Uint8Array): ParcelId {
  return symmetric.sha3(header) as ParcelId;
}

/**
 * Reads a parcel (PIP-1002 §2): `mesh/bad-length`, `mesh/unknown-suite`,
 * `mesh/unknown-version` or `mesh/bad-parcel`. Total; there is one encoding of
 * every parcel. Checks neither postage nor lifetime.
 */
export function parcelFromBytes(
  symmetric: SymmetricPrimitives,
  network: ParcelNetwork,
  bytes: Uint8Array,
): Result<Parcel, MeshFailure> {
  const bucket = bucketFromParcelLength(bytes.length);
  if (bucket === undefined) return meshErr('mesh/bad-length', { what: 'parcel' });
  const headerBytes = bytes.subarray(0, parcelHeaderLength);
  const header = decodeParcelHeader(network, headerBytes);
  if (!header.ok) return header;
  if (header.value.bucket !== bucket) return meshErr('mesh/bad-parcel', { what: 'bucket' });
  const body = bytes.subarray(parcelHeaderLength);
  if (!equalBytes(symmetric.sha3(body), header.value.bodyHash)) {
    return meshErr('mesh/bad-parcel', { what: 'body' });
  }
  return ok({ id: parcelIdFromHeader(symmetric, headerBytes), header: header.value, bytes, body });
}

/**
 * Makes a parcel and does the work of its postage, at least
 * `network.leastLevel` (PIP-1002 §4, §5). `label.tag` has 32 bytes. A body
 * that fills no bucket fails with `mesh/bad-length`: whoever seals it pads it.
 * Rejects with the signal's reason when aborted.
 */
export async function createParcel(
  work: PostageWork,
  network: ParcelNetwork,
  label: ParcelLabel,
  body: Uint8Array,
  signal?: AbortSignal,
): Promise<Result<Parcel, MeshFailure>> {
  requireParcelNetwork(network);
  const bucket = bucketFromBodyLength(body.length);
  if (bucket === undefined) return meshErr('mesh/bad-length', { what: 'body' });
  const unpaid = { ...label, bucket, bodyHash: work.symmetric.sha3(body) };
  const postage = await payPostage(work, network, unpaid, signal);
  const bytes = concatBytes(encodeParcelHeader(network, { ...unpaid, postage }), body);
  return parcelFromBytes(work.symmetric, network, bytes);
}
