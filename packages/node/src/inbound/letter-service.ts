import { equalBytes, err, type Failure, ok, type Result } from '@pars/base';
import {
  checkCardSuccession,
  computeReceipt,
  type OpenedLetter,
  openLetter,
  reopenContactCard,
  slotToMs,
  verifyContactCard,
} from '@pars/session';
import type { NodeEngineDeps } from '../engine-deps.ts';
import type { EventHub } from '../event-hub.ts';
import { MAX_MESSAGES_PER_CONTACT, MAX_TEXT_BYTES_PER_CONTACT } from '../limits.ts';
import type { Profile } from '../profile/profile.ts';
import type { ContactRecord, MessageRecord } from '../profile/records.ts';
import type { Transaction } from '../profile/transaction.ts';
import { contactView, messageView } from '../profile/views.ts';
import type { LetterAnswer } from '../protocols/letter-protocol.ts';

/**
 * Takes a letter in (PIP-5000 §6, §8, §9): opens it, stores what it says and
 * only then makes the receipt. The same letter twice is stored once.
 */
export async function receiveLetter(
  deps: NodeEngineDeps & { readonly events: EventHub },
  profile: Profile | undefined,
  letter: Uint8Array,
): Promise<LetterAnswer> {
  if (profile === undefined) return { type: 'later' };
  const { log, metrics, suite } = deps;
  const opened = await openFromContact(deps, profile, letter);
  const stored = opened.ok ? await storeLetter(deps, profile, opened.value) : opened;
  if (stored.ok) {
    metrics.count('node/letters-received');
    const { messageId, receiptKey } = stored.value.content;
    return { type: 'stored', receipt: computeReceipt(suite, receiptKey, messageId) };
  }
  log.write('info', 'node/letter-refused', { code: stored.error.code });
  return { type: TEMPORARY.has(stored.error.code) ? 'later' : 'refused' };
}

async function openFromContact(
  deps: NodeEngineDeps,
  profile: Profile,
  bytes: Uint8Array,
): Promise<Result<OpenedLetter, Failure>> {
  const { suite } = deps;
  const opened = await openLetter(suite, profile.letterKeys, bytes);
  if (!opened.ok) return opened;
  const { content, senderKey } = opened.value;
  const contact = profile.contacts.get(content.sender);
  if (contact === undefined) return err('session/no-contact');
  const card = await reopenContactCard(suite, contact.card);
  if (!card.ok) return card;
  if (!equalBytes(card.value.identityKey.bytes, senderKey.bytes)) {
    return err('session/letter-bad-sender');
  }
  return opened;
}

async function storeLetter(
  deps: NodeEngineDeps & { readonly events: EventHub },
  profile: Profile,
  opened: OpenedLetter,
): Promise<Result<OpenedLetter, Failure>> {
  const { content } = opened;
  const { body } = content;
  const nextCard = body.type === 'card' ? await readCard(deps, profile, opened) : ok(undefined);
  if (!nextCard.ok) return nextCard;

  return await profile.transact(async (transaction) => {
    const contact = profile.contacts.get(content.sender);
    if (contact === undefined) return err('session/no-contact');
    if (body.type === 'text') {
      const known = await profile.findMessage(content.sender, 'in', content.messageId);
      if (known !== undefined) return ok(opened);
      const appended = appendText(deps.events, profile, transaction, opened, body.text);
      if (!appended.ok) return appended;
    }
    updateContact(deps.events, transaction, contact, {
      ...contact,
      // Whoever writes to this person has their card: the introduction arrived.
      confirmed: true,
      endpoint: content.endpoint,
      card: nextCard.value ?? contact.card,
    });
    return ok(opened);
  });
}

/** The new card when it is newer; `undefined` when it is not. Code: `session/card-changed`. */
async function readCard(
  deps: NodeEngineDeps,
  profile: Profile,
  opened: OpenedLetter,
): Promise<Result<Uint8Array | undefined, Failure>> {
  const { clock, suite } = deps;
  const { body, sender } = opened.content;
  const contact = profile.contacts.get(sender);
  if (body.type !== 'card' || contact === undefined) return err('session/no-contact');
  const next = await verifyContactCard(suite, body.card, clock.nowMs());
  if (!next.ok) return next;
  if (next.value.sessionId !== sender) return err('session/card-changed');
  const known = await reopenContactCard(suite, contact.card);
  if (!known.ok) return known;
  const succession = checkCardSuccession(known.value, next.value);
  if (succession.ok) return ok(body.card);
  return succession.error.code === 'session/card-not-newer' ? ok(undefined) : succession;
}

function appendText(
  events: EventHub,
  profile: Profile,
  transaction: Transaction,
  opened: OpenedLetter,
  text: string,
): Result<void, Failure> {
  const { messageId, sender, sentSlot } = opened.content;
  const tally = profile.tallyOf(sender);
  const bytes = tally.bytes + new TextEncoder().encode(text).length;
  if (tally.messages >= MAX_MESSAGES_PER_CONTACT || bytes > MAX_TEXT_BYTES_PER_CONTACT) {
    return err('node/contact-quota');
  }
  const message: MessageRecord = {
    messageId,
    with: sender,
    direction: 'in',
    text,
    sentAtMs: slotToMs(sentSlot),
    state: 'delivered',
  };
  const sequence = transaction.appendMessage(message);
  transaction.put({ ...tally, messages: tally.messages + 1, bytes });
  transaction.afterwards(() =>
    events.publish({ type: 'message', message: messageView(sequence, message) }),
  );
  return ok(undefined);
}

function updateContact(
  events: EventHub,
  transaction: Transaction,
  before: ContactRecord,
  after: ContactRecord,
): void {
  const isSame =
    before.confirmed === after.confirmed &&
    before.card === after.card &&
    before.endpoint.nodeId === after.endpoint.nodeId &&
    before.endpoint.addresses.join(' ') === after.endpoint.addresses.join(' ');
  if (isSame) return;
  transaction.put(after);
  if (before.confirmed) return;
  transaction.removeIntroduction(after.sessionId);
  transaction.afterwards(() => events.publish({ type: 'contact', contact: contactView(after) }));
}

const TEMPORARY: ReadonlySet<string> = new Set(['node/locked', 'node/contact-quota']);
