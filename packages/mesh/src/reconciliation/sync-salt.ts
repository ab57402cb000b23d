import { utf8ToBytes } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { saltLength } from './short-id.ts';

const saltLabel = utf8ToBytes('pars/1 reconciliation salt');

/** The salt of a sync: both sides have a part in it, so neither can choose it (PIP-1003 §2). */
export function syncSalt(
  symmetric: SymmetricPrimitives,
  askerSalt: Uint8Array,
  answererSalt: Uint8Array,
): Uint8Array {
  return symmetric.sha3(saltLabel, askerSalt, answererSalt).subarray(0, saltLength);
}
