import { equalBytes, err, type Failure, ok, type Result } from '@pars/base';
import {
  checkCardSuccession,
  computeReceipt,
  type LetterContent,
  type OpenedLetter,
  openLetter,
  reopenContactCard,
  type SessionId,
  slotFromMs,
  slotToMs,
  verifyContactCard,
} from '@pars/session';
import { endIntroduction } from '../correspondence/begin-correspondence.ts';
import type { NodeEngineDeps } from '../engine-deps.ts';
import type { EventHub } from '../event-hub.ts';
import {
  MAX_MESSAGES_PER_CONTACT,
  MAX_OWED_RECEIPTS,
  MAX_TEXT_BYTES_PER_CONTACT,
} from '../limits.ts';
import type { Profile } from '../profile/profile.ts';
import {
  type ContactRecord,
  type MessageRecord,
  type OwedReceiptRecord,
  owedReceiptKey,
} from '../profile/records.ts';
import type { Transaction } from '../profile/transaction.ts';
import { contactView, messageView } from '../profile/views.ts';
import type { LetterAnswer } from '../protocols/letter-protocol.ts';
import { isTemporary } from '../storage-failure.ts';

/**
 * Takes a letter in that came over a link (PIP-5000 §6, §8, §9): opens it and
 * keeps what it says. `stored`, with the receipt, is said only when no crash can
 * undo it; until then `held`, and the receipt is owed. The same letter twice is
 * kept once. What no key here opens is for `later`, as at a locked node: it may be
 * for a person of another password.
 */
export async function receiveLetter(
  deps: NodeEngineDeps & {
    readonly events: EventHub;
    /** Called when a receipt is owed. */
    readonly onOwed: () => void;
  },
  profile: Profile | undefined,
  letter: Uint8Array,
): Promise<LetterAnswer> {
  if (profile === undefined) return { type: 'later' };
  const { log, metrics, suite } = deps;
  const read = await openLetter(suite, profile.letterKeys, letter);
  if (!read.ok) return { type: 'later' };
  const opened = await checkSender(deps, profile, read.value);
  const stored = opened.ok ? await storeHeld(deps, profile, opened.value) : opened;
  if (opened.ok && stored.ok) {
    metrics.count('node/letters-received');
    if (stored.value === 'held') {
      deps.onOwed();
      return { type: 'held' };
    }
    const { messageId, receiptKey } = opened.value.content;
    return { type: 'stored', receipt: computeReceipt(suite, receiptKey, messageId) };
  }
  const failure = stored.ok ? { code: 'node/unknown-error' } : stored.error;
  log.write('info', 'node/letter-refused', { code: failure.code });
  return { type: isTemporary(failure) ? 'later' : 'refused' };
}

/**
 * Takes in a letter that came in a parcel of this contact (PIP-5000 §12).
 * `alongside` adds what happens together with it, also when the message was
 * here before (`known`). Codes: `session/letter-…`,
 * `session/card-…`, `node/contact-quota`, `node/locked`.
 */
export async function takeCarriedLetter(
  deps: NodeEngineDeps & { readonly events: EventHub },
  profile: Profile,
  letter: Uint8Array,
  from: SessionId,
  alongside: (transaction: Transaction, content: LetterContent) => void,
): Promise<Result<'new' | 'known', Failure>> {
  const read = await openLetter(deps.suite, profile.letterKeys, letter);
  if (!read.ok) return read;
  const opened = await checkSender(deps, profile, read.value);
  if (!opened.ok) return opened;
  if (opened.value.content.sender !== from) return err('session/letter-bad-sender');
  return await storeLetter(deps, profile, opened.value, 'carried', (transaction, content) => {
    alongside(transaction, content);
    return true;
  });
}

/** Keeps the letter and owes its receipt; or finds that it is here for good, and owes nothing any more. */
async function storeHeld(
  deps: NodeEngineDeps & { readonly events: EventHub },
  profile: Profile,
  opened: OpenedLetter,
): Promise<Result<'held' | 'durable', Failure>> {
  const { body, messageId, receiptKey, sender } = opened.content;
  const key = owedReceiptKey(sender, messageId);
  const before = profile.owedReceipts.get(key);
  const sequence = body.type === 'text' ? await profile.findIncoming(sender, messageId) : undefined;
  const isHere = sequence !== undefined || (body.type === 'card' && before !== undefined);
  if (isHere) {
    const isDurable =
      (sequence === undefined || profile.isMessageDurable(sequence)) &&
      (before === undefined || profile.isRecordDurable(before));
    if (!isDurable) return ok('held');
    // It goes with this answer; whoever does not get it asks again.
    if (before !== undefined) await forgetOwed(profile, before);
    return ok('durable');
  }
  const stored = await storeLetter(deps, profile, opened, 'linked', (transaction) => {
    // A message is found again when it is asked for; a card is not.
    if (profile.owedReceipts.size >= MAX_OWED_RECEIPTS) return body.type === 'text';
    transaction.put({
      type: 'owedReceipt',
      to: sender,
      messageId,
      receipt: computeReceipt(deps.suite, receiptKey, messageId),
      createdAtMs: Math.max(0, Math.floor(deps.clock.nowMs())),
      isDirect: true,
    });
    return true;
  });
  return stored.ok ? ok('held') : stored;
}

async function forgetOwed(profile: Profile, owed: OwedReceiptRecord): Promise<void> {
  await profile.transact(async (transaction) => {
    transaction.remove(owed);
    return ok(undefined);
  });
}

/** The letter, if a contact wrote it. */
async function checkSender(
  { suite }: NodeEngineDeps,
  profile: Profile,
  opened: OpenedLetter,
): Promise<Result<OpenedLetter, Failure>> {
  const { content, senderKey } = opened;
  const contact = profile.contacts.get(content.sender);
  if (contact === undefined) return err('session/no-contact');
  const card = await reopenContactCard(suite, contact.card);
  if (!card.ok) return card;
  if (!equalBytes(card.value.identityKey.bytes, senderKey.bytes)) {
    return err('session/letter-bad-sender');
  }
  return ok(opened);
}

async function storeLetter(
  deps: NodeEngineDeps & { readonly events: EventHub },
  profile: Profile,
  opened: OpenedLetter,
  way: 'linked' | 'carried',
  /** Adds what happens together with it; `false` when there is no room for that. */
  alongside: (transaction: Transaction, content: LetterContent) => boolean,
): Promise<Result<'new' | 'known', Failure>> {
  const { content } = opened;
  const { body } = content;
  const nextCard = body.type === 'card' ? await readCard(deps, profile, opened) : ok(undefined);
  if (!nextCard.ok) return nextCard;

  return await profile.transact(async (transaction) => {
    const contact = profile.contacts.get(content.sender);
    if (contact === undefined) return err('session/no-contact');
    if (body.type === 'text') {
      const known = await profile.findIncoming(content.sender, content.messageId);
      if (known !== undefined) {
        return alongside(transaction, content) ? ok('known') : err('node/contact-quota');
      }
      const appended = appendText(deps.events, profile, transaction, opened, body.text);
      if (!appended.ok) return appended;
    }
    await updateContact(deps, profile, transaction, contact, {
      ...contact,
      // Whoever writes to this person has their card: the introduction arrived.
      confirmed: true,
      ...endpointFrom(deps, contact, content, way === 'carried'),
      card: nextCard.value ?? contact.card,
    });
    if (!alongside(transaction, content)) return err('node/contact-quota');
    return ok(body.type === 'text' ? 'new' : 'known');
  });
}

/** A letter over a link says where its sender is; one that was carried for days says where they were. */
function endpointFrom(
  { clock }: NodeEngineDeps,
  contact: ContactRecord,
  { endpoint, sentSlot }: LetterContent,
  isCarried: boolean,
): Pick<ContactRecord, 'endpoint' | 'endpointSlot'> {
  if (!isCarried) return { endpoint, endpointSlot: slotFromMs(clock.nowMs()) };
  const knownSlot = contact.endpointSlot ?? slotFromMs(contact.addedAtMs);
  return sentSlot > knownSlot
    ? { endpoint, endpointSlot: sentSlot }
    : { endpoint: contact.endpoint, endpointSlot: knownSlot };
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

async function updateContact(
  deps: NodeEngineDeps & { readonly events: EventHub },
  profile: Profile,
  transaction: Transaction,
  before: ContactRecord,
  after: ContactRecord,
): Promise<void> {
  const isSame =
    before.confirmed === after.confirmed &&
    before.card === after.card &&
    before.endpoint.nodeId === after.endpoint.nodeId &&
    before.endpoint.addresses.join(' ') === after.endpoint.addresses.join(' ');
  if (isSame) return;
  transaction.put(after);
  if (before.confirmed) return;
  await endIntroduction(deps.suite, profile, transaction, after.sessionId);
  transaction.afterwards(() =>
    deps.events.publish({ type: 'contact', contact: contactView(after) }),
  );
}
