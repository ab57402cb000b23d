import { equalBytes, err, type Failure, ok, type Result } from '@pars/base';
import type { LinkPeer } from '@pars/mesh';
import {
  isPrekeyUsable,
  isReceipt,
  type LetterBody,
  sealLetter,
  slotFromMs,
  verifyContactCard,
} from '@pars/session';
import type { NodeEngineDeps } from '../engine-deps.ts';
import type { EventHub } from '../event-hub.ts';
import { LETTER_LIFE_MS } from '../limits.ts';
import { ownEndpoint } from '../profile/own-endpoint.ts';
import type { Profile } from '../profile/profile.ts';
import {
  type ContactRecord,
  type MessageRecord,
  type OutgoingRecord,
  recordKey,
} from '../profile/records.ts';
import { messageView } from '../profile/views.ts';
import {
  LETTER_PROTOCOL,
  letterAnswerCodec,
  letterRequestCodec,
} from '../protocols/letter-protocol.ts';
import { exchangeWith } from '../protocols/protocol-client.ts';

/** What became of one waiting letter. */
export type SendOutcome =
  /** Delivered, or given up: it does not wait any more. */
  | 'done'
  /** The recipient's node has it, and brings the receipt when its vault is written. */
  | 'held'
  /** Try later; whatever else waits for this contact would fail as well. */
  | 'wait';

/** Seals, sends and settles letters of one profile (PIP-5000 §6, §8, §9). */
export interface LetterSender {
  send(outgoing: OutgoingRecord, contact: ContactRecord, link: LinkPeer): Promise<SendOutcome>;
  /** The letter as it would be sent now (PIP-5000 §6). Codes: `session/card-…`, `crypto/…`, `node/locked`. */
  seal(outgoing: OutgoingRecord, contact: ContactRecord): Promise<Result<Uint8Array, Failure>>;
  /** Notes the new state; the letter waits on unless it is delivered or failed. */
  settle(outgoing: OutgoingRecord, state: MessageRecord['state']): Promise<void>;
  /**
   * So many keepers have proved to have the letter's newest parcel; fewer than before
   * change nothing, and 0 says that the time of that parcel is over.
   */
  noteStored(outgoing: OutgoingRecord, parcelId: Uint8Array, by: number): Promise<void>;
  /** Marks letters that waited for 14 days as failed, or for 28 when parcels of them are under way. */
  expire(): Promise<void>;
}

/** A sender for this profile. */
export function createLetterSender(
  deps: NodeEngineDeps & { readonly events: EventHub },
  profile: Profile,
): LetterSender {
  const { clock, events, log, mesh, metrics, suite } = deps;

  async function send(
    outgoing: OutgoingRecord,
    contact: ContactRecord,
    link: LinkPeer,
  ): Promise<SendOutcome> {
    const letter = await seal(outgoing, contact);
    if (!letter.ok) {
      log.write('warn', 'node/letter-not-sealed', { code: letter.error.code });
      return 'wait';
    }
    const outcome = await exchangeWith(deps, {
      nodeId: link.nodeId,
      protocol: LETTER_PROTOCOL,
      requests: letterRequestCodec,
      answers: letterAnswerCodec,
      request: { type: 'letter', version: 1, letter: letter.value },
      signal: profile.signal,
    });
    if (outcome.type === 'failed') {
      log.write('info', 'node/letter-not-answered', { code: outcome.failure.code });
      if (outcome.sent) await settle(outgoing, 'handed-over');
      return 'wait';
    }
    const { answer } = outcome;
    const isDelivered =
      answer.type === 'stored' &&
      isReceipt(suite, outgoing.receiptKey, outgoing.messageId, answer.receipt);
    if (isDelivered) {
      metrics.count('node/letters-delivered');
      await settle(outgoing, 'delivered');
      return 'done';
    }
    if (answer.type === 'held') {
      await settle(outgoing, 'handed-over');
      return 'held';
    }
    log.write('info', 'node/letter-not-accepted', { answer: answer.type });
    if (answer.type !== 'later') await settle(outgoing, 'handed-over');
    return 'wait';
  }

  async function seal(
    outgoing: OutgoingRecord,
    contact: ContactRecord,
  ): Promise<Result<Uint8Array, Failure>> {
    const nowMs = clock.nowMs();
    const recipient = await verifyContactCard(suite, contact.card, nowMs);
    if (!recipient.ok) return recipient;
    if (!isPrekeyUsable(recipient.value.prekey, nowMs)) {
      // Not forward secret (PIP-5000 §4): worth a line, so that it does not go unseen.
      metrics.count('node/letters-to-static-key');
      log.write('warn', 'node/letter-to-static-key');
    }
    const ownCard = profile.ownCard?.card;
    if (ownCard === undefined) return err('node/locked');
    const body = await bodyOf(outgoing, ownCard);
    if (body === undefined) return err('node/locked');
    return await sealLetter(suite, {
      sender: profile.identity,
      recipient: recipient.value,
      nowMs,
      content: {
        messageId: outgoing.messageId,
        sentSlot: slotFromMs(outgoing.createdAtMs),
        sender: profile.identity.sessionId,
        senderCardHash: suite.symmetric.sha3(ownCard),
        receiptKey: outgoing.receiptKey,
        endpoint: ownEndpoint(mesh),
        body,
      },
    });
  }

  async function bodyOf(
    outgoing: OutgoingRecord,
    ownCard: Uint8Array,
  ): Promise<LetterBody | undefined> {
    if (outgoing.sequence === 0) return { type: 'card', card: ownCard };
    const message = await profile.readMessage(outgoing.sequence);
    return message === undefined ? undefined : { type: 'text', text: message.text };
  }

  async function settle(outgoing: OutgoingRecord, state: MessageRecord['state']): Promise<void> {
    await profile.transact(async (transaction) => {
      // A receipt may have come on another way meanwhile.
      if (!profile.outgoing.has(recordKey(outgoing))) return ok(undefined);
      const isOver = state === 'delivered' || state === 'failed';
      if (isOver) transaction.remove(outgoing);
      const { sequence } = outgoing;
      const message = sequence === 0 ? undefined : await profile.readMessage(sequence);
      if (message !== undefined && message.state !== state) {
        const changed = { ...message, state };
        const storedBy = isOver ? undefined : outgoing.storedBy;
        transaction.setMessageState(sequence, state);
        transaction.afterwards(() =>
          events.publish({ type: 'message', message: messageView(sequence, changed, storedBy) }),
        );
      }
      return ok(undefined);
    });
  }

  async function noteStored(
    outgoing: OutgoingRecord,
    parcelId: Uint8Array,
    by: number,
  ): Promise<void> {
    await profile.transact(async (transaction) => {
      const current = profile.outgoing.get(recordKey(outgoing));
      // Delivered, or in a newer parcel, meanwhile.
      const isCurrent = current?.parcelId !== undefined && equalBytes(current.parcelId, parcelId);
      if (!isCurrent) return ok(undefined);
      const { storedBy: before = 0, ...rest } = current;
      const storedBy = by === 0 ? 0 : Math.max(by, before);
      if (storedBy === before) return ok(undefined);
      transaction.put(storedBy === 0 ? rest : { ...rest, storedBy });
      const { sequence } = current;
      const message = sequence === 0 ? undefined : await profile.readMessage(sequence);
      if (message === undefined) return ok(undefined);
      const state = message.state === 'queued' && storedBy > 0 ? 'handed-over' : message.state;
      if (state !== message.state) transaction.setMessageState(sequence, state);
      const changed = { ...message, state };
      transaction.afterwards(() =>
        events.publish({ type: 'message', message: messageView(sequence, changed, storedBy) }),
      );
      return ok(undefined);
    });
  }

  async function expire(): Promise<void> {
    const nowMs = clock.nowMs();
    for (const outgoing of [...profile.outgoing.values()]) {
      // A parcel may be read on its last day, and the receipt takes as long to come back.
      const lifeMs = outgoing.parcelAtMs === undefined ? LETTER_LIFE_MS : 2 * LETTER_LIFE_MS;
      if (nowMs - outgoing.createdAtMs >= lifeMs) await settle(outgoing, 'failed');
    }
  }

  return { send, seal, settle, noteStored, expire };
}
