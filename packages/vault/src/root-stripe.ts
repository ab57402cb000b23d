import { concatBytes, type Random, uint32ToBytes } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { drawInOrder, numbersBelow, randomBytes } from './draws.ts';
import {
  ROOT_SLOT_BYTES,
  SLOTS_PER_STRIPE,
  STRIPE_BYTES,
  STRIPE_HEADER_BYTES,
} from './geometry.ts';
import { decodeRootRecord, encodeRootRecord, type RootRecord } from './root-record.ts';
import { deriveVaultKey } from './vault-keys.ts';

/** Copies of a root in its stripe (PIP-3000 §4). */
export const ROOT_COPIES = 8;

const TAG_LENGTH = 16;
const NONCE_LENGTH = 12;
const NONCE_OFFSET = TAG_LENGTH;
const BODY_OFFSET = TAG_LENGTH + NONCE_LENGTH;
const ZEROS = new Uint8Array(SLOTS_PER_STRIPE * TAG_LENGTH);
const NO_AAD = new Uint8Array(0);

/** The two keys that find and open the roots of a volume. */
export interface RootKeys {
  readonly tag: Uint8Array;
  readonly seal: Uint8Array;
}

/** A root that was found, and where its copies lie in the stripe. */
export interface FoundRoot {
  readonly record: RootRecord;
  readonly slots: readonly number[];
}

/** From the root secret of volume 0, or from the hidden password's key (PIP-3000 §9.2). */
export function rootKeysFrom(symmetric: SymmetricPrimitives, secret: Uint8Array): RootKeys {
  return {
    tag: deriveVaultKey(symmetric, secret, 'root tag'),
    seal: deriveVaultKey(symmetric, secret, 'root'),
  };
}

/**
 * A stripe of random bytes with eight copies of each root in slots of a fresh
 * uniform choice (PIP-3000 §4).
 */
export function createStripe(
  deps: { readonly symmetric: SymmetricPrimitives; readonly random: Random },
  stripe: number,
  roots: readonly { readonly keys: RootKeys; readonly record: RootRecord }[],
): { readonly bytes: Uint8Array; readonly slots: readonly (readonly number[])[] } {
  const { symmetric, random } = deps;
  const bytes = randomBytes(random, STRIPE_BYTES);
  const order = drawInOrder(random, numbersBelow(SLOTS_PER_STRIPE), roots.length * ROOT_COPIES);
  const slots = roots.map((_, index) =>
    order.slice(index * ROOT_COPIES, (index + 1) * ROOT_COPIES),
  );
  roots.forEach(({ keys, record }, index) => {
    const tags = tagsOfStripe(symmetric, keys.tag, bytes);
    const plaintext = encodeRootRecord(record);
    for (const slot of slots[index] ?? []) {
      const target = slotOf(bytes, slot);
      target.set(tags.subarray(slot * TAG_LENGTH, (slot + 1) * TAG_LENGTH));
      const nonce = target.subarray(NONCE_OFFSET, BODY_OFFSET);
      target.set(
        symmetric.gcmSeal(keys.seal, nonce, plaintext, uint32ToBytes(stripe)),
        BODY_OFFSET,
      );
    }
    plaintext.fill(0);
  });
  return { bytes, slots };
}

/** The root under these keys in a stripe, if there is one. Opens one copy, or all until one fits. */
export function findRoot(
  symmetric: SymmetricPrimitives,
  stripe: number,
  windows: number,
  bytes: Uint8Array,
  keys: RootKeys,
): FoundRoot | undefined {
  const tags = tagsOfStripe(symmetric, keys.tag, bytes);
  let record: RootRecord | undefined;
  const slots: number[] = [];
  for (let slot = 0; slot < SLOTS_PER_STRIPE; slot += 1) {
    if (hasTag(bytes, tags, slot)) slots.push(slot);
  }
  for (const slot of slots) {
    if (record !== undefined) break;
    const found = slotOf(bytes, slot);
    const plaintext = symmetric.gcmOpen(
      keys.seal,
      found.subarray(NONCE_OFFSET, BODY_OFFSET),
      found.subarray(BODY_OFFSET),
      uint32ToBytes(stripe),
    );
    const decoded = plaintext === undefined ? undefined : decodeRootRecord(plaintext);
    if (decoded !== undefined && decoded.flush % windows === stripe) record = decoded;
    plaintext?.fill(0);
  }
  return record === undefined ? undefined : { record, slots };
}

/**
 * Sixteen slots to erase in a stripe (PIP-3000 §4): eight for each possible
 * volume, those of its root where it is known, and others at random where not.
 * To someone without the keys every choice is equally likely in both cases.
 */
export function drawErasedSlots(
  random: Random,
  known: readonly (readonly number[])[],
): readonly number[] {
  const chosen = new Set(known.flatMap((slots) => slots.slice(0, ROOT_COPIES)));
  const others = numbersBelow(SLOTS_PER_STRIPE).filter((slot) => !chosen.has(slot));
  const missing = 2 * ROOT_COPIES - chosen.size;
  return [...chosen, ...drawInOrder(random, others, missing)].toSorted((a, b) => a - b);
}

/** The stripe with those slots replaced by fresh random bytes. */
export function eraseSlots(
  random: Random,
  bytes: Uint8Array,
  slots: readonly number[],
): Uint8Array {
  const erased = concatBytes(bytes);
  for (const slot of slots) slotOf(erased, slot).set(random.bytes(ROOT_SLOT_BYTES));
  return erased;
}

/** Without views: an unlock compares 393,216 of them in tier S. */
function hasTag(bytes: Uint8Array, tags: Uint8Array, slot: number): boolean {
  const start = STRIPE_HEADER_BYTES + slot * ROOT_SLOT_BYTES;
  let difference = 0;
  for (let at = 0; at < TAG_LENGTH; at += 1) {
    difference |= (bytes[start + at] ?? 0) ^ (tags[slot * TAG_LENGTH + at] ?? 0);
  }
  return difference === 0;
}

function tagsOfStripe(
  symmetric: SymmetricPrimitives,
  tagKey: Uint8Array,
  bytes: Uint8Array,
): Uint8Array {
  return symmetric.gcmSeal(tagKey, bytes.subarray(0, NONCE_LENGTH), ZEROS, NO_AAD);
}

function slotOf(bytes: Uint8Array, slot: number): Uint8Array {
  const start = STRIPE_HEADER_BYTES + slot * ROOT_SLOT_BYTES;
  return bytes.subarray(start, start + ROOT_SLOT_BYTES);
}
