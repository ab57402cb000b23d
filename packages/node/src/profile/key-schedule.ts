import { type Clock, ok, type Random, redact } from '@pars/base';
import type { Suite } from '@pars/crypto';
import {
  createContactCard,
  generatePrekey,
  isPrekeyOver,
  isPrekeyRotationDue,
  slotToMs,
} from '@pars/session';
import type { Profile } from './profile.ts';
import type { OutgoingRecord } from './records.ts';

/**
 * Does what time asks for (PIP-5000 §4, §5): destroys prekeys of 45 days and
 * expired invites, makes a new prekey and card after 7 days, and lets the new
 * card wait for every contact. Returns whether a card was issued.
 */
export async function refreshKeys(
  deps: { readonly suite: Suite; readonly clock: Clock; readonly random: Random },
  profile: Profile,
): Promise<boolean> {
  const { clock, random, suite } = deps;
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
    if (!isDue && profile.ownCard !== undefined) return ok(false);

    const prekey = await generatePrekey(suite, nowMs);
    const { identity, name } = profile;
    const card = await createContactCard(suite, identity, { prekey, name, nowMs });
    const { seed, createdSlot, expiresSlot } = prekey;
    transaction.put({ type: 'prekey', seed, createdSlot, expiresSlot });
    transaction.put({ type: 'ownCard', card: card.bytes });
    for (const waiting of profile.outgoing.values()) {
      if (waiting.sequence === 0) transaction.remove(waiting);
    }
    for (const contact of profile.contacts.values()) {
      transaction.put(cardLetter(random, contact.sessionId, nowMs));
    }
    return ok(true);
  });
  return result.ok && result.value;
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
