import { concatBytes, equalBytes, err, type Failure, ok, ParsError, type Result } from '@pars/base';
import {
  AUTHENTICATED_BOX_OVERHEAD,
  type HybridKemPrivateKey,
  type HybridKemPublicKey,
  type HybridVerifierKey,
  type Suite,
} from '@pars/crypto';
import type { ContactCard } from '../contact/contact-card.ts';
import { isPrekeyUsable, keyIdFromPublicKey } from '../contact/prekey.ts';
import type { Identity } from '../identity/identity.ts';
import { sessionIdFromIdentityKey } from '../identity/session-id.ts';
import { FORMAT_VERSION, SUITE_ID } from '../limits.ts';
import { decodeLetterContent, encodeLetterContent, type LetterContent } from './letter-content.ts';
import { LENGTH_BYTES, LETTER_SIZES, letterSizeFor, padContent, unpadContent } from './padding.ts';

/** A private key that letters may be sealed to, with its key id (32 bytes). */
export interface LetterKey {
  readonly id: Uint8Array;
  readonly privateKey: HybridKemPrivateKey;
}

/** A letter that was opened; its signer is the person it names. */
export interface OpenedLetter {
  readonly content: LetterContent;
  readonly senderKey: HybridVerifierKey;
}

/**
 * Seals a letter to a contact's verified card (PIP-5000 §6): to its prekey
 * while that is under 44 days old, otherwise to the static key. The size is
 * one of {@link LETTER_SIZES}. Codes: `crypto/…`.
 */
export async function sealLetter(
  suite: Suite,
  letter: {
    readonly sender: Identity;
    readonly recipient: ContactCard;
    readonly content: LetterContent;
    readonly nowMs: number;
  },
): Promise<Result<Uint8Array, Failure>> {
  const recipient = letterKeyOf(letter.recipient, letter.nowMs);
  const content = encodeLetterContent(letter.content);
  const size = letterSizeFor(content.length + LENGTH_BYTES + LETTER_OVERHEAD);
  if (size === undefined) throw new ParsError('session/letter-size', { length: content.length });
  const sealed = await suite.box.seal({
    recipient,
    context: LETTER_CONTEXT,
    plaintext: padContent(content, size - LETTER_OVERHEAD),
    aad: PREFIX,
    sender: letter.sender.signer,
  });
  if (!sealed.ok) return sealed;
  const hint = computeHint(
    suite,
    keyIdFromPublicKey(suite, recipient),
    digestBox(suite, sealed.value),
  );
  const bytes = concatBytes(PREFIX, hint, sealed.value);
  if (bytes.length !== size) throw new ParsError('session/letter-size', { length: bytes.length });
  return ok(bytes);
}

/**
 * Opens a letter with whichever of the recipient's keys it was sealed to.
 * Total; one decapsulation at most. It proves that the person named as sender
 * signed the letter; whether that person is a contact, the caller decides.
 * Codes: `session/letter-…`, `session/unknown-version`, `session/unknown-suite`.
 */
export async function openLetter(
  suite: Suite,
  keys: readonly LetterKey[],
  bytes: Uint8Array,
): Promise<Result<OpenedLetter, Failure>> {
  if (!LETTER_SIZES.includes(bytes.length)) {
    return err('session/letter-malformed', { rule: 'size' });
  }
  if (bytes[0] !== FORMAT_VERSION) return err('session/unknown-version');
  if (bytes[1] !== SUITE_ID) return err('session/unknown-suite');
  const box = bytes.subarray(ENVELOPE_BYTES);
  const key = findKey(suite, keys, bytes.subarray(PREFIX.length, ENVELOPE_BYTES), box);
  if (key === undefined) return err('session/letter-unknown-key');
  const opened = await suite.box.open({
    recipient: key.privateKey,
    context: LETTER_CONTEXT,
    sealed: box,
    aad: PREFIX,
  });
  if (!opened.ok) return err('session/letter-malformed', { rule: 'box' });
  const { sender: senderKey, plaintext } = opened.value;
  if (senderKey === undefined) return err('session/letter-bad-sender');
  const unpadded = unpadContent(plaintext);
  if (!unpadded.ok) return unpadded;
  const content = decodeLetterContent(unpadded.value);
  if (!content.ok) return content;
  if (sessionIdFromIdentityKey(suite, senderKey.bytes) !== content.value.sender) {
    return err('session/letter-bad-sender');
  }
  return ok({ content: content.value, senderKey });
}

function letterKeyOf(card: ContactCard, nowMs: number): HybridKemPublicKey {
  return isPrekeyUsable(card.prekey, nowMs) ? card.prekey.publicKey : card.staticKey;
}

/** Goes through all keys, so that the time does not tell which one was meant. */
function findKey(
  suite: Suite,
  keys: readonly LetterKey[],
  hint: Uint8Array,
  box: Uint8Array,
): LetterKey | undefined {
  const digest = digestBox(suite, box);
  let found: LetterKey | undefined;
  for (const key of keys) {
    if (equalBytes(computeHint(suite, key.id, digest), hint)) found = key;
  }
  return found;
}

function computeHint(suite: Suite, keyId: Uint8Array, boxDigest: Uint8Array): Uint8Array {
  return suite.symmetric.sha3(HINT_LABEL, keyId, boxDigest).subarray(0, HINT_BYTES);
}

function digestBox(suite: Suite, box: Uint8Array): Uint8Array {
  return suite.symmetric.sha3(box);
}

const LETTER_CONTEXT = 'pars/1 letter';
const HINT_LABEL = new TextEncoder().encode('pars/1 letter hint');
const HINT_BYTES = 16;
const PREFIX = Uint8Array.of(FORMAT_VERSION, SUITE_ID);
const ENVELOPE_BYTES = PREFIX.length + HINT_BYTES;
const LETTER_OVERHEAD = ENVELOPE_BYTES + AUTHENTICATED_BOX_OVERHEAD;
