import { concatBytes, utf8ToBytes } from '@pars/base';
import { SUITE_ID, type SymmetricPrimitives } from '@pars/crypto';

/** What a key of the vault is for (PIP-3000 §9.2): the context of its derivation. */
export type KeyPurpose =
  | 'decoy password'
  | 'duress password'
  | 'hidden password'
  | 'key slot'
  | 'root tag'
  | 'root'
  | 'cell mask'
  | 'commit'
  | 'slab mask'
  | 'slab commit';

const LABEL = utf8ToBytes('pars/1 vault');
const NO_SALT = new Uint8Array(0);

/** 32 bytes for one purpose (PIP-3000 §9.2). */
export function deriveVaultKey(
  symmetric: SymmetricPrimitives,
  secret: Uint8Array,
  purpose: KeyPurpose,
): Uint8Array {
  const context = utf8ToBytes(purpose);
  const info = concatBytes(
    Uint8Array.of(SUITE_ID, LABEL.length),
    LABEL,
    Uint8Array.of(context.length),
    context,
  );
  return symmetric.hkdf(secret, NO_SALT, info, 32);
}
