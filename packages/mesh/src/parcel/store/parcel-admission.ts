import { type Clock, ok, type Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../../errors.ts';
import { type ParcelId, parcelFromBytes, parcelIdFromHeader } from '../parcel.ts';
import { decodeParcelHeader, type ParcelHeader } from '../parcel-header.ts';
import type { ParcelNetwork } from '../parcel-network.ts';
import { bucketFromParcelLength, parcelHeaderLength, parcelSizes } from '../parcel-size.ts';
import { checkLifetime, dayFromSlot } from '../parcel-time.ts';
import { checkTokenProof, checkWork } from '../postage.ts';
import type { TaggedParcelEntry } from './parcel-entry.ts';
import type { SpentTokens } from './spent-tokens.ts';

/** A parcel whose header was read. */
export interface Applicant {
  readonly id: ParcelId;
  readonly header: ParcelHeader;
}

/** A parcel whose postage is good. */
export interface PaidApplicant {
  readonly entry: TaggedParcelEntry;
  /** Zero for work. */
  readonly tokenMark: Uint8Array;
}

/** The checks of a parcel from the cheapest to the dearest (PIP-1002 §9). */
export interface ParcelAdmission {
  /** Header and lifetime: two comparisons and a hash. */
  read(bytes: Uint8Array): Result<Applicant, MeshFailure>;
  /** The work, and that a token was not spent here: at most 36 hashes. */
  judge(applicant: Applicant): Result<PaidApplicant, MeshFailure>;
  /** What reads every byte, and a token's signature. */
  prove(applicant: Applicant, bytes: Uint8Array): Result<undefined, MeshFailure>;
}

const noToken = new Uint8Array(8);

/** The admission to one store. */
export function createParcelAdmission(
  deps: { readonly symmetric: SymmetricPrimitives; readonly clock: Clock },
  network: ParcelNetwork,
  spent: SpentTokens,
): ParcelAdmission {
  const { symmetric, clock } = deps;
  return {
    read(bytes) {
      const bucket = bucketFromParcelLength(bytes.length);
      if (bucket === undefined) return meshErr('mesh/bad-length', { what: 'parcel' });
      const headerBytes = bytes.subarray(0, parcelHeaderLength);
      const header = decodeParcelHeader(network, headerBytes);
      if (!header.ok) return header;
      if (header.value.bucket !== bucket) return meshErr('mesh/bad-parcel', { what: 'bucket' });
      const { expirySlot, priority } = header.value;
      const lifetime = checkLifetime(expirySlot, priority, clock.nowMs());
      if (!lifetime.ok) return lifetime;
      return ok({ id: parcelIdFromHeader(symmetric, headerBytes), header: header.value });
    },
    judge({ id, header }) {
      const level = checkWork(symmetric, network, header);
      if (!level.ok) return level;
      const { expirySlot, priority, shard, tag, bucket, postage } = header;
      const entry = { id, tag, shard, expirySlot, priority, level: level.value };
      const sized = { ...entry, sizeBytes: parcelSizes[bucket] ?? 0 };
      if (postage.token === undefined) return ok({ entry: sized, tokenMark: noToken });
      const day = dayFromSlot(expirySlot);
      const tokenMark = spent.markOf(postage.token.key);
      if (spent.has(day, tokenMark)) return meshErr('mesh/token-spent');
      if (spent.isFull(day)) return meshErr('mesh/token-limit');
      return ok({ entry: sized, tokenMark });
    },
    prove({ header }, bytes) {
      const parcel = parcelFromBytes(symmetric, network, bytes);
      if (!parcel.ok) return parcel;
      return checkTokenProof(symmetric, network, header);
    },
  };
}
