import { createCodec, err, type Failure, type Infer, ok, type Result, schema } from '@pars/base';
import type { HybridKemPublicKey, HybridVerifierKey, Suite } from '@pars/crypto';
import type { Identity } from '../identity/identity.ts';
import { MAX_NAME_BYTES, type PersonName, parsePersonName } from '../identity/person-name.ts';
import { type SessionId, sessionIdFromIdentityKey } from '../identity/session-id.ts';
import { FORMAT_VERSION, MAX_CARD_BYTES, SUITE_ID } from '../limits.ts';
import { slotFromMs, slotSchema, slotToMs } from '../slot.ts';
import type { Prekey } from './prekey.ts';

/** A card is valid this long from its issue: 365 days. Readers allow up to 366 (PIP-5000 §3). */
export const CARD_LIFE_MS: number = 365 * 86_400_000;

/** A contact card whose every rule and signature was checked (PIP-5000 §3). */
export interface ContactCard {
  /** The card as it travels; about 10.6 kB, at most 11,264 bytes. */
  readonly bytes: Uint8Array;
  /** SHA3-256 of `bytes`. */
  readonly hash: Uint8Array;
  readonly sessionId: SessionId;
  /** 64 bytes. */
  readonly rootKey: Uint8Array;
  readonly identityKey: HybridVerifierKey;
  readonly staticKey: HybridKemPublicKey;
  readonly prekey: Pick<Prekey, 'publicKey' | 'createdSlot' | 'expiresSlot'>;
  readonly issuedSlot: number;
  readonly expiresSlot: number;
  readonly name?: PersonName;
}

/** Makes and signs the person's own card. Without `name` the card names nobody. */
export async function createContactCard(
  suite: Suite,
  identity: Identity,
  content: {
    readonly prekey: ContactCard['prekey'];
    readonly name?: PersonName;
    readonly nowMs: number;
  },
): Promise<ContactCard> {
  const { prekey, name, nowMs } = content;
  const issuedSlot = Math.max(slotFromMs(nowMs), prekey.createdSlot);
  const expiresSlot = slotFromMs(slotToMs(issuedSlot) + CARD_LIFE_MS);
  const body = bodyCodec.encode({
    version: FORMAT_VERSION,
    suite: SUITE_ID,
    rootKey: identity.rootPublicKey,
    identityKey: identity.signer.publicKey.bytes,
    staticKey: identity.staticKey.publicKey.bytes,
    prekey: {
      key: prekey.publicKey.bytes,
      createdSlot: prekey.createdSlot,
      expiresSlot: prekey.expiresSlot,
    },
    issuedSlot,
    expiresSlot,
    ...(name === undefined ? {} : { name }),
  });
  const signature = await suite.signature.sign(identity.signer, CARD_CONTEXT, body);
  const bytes = cardCodec.encode({ body, signature });
  return {
    bytes,
    hash: suite.symmetric.sha3(bytes),
    sessionId: identity.sessionId,
    rootKey: identity.rootPublicKey,
    identityKey: identity.signer.publicKey,
    staticKey: identity.staticKey.publicKey,
    prekey,
    issuedSlot,
    expiresSlot,
    ...(name === undefined ? {} : { name }),
  };
}

/**
 * Checks everything about a card: form, rules, keys, signature and validity at
 * `nowMs`. Total. Codes: `session/card-…`, `session/unknown-version`,
 * `session/unknown-suite`.
 */
export async function verifyContactCard(
  suite: Suite,
  bytes: Uint8Array,
  nowMs: number,
): Promise<Result<ContactCard, Failure>> {
  const card = await reopenContactCard(suite, bytes);
  if (!card.ok) return card;
  const { issuedSlot, expiresSlot } = card.value;
  if (issuedSlot > slotFromMs(nowMs) + MAX_FUTURE_SLOTS) return err('session/card-from-future');
  if (slotToMs(expiresSlot) <= nowMs) return err('session/card-expired');
  return card;
}

/**
 * As {@link verifyContactCard}, but without regard to time: for a card that was
 * accepted before and still pins the keys of its owner when it has expired.
 */
export async function reopenContactCard(
  suite: Suite,
  bytes: Uint8Array,
): Promise<Result<ContactCard, Failure>> {
  const outer = cardCodec.decode(bytes);
  if (!outer.ok) return malformed('encoding');
  const decoded = bodyCodec.decode(outer.value.body);
  if (!decoded.ok) return malformed('body');
  const body = decoded.value;
  const broken = findBrokenRule(body);
  if (broken !== undefined) return broken;

  const identityKey = await suite.signature.verifierFromBytes(body.identityKey);
  const staticKey = await suite.kem.publicKeyFromBytes(body.staticKey);
  const prekey = await suite.kem.publicKeyFromBytes(body.prekey.key);
  if (!identityKey.ok || !staticKey.ok || !prekey.ok) return malformed('keys');
  const { body: signed, signature } = outer.value;
  if (!(await suite.signature.verify(identityKey.value, CARD_CONTEXT, signed, signature))) {
    return err('session/card-bad-signature');
  }
  return ok({
    bytes: bytes.slice(),
    hash: suite.symmetric.sha3(bytes),
    sessionId: sessionIdFromIdentityKey(suite, body.identityKey),
    rootKey: body.rootKey,
    identityKey: identityKey.value,
    staticKey: staticKey.value,
    prekey: {
      publicKey: prekey.value,
      createdSlot: body.prekey.createdSlot,
      expiresSlot: body.prekey.expiresSlot,
    },
    issuedSlot: body.issuedSlot,
    expiresSlot: body.expiresSlot,
    ...(body.name === undefined ? {} : { name: body.name as PersonName }),
  });
}

/**
 * Whether `next` may take the place of `known`, both verified and of the same
 * session id. Codes: `session/card-changed` when a long-term key differs,
 * `session/card-not-newer`.
 */
export function checkCardSuccession(known: ContactCard, next: ContactCard): Result<void, Failure> {
  const samePerson =
    known.sessionId === next.sessionId &&
    isSame(known.rootKey, next.rootKey) &&
    isSame(known.identityKey.bytes, next.identityKey.bytes) &&
    isSame(known.staticKey.bytes, next.staticKey.bytes);
  if (!samePerson) return err('session/card-changed');
  return next.issuedSlot > known.issuedSlot ? ok(undefined) : err('session/card-not-newer');
}

function findBrokenRule(body: CardBody): ReturnType<typeof malformed> | undefined {
  if (body.version !== FORMAT_VERSION) return err('session/unknown-version');
  if (body.suite !== SUITE_ID) return err('session/unknown-suite');
  if (body.name !== undefined && !parsePersonName(body.name).ok) return malformed('name');
  const { createdSlot, expiresSlot } = body.prekey;
  const lifeSlots = body.expiresSlot - body.issuedSlot;
  if (lifeSlots <= 0 || lifeSlots > MAX_LIFE_SLOTS) return malformed('validity');
  if (createdSlot > body.issuedSlot) return malformed('prekey-created');
  const prekeySlots = expiresSlot - createdSlot;
  if (prekeySlots <= 0 || prekeySlots > MAX_PREKEY_SLOTS) return malformed('prekey-life');
  return undefined;
}

function malformed(rule: string): { readonly ok: false; readonly error: Failure } {
  return err('session/card-malformed', { rule });
}

/** Public values only: an early exit tells nothing. */
function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

const CARD_CONTEXT = 'pars/1 contact card';
const MAX_FUTURE_SLOTS = 288;
const MAX_LIFE_SLOTS = 105_408;
const MAX_PREKEY_SLOTS = 12_960;

const bodySchema = schema.struct({
  version: [1, schema.uint({ max: 255 })],
  suite: [2, schema.uint({ max: 255 })],
  rootKey: [3, schema.bytes({ length: 64 })],
  identityKey: [4, schema.bytes({ length: 2_624 })],
  staticKey: [5, schema.bytes({ length: 1_600 })],
  prekey: [
    6,
    schema.struct({
      key: [1, schema.bytes({ length: 1_600 })],
      createdSlot: [2, slotSchema],
      expiresSlot: [3, slotSchema],
    }),
  ],
  issuedSlot: [7, slotSchema],
  expiresSlot: [8, slotSchema],
  name: [9, schema.text({ min: 1, maxBytes: MAX_NAME_BYTES }), 'optional'],
});

type CardBody = Infer<typeof bodySchema>;

const bodyCodec = createCodec('session/card-body', bodySchema, { maxBytes: 6_400 });
const cardCodec = createCodec(
  'session/contact-card',
  schema.struct({
    body: [1, schema.bytes({ max: 6_400 })],
    signature: [2, schema.bytes({ length: 4_691 })],
  }),
  { maxBytes: MAX_CARD_BYTES },
);
