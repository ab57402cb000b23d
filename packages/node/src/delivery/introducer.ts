import { err, type Failure, ok, type Result } from '@pars/base';
import type { LinkPeer } from '@pars/mesh';
import { computeInviteProof, isReceipt, type SessionId, slotToMs } from '@pars/session';
import { endIntroduction } from '../correspondence/begin-correspondence.ts';
import type { NodeEngineDeps } from '../engine-deps.ts';
import type { EventHub } from '../event-hub.ts';
import type { Profile } from '../profile/profile.ts';
import { contactView } from '../profile/views.ts';
import { CARD_PROTOCOL, cardAnswerCodec, cardRequestCodec } from '../protocols/card-protocol.ts';
import { exchangeWith } from '../protocols/protocol-client.ts';

/**
 * Presents a pending introduction to the inviter over an open link
 * (PIP-5000 §7, §9) and confirms the contact when it is accepted. Ok when there
 * is nothing (more) to present. Codes: `session/invite-refused`,
 * `node/peer-later`, `node/timeout`, `node/vault-busy` before it is durable, `mesh/…`.
 */
export async function presentIntroduction(
  deps: NodeEngineDeps & { readonly events: EventHub },
  profile: Profile,
  sessionId: SessionId,
  link: LinkPeer,
): Promise<Result<void, Failure>> {
  const { clock, mesh, suite } = deps;
  const pending = await profile.readIntroduction(sessionId);
  if (pending === undefined) return ok(undefined);
  // What it offers and asks for must not be forgotten here once it is known there.
  if (!profile.isIntroductionDurable(sessionId)) return err('node/vault-busy');
  if (slotToMs(pending.expiresSlot) <= clock.nowMs()) return await forget(profile, sessionId);
  const proof = computeInviteProof(suite, pending.secret, {
    inviterNodeId: link.nodeId,
    newcomerNodeId: mesh.nodeId,
  });
  const outcome = await exchangeWith(deps, {
    nodeId: link.nodeId,
    protocol: CARD_PROTOCOL,
    requests: cardRequestCodec,
    answers: cardAnswerCodec,
    request: { type: 'introduce', version: 1, proof, introduction: pending.sealed },
    signal: profile.signal,
  });
  if (outcome.type === 'failed') return { ok: false, error: outcome.failure };
  const { answer } = outcome;
  if (answer.type === 'later') return err('node/peer-later');
  if (
    answer.type !== 'accepted' ||
    !isReceipt(suite, pending.receiptKey, pending.inviteCardHash, answer.receipt)
  ) {
    return err('session/invite-refused');
  }
  return await confirmContact(deps, profile, sessionId);
}

/** Nobody will accept it any more. The contact stays pending, and letters are tried without it. */
async function forget(profile: Profile, sessionId: SessionId): Promise<Result<void, Failure>> {
  return await profile.transact(async (transaction) => {
    transaction.removeIntroduction(sessionId);
    return ok(undefined);
  });
}

/** Marks the contact as confirmed and begins the correspondence, durably. */
async function confirmContact(
  deps: NodeEngineDeps & { readonly events: EventHub },
  profile: Profile,
  sessionId: SessionId,
): Promise<Result<void, Failure>> {
  return await profile.transact(async (transaction) => {
    await endIntroduction(deps.suite, profile, transaction, sessionId);
    const contact = profile.contacts.get(sessionId);
    if (contact !== undefined && !contact.confirmed) {
      const confirmed = { ...contact, confirmed: true };
      transaction.put(confirmed);
      transaction.afterwards(() =>
        deps.events.publish({ type: 'contact', contact: contactView(confirmed) }),
      );
    }
    return ok(undefined);
  });
}
