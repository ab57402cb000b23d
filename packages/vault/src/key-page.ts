import { concatBytes, type Random } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { randomBytes } from './draws.ts';
import { SALT_PAGE_BYTES } from './geometry.ts';
import { deriveVaultKey } from './vault-keys.ts';

/** Bytes of the salt at the start of a container (PIP-3000 §2). */
export const SALT_BYTES = 32;
/** Bytes of one of the two key sets of the salt page (PIP-3000 §9.2). */
export const KEY_SET_BYTES = 512;

/** Which key set: one is in force, the other is random except while passwords change. */
export type KeySetNumber = 0 | 1;

/** The two key slots of a set: which password opens which (PIP-3000 §9). */
export type KeySlot = 'decoy' | 'duress';

/** What a key slot holds: where volume 0's cells are found, and under what its roots are sealed. */
export interface DecoySecrets {
  /** The secret of volume 0, 32 bytes, for the life of the container. */
  readonly decoy: Uint8Array;
  /** The root secret of volume 0, 32 bytes, until the passwords change. */
  readonly root: Uint8Array;
}

const FIRST_SET_OFFSET = 1024;
const SET_DISTANCE = 1024;
const SLOT_OFFSETS: Readonly<Record<KeySlot, number>> = Object.freeze({ decoy: 64, duress: 192 });
const NONCE_LENGTH = 12;
const SECRET_LENGTH = 32;
const SLOT_LENGTH: number = NONCE_LENGTH + 2 * SECRET_LENGTH + 16;
const NO_AAD = new Uint8Array(0);

/** Random bytes of a salt page; its first 32 are the salt. */
export function createSaltPage(random: Random): Uint8Array {
  return randomBytes(random, SALT_PAGE_BYTES);
}

/** Where a key set begins in the container. */
export function keySetOffset(set: KeySetNumber): number {
  return FIRST_SET_OFFSET + set * SET_DISTANCE;
}

/** A key set inside a salt page: a view, not a copy. */
export function keySetOf(saltPage: Uint8Array, set: KeySetNumber): Uint8Array {
  return saltPage.subarray(keySetOffset(set), keySetOffset(set) + KEY_SET_BYTES);
}

/** A key set that no password opens. */
export function createKeySet(random: Random): Uint8Array {
  return random.bytes(KEY_SET_BYTES);
}

/** The salt of a key set, 32 bytes: once it is erased, no password gives the keys of the set any more. */
export function saltOfSet(keySet: Uint8Array): Uint8Array {
  return keySet.slice(0, SALT_BYTES);
}

/** Puts the secrets of volume 0 into a slot, under the key of a password. */
export function sealKeySlot(
  deps: { readonly symmetric: SymmetricPrimitives; readonly random: Random },
  keySet: Uint8Array,
  slot: KeySlot,
  passwordKey: Uint8Array,
  secrets: DecoySecrets,
): void {
  const nonce = deps.random.bytes(NONCE_LENGTH);
  const key = deriveVaultKey(deps.symmetric, passwordKey, 'key slot');
  const plaintext = concatBytes(secrets.decoy, secrets.root);
  keySet.set(nonce, SLOT_OFFSETS[slot]);
  keySet.set(
    deps.symmetric.gcmSeal(key, nonce, plaintext, NO_AAD),
    SLOT_OFFSETS[slot] + NONCE_LENGTH,
  );
  for (const secret of [key, plaintext]) secret.fill(0);
}

/** The secrets of volume 0, or `undefined` when the slot is under another key or random. */
export function openKeySlot(
  symmetric: SymmetricPrimitives,
  keySet: Uint8Array,
  slot: KeySlot,
  passwordKey: Uint8Array,
): DecoySecrets | undefined {
  const sealed = keySet.subarray(SLOT_OFFSETS[slot], SLOT_OFFSETS[slot] + SLOT_LENGTH);
  const key = deriveVaultKey(symmetric, passwordKey, 'key slot');
  const opened = symmetric.gcmOpen(
    key,
    sealed.subarray(0, NONCE_LENGTH),
    sealed.subarray(NONCE_LENGTH),
    NO_AAD,
  );
  key.fill(0);
  if (opened === undefined) return undefined;
  const secrets = { decoy: opened.slice(0, SECRET_LENGTH), root: opened.slice(SECRET_LENGTH) };
  opened.fill(0);
  return secrets;
}
