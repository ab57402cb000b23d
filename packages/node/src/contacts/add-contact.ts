import { equalBytes, err, type Failure, ok, type Result, redact } from '@pars/base';
import type { HybridKemPublicKey } from '@pars/crypto';
import type { LinkPeer } from '@pars/mesh';
import {
  type ContactCard,
  computeIntroductionBinding,
  computeInviteProof,
  type Endpoint,
  type Invite,
  keyIdFromPublicKey,
  parseInvite,
  parsePersonName,
  reopenContactCard,
  sealIntroduction,
  selectAddresses,
  slotFromMs,
  verifyContactCard,
} from '@pars/session';
import { presentIntroduction } from '../delivery/introducer.ts';
import type { EngineContext } from '../engine-context.ts';
import { mergeContact } from '../profile/contact-book.ts';
import { ownEndpoint } from '../profile/own-endpoint.ts';
import type { Profile } from '../profile/profile.ts';
import type { ContactRecord, IntroductionRecord } from '../profile/records.ts';
import { contactView } from '../profile/views.ts';
import { CARD_PROTOCOL, cardAnswerCodec, cardRequestCodec } from '../protocols/card-protocol.ts';
import { exchangeWith, linkToAny } from '../protocols/protocol-client.ts';

/**
 * Adds the person who made an invite: fetches the card that it names, stores
 * the contact and introduces this person (PIP-5000 §5, §7). The contact stays
 * pending, and the introduction is repeated, until the inviter accepted it.
 * Codes: `session/invite-…`, `session/card-…`, `session/bad-name`,
 * `session/contact-name-taken`, `session/too-many-contacts`, `node/…`, `mesh/…`.
 */
export async function addFromInvite(
  context: EngineContext,
  profile: Profile,
  request: {
    readonly text: string;
    readonly name: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Result<ContactRecord, Failure>> {
  const { clock, mesh, suite } = context;
  const signal = AbortSignal.any([request.signal, profile.signal]);
  const invite = parseInvite(suite, request.text.trim(), clock.nowMs());
  if (!invite.ok) return invite;
  const name = request.name === undefined ? ok(undefined) : parsePersonName(request.name);
  if (!name.ok) return name;
  if (isOwnInvite(profile, invite.value)) return err('session/invite-own');
  if (invite.value.addresses.length === 0) return err('session/invite-no-address');

  const link = await linkToAny(mesh, invite.value.addresses, signal);
  if (!link.ok) return link;
  const fetched = await fetchCard(context, invite.value, link.value, signal);
  if (!fetched.ok) return fetched;
  const { card, oneTimeKey } = fetched.value;
  if (card.sessionId === profile.identity.sessionId) return err('session/invite-own');
  const introduction = await makeIntroduction(context, profile, invite.value, oneTimeKey);
  if (!introduction.ok) return introduction;

  const stored = await storePending(context, profile, {
    card,
    name: name.value,
    introduction: introduction.value,
    endpoint: {
      nodeId: link.value.nodeId,
      addresses: selectAddresses(invite.value.addresses),
    },
  });
  if (!stored.ok) return stored;
  // An introduction that is accepted uses the invite up: it must not be forgotten here.
  const durable = await profile.durableNow();
  if (!durable.ok) return durable;
  const { sessionId } = card;
  const presented = await presentIntroduction(context, profile, sessionId, link.value);
  if (!presented.ok) {
    context.log.write('info', 'node/introduction-waits', { code: presented.error.code });
  }
  context.delivery()?.kick(sessionId);
  return ok(profile.contacts.get(sessionId) ?? stored.value);
}

function isOwnInvite(profile: Profile, invite: Invite): boolean {
  return [...profile.invites.values()].some(({ id }) => equalBytes(id, invite.oneTimeKeyId));
}

async function fetchCard(
  context: EngineContext,
  invite: Invite,
  link: LinkPeer,
  signal: AbortSignal,
): Promise<
  Result<{ readonly card: ContactCard; readonly oneTimeKey: HybridKemPublicKey }, Failure>
> {
  const { clock, mesh, suite } = context;
  const proof = computeInviteProof(suite, invite.secret, {
    inviterNodeId: link.nodeId,
    newcomerNodeId: mesh.nodeId,
  });
  const outcome = await exchangeWith(context, {
    nodeId: link.nodeId,
    protocol: CARD_PROTOCOL,
    requests: cardRequestCodec,
    answers: cardAnswerCodec,
    request: { type: 'fetch', version: 1, proof },
    signal,
  });
  if (outcome.type === 'failed') return { ok: false, error: outcome.failure };
  const { answer } = outcome;
  if (answer.type === 'later') return err('node/peer-later');
  if (answer.type !== 'card') return err('session/invite-refused');
  if (!equalBytes(suite.symmetric.sha3(answer.card), invite.cardHash)) {
    return err('session/invite-mismatch');
  }
  const card = await verifyContactCard(suite, answer.card, clock.nowMs());
  if (!card.ok) return card;
  const oneTimeKey = await suite.kem.publicKeyFromBytes(answer.oneTimeKey);
  if (
    !oneTimeKey.ok ||
    !equalBytes(keyIdFromPublicKey(suite, oneTimeKey.value), invite.oneTimeKeyId)
  ) {
    return err('session/invite-mismatch');
  }
  return ok({ card: card.value, oneTimeKey: oneTimeKey.value });
}

async function makeIntroduction(
  context: EngineContext,
  profile: Profile,
  invite: Invite,
  oneTimeKey: HybridKemPublicKey,
): Promise<Result<IntroductionRecord, Failure>> {
  const { clock, mesh, random, suite } = context;
  if (profile.ownCard === undefined) return err('node/locked');
  const nowMs = clock.nowMs();
  const receiptKey = redact(random.bytes(32));
  const sealed = await sealIntroduction(suite, {
    sender: profile.identity,
    card: profile.ownCard.card,
    oneTimeKey,
    binding: computeIntroductionBinding(suite, invite),
    receiptKey,
    endpoint: ownEndpoint(mesh),
    sentSlot: slotFromMs(nowMs),
  });
  if (!sealed.ok) return sealed;
  const { secret, cardHash: inviteCardHash, expiresSlot } = invite;
  return ok({ secret, inviteCardHash, receiptKey, sealed: sealed.value, expiresSlot });
}

async function storePending(
  context: EngineContext,
  profile: Profile,
  pending: {
    readonly card: ContactCard;
    readonly name: string | undefined;
    readonly endpoint: Endpoint;
    readonly introduction: IntroductionRecord;
  },
): Promise<Result<ContactRecord, Failure>> {
  const { clock, events, suite } = context;
  const { card, endpoint, introduction, name } = pending;
  const nowMs = clock.nowMs();
  return await profile.transact(async (transaction) => {
    const existing = profile.contacts.get(card.sessionId);
    const known =
      existing === undefined ? ok(undefined) : await reopenContactCard(suite, existing.card);
    if (!known.ok) return known;
    const merged = mergeContact(profile.contacts, known.value, {
      card,
      endpoint,
      confirmed: false,
      nowMs,
      ...(name === undefined ? {} : { name }),
    });
    if (!merged.ok) return merged;
    // Somebody who was restored invites again: this person has to be introduced again.
    const contact = { ...merged.value, confirmed: false };
    transaction.put(contact);
    transaction.putIntroduction(card.sessionId, introduction);
    transaction.afterwards(() =>
      events.publish({ type: 'contact', contact: contactView(contact) }),
    );
    return ok(contact);
  });
}
