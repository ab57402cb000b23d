import {
  compareBytes,
  concatBytes,
  equalBytes,
  expose,
  ParsError,
  type Random,
  type Redacted,
  redact,
  uint32FromBytes,
  uint32ToBytes,
  unwrap,
  utf8ToBytes,
} from '@pars/base';
import type { HybridKemPublicKey } from '@pars/crypto';
import type { BundleKeys, BundleRecipients, BundleSuiteDep } from './bundle.ts';
import type { BundleLayout } from './bundle-layout.ts';

/** What a slot of a head holds (PIP-1004 §3). */
export interface BundleSecret {
  /** 32 random bytes, made for this bundle. */
  readonly fileKey: Uint8Array;
  readonly createdSlot: number;
  readonly expirySlot: number;
}

/** What follows from a {@link BundleSecret}. */
export interface BundleSession {
  readonly createdSlot: number;
  readonly expirySlot: number;
  /** AES-256-GCM key of the chunks. */
  readonly chunkKey: Uint8Array;
  /** 32 bytes that stand for this bundle in signatures. */
  readonly bundleId: Uint8Array;
  /** What the commitments of both heads are made from. */
  readonly commitmentKey: Uint8Array;
}

/** Bytes of the salt and of the commitment at the beginning of a head. */
const saltLength = 32;
const slotsOffset = 64;
const secretLength = 40;
const keySlotLength: number = secretLength + 16;
const kemCiphertextLength = 1_600;
const contactSlotLength: number = kemCiphertextLength + keySlotLength;
const maxPassphrases = 4;
const maxTriedGroupKeys = 256;
const maxTriedContacts = 16;
const maxRandomBytes = 65_536;

const groupLabel = utf8ToBytes('pars/1 bundle group slot');
const passphraseLabel = utf8ToBytes('pars/1 bundle passphrase slot');
const contactLabel = utf8ToBytes('pars/1 bundle contact slot');
const sessionLabel = utf8ToBytes('pars/1 bundle keys');
const commitmentLabel = utf8ToBytes('pars/1 bundle commitment');
/** Every slot key serves once. */
const slotNonce = new Uint8Array(12);
const nothing = new Uint8Array(0);

/** The keys of a bundle (PIP-1004 §3). */
export function sessionFromSecret(deps: BundleSuiteDep, secret: BundleSecret): BundleSession {
  const { symmetric } = deps.suite;
  const { createdSlot, expirySlot } = secret;
  const keys = symmetric.hkdf(encodeSecret(secret), nothing, sessionLabel, 96);
  return {
    createdSlot,
    expirySlot,
    chunkKey: keys.subarray(0, 32),
    bundleId: keys.subarray(32, 64),
    commitmentKey: keys.subarray(64),
  };
}

/**
 * Throws `mesh/argument` unless there is a recipient, and no more than the
 * head has slots for; gives each key once.
 */
export function requireRecipients(
  layout: BundleLayout,
  recipients: BundleRecipients,
): Required<BundleRecipients> {
  const contacts = withoutRepeats(recipients.contacts ?? [], (contact) => contact.bytes);
  const groupKeys = withoutRepeats(recipients.groupKeys ?? [], expose);
  const passphrases = withoutRepeats(recipients.passphrases ?? [], expose);
  const keyCount = groupKeys.length + passphrases.length;
  const isRight =
    contacts.length + keyCount > 0 &&
    contacts.length <= layout.contactSlots &&
    keyCount <= layout.keySlots &&
    passphrases.length <= maxPassphrases &&
    groupKeys.every((key) => expose(key).length === 32);
  if (!isRight) throw new ParsError('mesh/argument', { what: 'recipients' });
  return { contacts, groupKeys, passphrases };
}

/** A fresh head: nothing in it but who can open it is the same as in another one of the same bundle. */
export async function sealHead(
  deps: BundleSuiteDep & { readonly random: Random },
  layout: BundleLayout,
  recipients: Required<BundleRecipients>,
  secret: BundleSecret,
): Promise<Uint8Array> {
  const { random, suite } = deps;
  const head = randomBytes(random, layout.headLength);
  const salt = head.slice(0, saltLength);
  const session = sessionFromSecret(deps, secret);
  head.set(commitmentOf(deps, session, salt), saltLength);

  const keySlots = shuffledPlaces(random, layout.keySlots);
  const slotKeys = [
    ...recipients.groupKeys.map((key) => slotKeyOf(deps, expose(key), salt, groupLabel)),
    ...(await passphraseSlotKeys(deps, recipients.passphrases, salt)),
  ];
  for (const slotKey of slotKeys) {
    const place = keySlots.pop() ?? 0;
    head.set(sealSecret(slotKey), slotsOffset + place * keySlotLength);
  }
  // Without contacts the places stay random bytes; with one, all have to look alike.
  if (recipients.contacts.length > 0) await fillContactSlots();
  return head;

  async function fillContactSlots(): Promise<void> {
    const places = shuffledPlaces(random, layout.contactSlots);
    const decoySeed = suite.kem.generateSeed();
    const decoy = (await suite.kem.privateKeyFromSeed(decoySeed)).publicKey;
    const offset = slotsOffset + layout.keySlots * keySlotLength;
    for (const [number, place] of places.entries()) {
      const contact: HybridKemPublicKey = recipients.contacts[number] ?? decoy;
      const { ciphertext, sharedSecret } = unwrap(await suite.kem.encapsulate(contact));
      const slotKey = slotKeyOf(deps, expose(sharedSecret), salt, contactLabel);
      const isDecoy = recipients.contacts[number] === undefined;
      const sealed = isDecoy ? random.bytes(keySlotLength) : sealSecret(slotKey);
      head.set(concatBytes(ciphertext, sealed), offset + place * contactSlotLength);
    }
  }

  function sealSecret(slotKey: Uint8Array): Uint8Array {
    return suite.symmetric.gcmSeal(slotKey, slotNonce, encodeSecret(secret), nothing);
  }
}

/**
 * What a head holds for one of the keys, or `undefined`: not for them, damaged
 * or random bytes, which cannot be told apart. At most one Argon2id for each of
 * the first 4 passphrases, the last to be tried.
 */
export async function openHead(
  deps: BundleSuiteDep,
  layout: BundleLayout,
  keys: BundleKeys,
  head: Uint8Array,
): Promise<BundleSession | undefined> {
  const { symmetric, kem } = deps.suite;
  const salt = head.subarray(0, saltLength);
  const contactsOffset = slotsOffset + layout.keySlots * keySlotLength;

  for (const key of (keys.groupKeys ?? []).slice(0, maxTriedGroupKeys)) {
    const found = tryKeySlots(slotKeyOf(deps, expose(key), salt, groupLabel));
    if (found !== undefined) return found;
  }
  for (const contact of (keys.contacts ?? []).slice(0, maxTriedContacts)) {
    for (let place = 0; place < layout.contactSlots; place += 1) {
      const start = contactsOffset + place * contactSlotLength;
      const ciphertext = head.slice(start, start + kemCiphertextLength);
      const shared = await kem.decapsulate(contact, ciphertext);
      if (!shared.ok) continue;
      const slotKey = slotKeyOf(deps, expose(shared.value), salt, contactLabel);
      const found = tryOpen(slotKey, start + kemCiphertextLength);
      if (found !== undefined) return found;
    }
  }
  for (const passphrase of (keys.passphrases ?? []).slice(0, maxPassphrases)) {
    const [slotKey] = await passphraseSlotKeys(deps, [passphrase], salt);
    const found = slotKey && tryKeySlots(slotKey);
    if (found !== undefined) return found;
  }
  return undefined;

  function tryKeySlots(slotKey: Uint8Array): BundleSession | undefined {
    for (let place = 0; place < layout.keySlots; place += 1) {
      const found = tryOpen(slotKey, slotsOffset + place * keySlotLength);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  function tryOpen(slotKey: Uint8Array, offset: number): BundleSession | undefined {
    const sealed = head.subarray(offset, offset + keySlotLength);
    const plaintext = symmetric.gcmOpen(slotKey, slotNonce, sealed, nothing);
    if (plaintext === undefined) return undefined;
    const session = sessionFromSecret(deps, decodeSecret(plaintext));
    const commitment = head.subarray(saltLength, slotsOffset);
    return equalBytes(commitmentOf(deps, session, salt), commitment) ? session : undefined;
  }
}

/** Random bytes of any length; the port gives 64 KiB at once. */
function randomBytes(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += maxRandomBytes) {
    bytes.set(random.bytes(Math.min(maxRandomBytes, length - at)), at);
  }
  return bytes;
}

async function passphraseSlotKeys(
  deps: BundleSuiteDep,
  passphrases: readonly Redacted<Uint8Array>[],
  salt: Uint8Array,
): Promise<readonly Uint8Array[]> {
  const keys: Uint8Array[] = [];
  for (const passphrase of passphrases) {
    const { length } = expose(passphrase);
    // What cannot be a passphrase cannot open anything either.
    if (length < 1 || length > 1_024) continue;
    const stretched = await deps.suite.password.derive(passphrase, salt.slice(), 'phone');
    keys.push(slotKeyOf(deps, expose(stretched), salt, passphraseLabel));
  }
  return keys;
}

function slotKeyOf(
  { suite }: BundleSuiteDep,
  secret: Uint8Array,
  salt: Uint8Array,
  label: Uint8Array,
): Uint8Array {
  return suite.symmetric.hkdf(secret, salt, label, 32);
}

function commitmentOf(
  { suite }: BundleSuiteDep,
  session: BundleSession,
  salt: Uint8Array,
): Uint8Array {
  return suite.symmetric.hkdf(session.commitmentKey, salt, commitmentLabel, 32);
}

function encodeSecret({ fileKey, createdSlot, expirySlot }: BundleSecret): Uint8Array {
  return concatBytes(fileKey, uint32ToBytes(createdSlot), uint32ToBytes(expirySlot));
}

function decodeSecret(bytes: Uint8Array): BundleSecret {
  return {
    fileKey: bytes.slice(0, 32),
    createdSlot: uint32FromBytes(bytes, 32),
    expirySlot: uint32FromBytes(bytes, 36),
  };
}

/** The places of a row of slots in random order (Fisher and Yates). */
function shuffledPlaces(random: Random, count: number): number[] {
  const places = Array.from({ length: count }, (_, place) => place);
  for (let last = count - 1; last > 0; last -= 1) {
    // 32 bits for at most 16 places: the bias is below 2^-28.
    const other = uint32FromBytes(random.bytes(4)) % (last + 1);
    [places[last], places[other]] = [places[other] ?? 0, places[last] ?? 0];
  }
  return places;
}

function withoutRepeats<T>(items: readonly T[], bytesOf: (item: T) => Uint8Array): readonly T[] {
  return items.filter(
    (item, at) =>
      items.findIndex((other) => compareBytes(bytesOf(other), bytesOf(item)) === 0) === at,
  );
}

/** A new secret: 32 random bytes and the times. */
export function createBundleSecret(
  random: Random,
  createdSlot: number,
  expirySlot: number,
): Redacted<BundleSecret> {
  return redact({ fileKey: random.bytes(32), createdSlot, expirySlot });
}
