import type { HybridKemPublicKey, KemSeed, Suite } from '@pars/crypto';
import { slotFromMs, slotToMs } from '../slot.ts';

/** A new prekey, and with it a new card, is due after this age: 7 days (PIP-5000 §4). */
export const PREKEY_ROTATION_MS: number = 7 * 86_400_000;
/** Senders stop using a prekey at this age: 44 days (PIP-5000 §4). */
export const PREKEY_USE_MS: number = 44 * 86_400_000;
/** The private half is destroyed at this age: 45 days (PIP-5000 §4). */
export const PREKEY_LIFE_MS: number = 45 * 86_400_000;

/** A prekey with its private half, as its owner keeps it. */
export interface Prekey {
  readonly seed: KemSeed;
  readonly publicKey: HybridKemPublicKey;
  readonly createdSlot: number;
  readonly expiresSlot: number;
}

/** Makes a fresh prekey that lives 45 days from now. */
export async function generatePrekey(suite: Suite, nowMs: number): Promise<Prekey> {
  const seed = suite.kem.generateSeed();
  const { publicKey } = await suite.kem.privateKeyFromSeed(seed);
  const createdSlot = slotFromMs(nowMs);
  return {
    seed,
    publicKey,
    createdSlot,
    expiresSlot: slotFromMs(slotToMs(createdSlot) + PREKEY_LIFE_MS),
  };
}

/** Whether a new prekey is due: 7 days old, or made in a future that the clock has left again. */
export function isPrekeyRotationDue(prekey: Pick<Prekey, 'createdSlot'>, nowMs: number): boolean {
  const ageMs = nowMs - slotToMs(prekey.createdSlot);
  return ageMs >= PREKEY_ROTATION_MS || ageMs < -86_400_000;
}

/** Whether the private half must be destroyed now. */
export function isPrekeyOver(prekey: Pick<Prekey, 'expiresSlot'>, nowMs: number): boolean {
  return nowMs >= slotToMs(prekey.expiresSlot);
}

/** Whether a sender may still seal to this prekey of somebody's card. */
export function isPrekeyUsable(prekey: { readonly createdSlot: number }, nowMs: number): boolean {
  return nowMs - slotToMs(prekey.createdSlot) < PREKEY_USE_MS;
}

/** The key id of a KEM public key: SHA3-256, 32 bytes (PIP-5000 §1). */
export function keyIdFromPublicKey(
  suite: Pick<Suite, 'symmetric'>,
  publicKey: HybridKemPublicKey,
): Uint8Array {
  return suite.symmetric.sha3(publicKey.bytes);
}
