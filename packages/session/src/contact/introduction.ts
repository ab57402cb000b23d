import {
  createCodec,
  equalBytes,
  err,
  expose,
  type Failure,
  ok,
  type Redacted,
  type Result,
  redact,
  schema,
} from '@pars/base';
import {
  AUTHENTICATED_BOX_OVERHEAD,
  type HybridKemPrivateKey,
  type HybridKemPublicKey,
  type Suite,
} from '@pars/crypto';
import type { Identity } from '../identity/identity.ts';
import { padContent, unpadContent } from '../letter/padding.ts';
import { FORMAT_VERSION, MAX_CARD_BYTES } from '../limits.ts';
import { slotSchema } from '../slot.ts';
import { type ContactCard, verifyContactCard } from './contact-card.ts';
import { type Endpoint, endpointSchema, isEndpoint } from './endpoint.ts';
import type { Invite } from './invite.ts';

/** Bytes of every introduction (PIP-5000 §7). */
export const INTRODUCTION_BYTES: number = 65_024;

/** An introduction that was opened: the card is verified and its owner signed the box. */
export interface OpenedIntroduction {
  readonly card: ContactCard;
  readonly receiptKey: Redacted<Uint8Array>;
  readonly endpoint: Endpoint;
  readonly sentSlot: number;
}

/** Seals the newcomer's card to the one-time key of an invite (PIP-5000 §7). Codes: `crypto/…`. */
export async function sealIntroduction(
  suite: Suite,
  introduction: {
    readonly sender: Identity;
    /** The newcomer's own card. */
    readonly card: Uint8Array;
    readonly oneTimeKey: HybridKemPublicKey;
    /** 32 bytes: {@link computeIntroductionBinding} of the invite. */
    readonly binding: Uint8Array;
    /** 32 random bytes. */
    readonly receiptKey: Redacted<Uint8Array>;
    readonly endpoint: Endpoint;
    readonly sentSlot: number;
  },
): Promise<Result<Uint8Array, Failure>> {
  const content = codec.encode({
    version: FORMAT_VERSION,
    card: introduction.card,
    receiptKey: expose(introduction.receiptKey),
    sentSlot: introduction.sentSlot,
    endpoint: introduction.endpoint,
  });
  return await suite.box.seal({
    recipient: introduction.oneTimeKey,
    context: INTRODUCTION_CONTEXT,
    plaintext: padContent(content, INTRODUCTION_BYTES - AUTHENTICATED_BOX_OVERHEAD),
    aad: introduction.binding,
    sender: introduction.sender.signer,
  });
}

/** Opens an introduction and verifies the card in it at `nowMs`. Total. Codes: `session/letter-…`, `session/card-…`. */
export async function openIntroduction(
  suite: Suite,
  request: {
    readonly oneTimeKey: HybridKemPrivateKey;
    /** 32 bytes: {@link computeIntroductionBinding} of the invite. */
    readonly binding: Uint8Array;
    readonly sealed: Uint8Array;
    readonly nowMs: number;
  },
): Promise<Result<OpenedIntroduction, Failure>> {
  if (request.sealed.length !== INTRODUCTION_BYTES) return malformed('size');
  const opened = await suite.box.open({
    recipient: request.oneTimeKey,
    context: INTRODUCTION_CONTEXT,
    sealed: request.sealed,
    aad: request.binding,
  });
  if (!opened.ok) return malformed('box');
  const unpadded = unpadContent(opened.value.plaintext);
  if (!unpadded.ok) return unpadded;
  const decoded = codec.decode(unpadded.value);
  if (!decoded.ok) return malformed('content');
  const { version, endpoint, receiptKey, sentSlot } = decoded.value;
  if (version !== FORMAT_VERSION) return err('session/unknown-version');
  if (!isEndpoint(endpoint)) return malformed('endpoint');
  const card = await verifyContactCard(suite, decoded.value.card, request.nowMs);
  if (!card.ok) return card;
  const { sender } = opened.value;
  if (sender === undefined || !equalBytes(sender.bytes, card.value.identityKey.bytes)) {
    return err('session/letter-bad-sender');
  }
  return ok({ card: card.value, receiptKey: redact(receiptKey), endpoint, sentSlot });
}

/**
 * Ties an introduction to the secret of its invite (PIP-5000 §7): 32 bytes.
 * Whoever relays a proof between two links still cannot introduce themselves.
 */
export function computeIntroductionBinding(
  suite: Pick<Suite, 'symmetric'>,
  invite: Pick<Invite, 'secret' | 'cardHash'>,
): Uint8Array {
  return suite.symmetric.hkdf(expose(invite.secret), invite.cardHash, BINDING_LABEL, 32);
}

function malformed(rule: string): { readonly ok: false; readonly error: Failure } {
  return err('session/letter-malformed', { rule });
}

const BINDING_LABEL = new TextEncoder().encode('pars/1 introduction binding');
const INTRODUCTION_CONTEXT = 'pars/1 introduction';

const codec = createCodec(
  'session/introduction',
  schema.struct({
    version: [1, schema.uint({ max: 255 })],
    card: [2, schema.bytes({ min: 1, max: MAX_CARD_BYTES })],
    receiptKey: [3, schema.bytes({ length: 32 })],
    sentSlot: [4, slotSchema],
    endpoint: [5, endpointSchema],
  }),
  { maxBytes: 16_384 },
);
