import type { ChatMessage, MethodHandlers, SubscriptionHandlers } from '@pars/api';
import { err, type Failure, hex, ok, type Result, redact } from '@pars/base';
import { checkText, type SessionId } from '@pars/session';
import type { EngineContext } from '../engine-context.ts';
import { MAX_OUTBOX } from '../limits.ts';
import { resolveContact } from '../profile/contact-book.ts';
import type { Profile } from '../profile/profile.ts';
import { type MessageRecord, outgoingKey } from '../profile/records.ts';
import { messageView } from '../profile/views.ts';

/** The `chat.…` methods and subscription. */
export function createChatMethods(
  context: EngineContext,
): Pick<MethodHandlers, 'chat.send' | 'chat.read'> & Pick<SubscriptionHandlers, 'chat.watch'> {
  const { events, keeper } = context;
  return {
    async 'chat.send'({ to, text }) {
      const profile = await keeper.require();
      if (!profile.ok) return profile;
      const contact = resolveContact(profile.value.contacts, to);
      if (!contact.ok) return contact;
      return await sendText(context, profile.value, contact.value.sessionId, text);
    },
    async 'chat.read'(params) {
      const profile = await keeper.require();
      if (!profile.ok) return profile;
      const whom = findWhom(profile.value, params.with);
      if (!whom.ok) return whom;
      const messages = await readMessages(profile.value, whom.value, params);
      return profile.value.signal.aborted ? err('node/locked') : ok({ messages });
    },
    async 'chat.watch'(params, { signal }) {
      const profile = await keeper.require();
      if (!profile.ok) return profile;
      const whom = findWhom(profile.value, params.with);
      if (!whom.ok) return whom;
      const isWanted = (message: ChatMessage): boolean =>
        whom.value === undefined || message.with === whom.value;
      return events.watchMessages(isWanted, signal);
    },
  };
}

async function sendText(
  context: EngineContext,
  profile: Profile,
  to: SessionId,
  text: string,
): Promise<Result<{ readonly messageId: string; readonly state: 'queued' }, Failure>> {
  const { clock, events, random } = context;
  const checked = checkText(text);
  if (!checked.ok) return checked;
  const nowMs = Math.max(0, Math.floor(clock.nowMs()));
  const messageId = random.bytes(16);
  const sent = await profile.transact(async (transaction) => {
    if (profile.outgoing.size >= MAX_OUTBOX) return err('session/outbox-full');
    const message: MessageRecord = {
      messageId,
      with: to,
      direction: 'out',
      text,
      sentAtMs: nowMs,
      state: 'queued',
    };
    const sequence = transaction.appendMessage(message);
    transaction.put({
      type: 'outgoing',
      messageId,
      to,
      sequence,
      createdAtMs: nowMs,
      receiptKey: redact(random.bytes(32)),
    });
    transaction.afterwards(() =>
      events.publish({ type: 'message', message: messageView(sequence, message) }),
    );
    return ok(undefined);
  });
  if (!sent.ok) return sent;
  context.delivery()?.kick(to);
  context.post()?.outbox.kick();
  return ok({ messageId: hex.encode(messageId), state: 'queued' });
}

/** With `after`: the first ones behind it. Without: the newest. Always oldest first. */
async function readMessages(
  profile: Profile,
  whom: SessionId | undefined,
  range: { readonly after?: number; readonly limit: number },
): Promise<readonly ChatMessage[]> {
  const { after, limit } = range;
  const found = await profile.readMessages({
    limit,
    ...(whom === undefined ? {} : { with: whom }),
    ...(after === undefined ? {} : { after }),
  });
  const views = found.map(({ sequence, message }) => ({
    ...messageView(sequence, message, storedBy(message)),
  }));
  return after === undefined ? views.reverse() : views;

  /** While it waits at keepers. */
  function storedBy(message: MessageRecord): number | undefined {
    if (message.direction === 'in') return undefined;
    return profile.outgoing.get(outgoingKey(message.with, message.messageId))?.storedBy;
  }
}

/** The contact that is asked for; `undefined` for everybody. */
function findWhom(
  profile: Profile,
  whom: string | undefined,
): Result<SessionId | undefined, Failure> {
  if (whom === undefined) return ok(undefined);
  const contact = resolveContact(profile.contacts, whom);
  return contact.ok ? ok(contact.value.sessionId) : contact;
}
