import type { Random } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { randomBytes } from './draws.ts';
import { SALT_PAGE_BYTES } from './geometry.ts';
import { deriveVaultKey } from './vault-keys.ts';

/** Bytes of the salt at the start of a container (PIP-3000 §2). */
export const SALT_BYTES = 32;

/** The two key slots: which password opens which (PIP-3000 §9). */
export type KeySlot = 'decoy' | 'duress';

const SLOT_OFFSETS: Readonly<Record<KeySlot, number>> = Object.freeze({ decoy: 64, duress: 128 });
const NONCE_LENGTH = 12;
const SECRET_LENGTH = 32;
const SLOT_LENGTH: number = NONCE_LENGTH + SECRET_LENGTH + 16;
const NO_AAD = new Uint8Array(0);

/** Random bytes of a salt page; its first 32 are the salt. */
export function createSaltPage(random: Random): Uint8Array {
  return randomBytes(random, SALT_PAGE_BYTES);
}

/** Puts the secret of volume 0 into a slot, under the key of a password. */
export function sealKeySlot(
  deps: { readonly symmetric: SymmetricPrimitives; readonly random: Random },
  saltPage: Uint8Array,
  slot: KeySlot,
  passwordKey: Uint8Array,
  secret: Uint8Array,
): void {
  const nonce = deps.random.bytes(NONCE_LENGTH);
  const key = deriveVaultKey(deps.symmetric, passwordKey, 'key slot');
  saltPage.set(nonce, SLOT_OFFSETS[slot]);
  saltPage.set(
    deps.symmetric.gcmSeal(key, nonce, secret, NO_AAD),
    SLOT_OFFSETS[slot] + NONCE_LENGTH,
  );
}

/** The secret of volume 0, or `undefined` when the slot is under another key or random. */
export function openKeySlot(
  symmetric: SymmetricPrimitives,
  saltPage: Uint8Array,
  slot: KeySlot,
  passwordKey: Uint8Array,
): Uint8Array | undefined {
  const sealed = saltPage.subarray(SLOT_OFFSETS[slot], SLOT_OFFSETS[slot] + SLOT_LENGTH);
  const key = deriveVaultKey(symmetric, passwordKey, 'key slot');
  return symmetric.gcmOpen(
    key,
    sealed.subarray(0, NONCE_LENGTH),
    sealed.subarray(NONCE_LENGTH),
    NO_AAD,
  );
}
