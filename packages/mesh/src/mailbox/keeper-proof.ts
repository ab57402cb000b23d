import { utf8ToBytes } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import type { KeeperId } from './keeper-choice.ts';

const proofLabel = utf8ToBytes('pars/1 mailbox proof');

/**
 * SHA3-256(label ‖ challenge [32] ‖ who proves [32] ‖ parcel): only who holds every
 * byte now can compute it, and whoever was asked on behalf of another says another
 * name (PIP-1006 §10).
 */
export function keeperProof(
  symmetric: SymmetricPrimitives,
  challenge: Uint8Array,
  keeper: KeeperId,
  parcel: Uint8Array,
): Uint8Array {
  return symmetric.sha3(proofLabel, challenge, keeper, parcel);
}
