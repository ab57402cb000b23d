import { type Clock, ok, type Random, redact } from '@pars/base';
import type { Suite } from '@pars/crypto';
import type { MeshHost } from '@pars/mesh';
import {
  createContactCard,
  generatePrekey,
  isPrekeyOver,
  isPrekeyRotationDue,
  slotToMs,
} from '@pars/session';
import { isMoved, ownEndpoint } from './own-endpoint.ts';
import type { Profile } from './profile.ts';
import type { OutgoingRecord } from './records.ts';
import type { Transaction } from './transaction.ts';

/**
 * Does what time asks for (PIP-5000 §4, §5): destroys prekeys of 45 days and
 * expired invites, and makes a new prekey and card after 7 days. A new card, or
 * a new place of this node, waits for every contact. Returns whether it does.
 */
export async function refreshKeys(
  deps: {
    readonly suite: Suite;
    readonly clock: Clock;
    readonly random: Random;
    readonly mesh: MeshHost;
  },
  profile: Profile,
): Promise<boolean> {
  const { clock, mesh, random, suite } = deps;
  const nowMs = clock.nowMs();
  const result = await profile.transact(async (transaction) => {
    for (const prekey of profile.prekeys) {
      if (isPrekeyOver(prekey, nowMs)) transaction.remove(prekey);
    }
    for (const invite of profile.invites.values()) {
      if (slotToMs(invite.expiresSlot) <= nowMs) transaction.remove(invite);
    }
    // A clock that ran ahead and was set back leaves prekeys from the future: they do not count.
    const newest = profile.prekeys.findLast(
      ({ createdSlot }) => slotToMs(createdSlot) <= nowMs + DAY_MS,
    );
    const isDue = newest === undefined || isPrekeyRotationDue(newest, nowMs);
    const announced = ownEndpoint(mesh);
    const { ownCard } = profile;
    if (!isDue && ownCard !== undefined) {
      if (!isMoved(ownCard.announced, announced)) return ok(false);
      transaction.put({ ...ownCard, announced });
      enqueueForAll(transaction);
      return ok(true);
    }

    const prekey = await generatePrekey(suite, nowMs);
    const { identity, name } = profile;
    const card = await createContactCard(suite, identity, { prekey, name, nowMs });
    const { seed, createdSlot, expiresSlot } = prekey;
    transaction.put({ type: 'prekey', seed, createdSlot, expiresSlot });
    transaction.put({ type: 'ownCard', card: card.bytes, announced });
    enqueueForAll(transaction);
    return ok(true);
  });
  return result.ok && result.value;

  /** One card letter for each contact, in place of those that wait. */
  function enqueueForAll(transaction: Transaction): void {
    for (const waiting of profile.outgoing.values()) {
      if (waiting.sequence === 0) transaction.remove(waiting);
    }
    for (const contact of profile.contacts.values()) {
      transaction.put(cardLetter(random, contact.sessionId, nowMs));
    }
  }
}

const DAY_MS = 86_400_000;

function cardLetter(random: Random, to: OutgoingRecord['to'], createdAtMs: number): OutgoingRecord {
  return {
    type: 'outgoing',
    messageId: random.bytes(16),
    to,
    sequence: 0,
    createdAtMs,
    receiptKey: redact(random.bytes(32)),
  };
}
