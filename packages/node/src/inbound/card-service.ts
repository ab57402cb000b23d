import { equalBytes, err, type Failure, ok, type Result } from '@pars/base';
import type { LinkPeer } from '@pars/mesh';
import {
  computeIntroductionBinding,
  computeInviteProof,
  computeReceipt,
  type OpenedIntroduction,
  openIntroduction,
  reopenContactCard,
  slotToMs,
} from '@pars/session';
import { beginCorrespondence } from '../correspondence/begin-correspondence.ts';
import type { NodeEngineDeps } from '../engine-deps.ts';
import type { EventHub } from '../event-hub.ts';
import { mergeContact } from '../profile/contact-book.ts';
import type { Profile } from '../profile/profile.ts';
import type { InviteRecord } from '../profile/records.ts';
import { contactView } from '../profile/views.ts';
import type { CardAnswer, CardRequest } from '../protocols/card-protocol.ts';
import { isTemporary } from '../storage-failure.ts';

/**
 * Answers a newcomer (PIP-5000 §5, §7, §9). Whoever has no open invite of this
 * person gets `later`, as from a locked node: the invite may be that of a person
 * of another password. An introduction is accepted at once and said to be once
 * no crash can undo it; until then `later`.
 */
export async function answerNewcomer(
  deps: NodeEngineDeps & { readonly events: EventHub },
  profile: Profile | undefined,
  request: CardRequest,
  peer: LinkPeer,
): Promise<CardAnswer> {
  if (profile === undefined) return { type: 'later' };
  const invite = findInvite(deps, profile, request.proof, peer);
  if (invite === undefined) return { type: 'later' };
  if (request.type === 'fetch') return await serveCard(deps, invite);
  const accepted = await acceptIntroduction(deps, profile, invite, request.introduction);
  if (accepted.ok) {
    // Whoever hears this forgets what is needed to introduce themselves again.
    const isDurable = profile.isRecordDurable(invite);
    return isDurable ? { type: 'accepted', receipt: accepted.value } : { type: 'later' };
  }
  deps.log.write('info', 'node/introduction-refused', { code: accepted.error.code });
  return { type: isTemporary(accepted.error) ? 'later' : 'refused' };
}

/** Compares with every invite and never stops early: the time does not tell which one was near. */
function findInvite(
  deps: NodeEngineDeps,
  profile: Profile,
  proof: Uint8Array,
  peer: LinkPeer,
): InviteRecord | undefined {
  const { clock, mesh, suite } = deps;
  let found: InviteRecord | undefined;
  for (const invite of profile.invites.values()) {
    const expected = computeInviteProof(suite, invite.secret, {
      inviterNodeId: mesh.nodeId,
      newcomerNodeId: peer.nodeId,
    });
    const isRight = equalBytes(expected, proof);
    if (isRight && slotToMs(invite.expiresSlot) > clock.nowMs()) found = invite;
  }
  return found;
}

async function serveCard(deps: NodeEngineDeps, invite: InviteRecord): Promise<CardAnswer> {
  if (invite.oneTimeSeed === undefined) return { type: 'refused' };
  const { publicKey } = await deps.suite.kem.privateKeyFromSeed(invite.oneTimeSeed);
  return { type: 'card', card: invite.card, oneTimeKey: publicKey.bytes };
}

async function acceptIntroduction(
  deps: NodeEngineDeps & { readonly events: EventHub },
  profile: Profile,
  invite: InviteRecord,
  sealed: Uint8Array,
): Promise<Result<Uint8Array, Failure>> {
  const { clock, suite } = deps;
  const introductionHash = suite.symmetric.sha3(sealed);
  const repeated = answerRepetition(invite, introductionHash);
  if (repeated !== undefined) return repeated;
  const opened = await open(deps, invite, sealed);
  if (!opened.ok) return opened;
  const { card, endpoint, receiptKey } = opened.value;
  if (card.sessionId === profile.identity.sessionId) return err('session/invite-own');
  const receipt = computeReceipt(suite, receiptKey, suite.symmetric.sha3(invite.card));
  const nowMs = clock.nowMs();

  return await profile.transact(async (transaction) => {
    const current = [...profile.invites.values()].find(({ id }) => equalBytes(id, invite.id));
    if (current === undefined) return err('session/invite-refused');
    const raced = answerRepetition(current, introductionHash);
    if (raced !== undefined) return raced;
    const existing = profile.contacts.get(card.sessionId);
    const known =
      existing === undefined ? ok(undefined) : await reopenContactCard(suite, existing.card);
    if (!known.ok) return known;
    const contact = mergeContact(profile.contacts, known.value, {
      card,
      endpoint,
      confirmed: true,
      nowMs,
    });
    if (!contact.ok) return contact;
    const { oneTimeSeed: _destroyed, ...kept } = current;
    transaction.put({ ...kept, used: { introductionHash, receipt } });
    transaction.put(contact.value);
    transaction.removeIntroduction(card.sessionId);
    beginCorrespondence(suite, profile, transaction, {
      with: card.sessionId,
      role: 'inviter',
      secret: invite.secret,
      receiptKey,
      sealed,
    });
    transaction.afterwards(() =>
      deps.events.publish({ type: 'contact', contact: contactView(contact.value) }),
    );
    return ok(receipt);
  });
}

/** What to say when the invite is used already; `undefined` while it is not. */
function answerRepetition(
  invite: InviteRecord,
  introductionHash: Uint8Array,
): Result<Uint8Array, Failure> | undefined {
  if (invite.used === undefined) return undefined;
  return equalBytes(invite.used.introductionHash, introductionHash)
    ? ok(invite.used.receipt)
    : err('session/invite-refused');
}

async function open(
  deps: NodeEngineDeps,
  invite: InviteRecord,
  sealed: Uint8Array,
): Promise<Result<OpenedIntroduction, Failure>> {
  const { clock, suite } = deps;
  if (invite.oneTimeSeed === undefined) return err('session/invite-refused');
  const cardHash = suite.symmetric.sha3(invite.card);
  return await openIntroduction(suite, {
    oneTimeKey: await suite.kem.privateKeyFromSeed(invite.oneTimeSeed),
    binding: computeIntroductionBinding(suite, { secret: invite.secret, cardHash }),
    sealed,
    nowMs: clock.nowMs(),
  });
}
