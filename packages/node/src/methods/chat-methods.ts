import type { ChatMessage, MethodHandlers, SubscriptionHandlers } from '@pars/api';
import { err, type Failure, hex, ok, type Result, redact } from '@pars/base';
import { checkText, type SessionId } from '@pars/session';
import type { EngineContext } from '../engine-context.ts';
import { MAX_OUTBOX } from '../limits.ts';
import { resolveContact } from '../profile/contact-book.ts';
import type { Profile } from '../profile/profile.ts';
import type { MessageRecord } from '../profile/records.ts';
import { messageView } from '../profile/views.ts';

/** The `chat.…` methods and subscription. */
export function createChatMethods(
  context: EngineContext,
): Pick<MethodHandlers, 'chat.send' | 'chat.read'> & SubscriptionHandlers {
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
      const filter = filterFor(profile.value, params.with);
      if (!filter.ok) return filter;
      const messages = await readMessages(profile.value, filter.value, params);
      return profile.value.signal.aborted ? err('node/locked') : ok({ messages });
    },
    async 'chat.watch'(params, { signal }) {
      const profile = await keeper.require();
      if (!profile.ok) return profile;
      const filter = filterFor(profile.value, params.with);
      return filter.ok ? events.watchMessages(filter.value, signal) : filter;
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
  return ok({ messageId: hex.encode(messageId), state: 'queued' });
}

/** With `after`: the first ones behind it. Without: the newest. Always oldest first. */
async function readMessages(
  profile: Profile,
  filter: (message: { readonly with: string }) => boolean,
  range: { readonly after?: number; readonly limit: number },
): Promise<readonly ChatMessage[]> {
  const { after, limit } = range;
  const reverse = after === undefined;
  const found: ChatMessage[] = [];
  const rows = profile.listMessages(after === undefined ? { reverse } : { after });
  for await (const { sequence, message } of rows) {
    if (!filter(message)) continue;
    found.push(messageView(sequence, message));
    if (found.length >= limit) break;
  }
  return reverse ? found.reverse() : found;
}

function filterFor(
  profile: Profile,
  whom: string | undefined,
): Result<(message: { readonly with: string }) => boolean, Failure> {
  if (whom === undefined) return ok(() => true);
  const contact = resolveContact(profile.contacts, whom);
  if (!contact.ok) return contact;
  const { sessionId } = contact.value;
  return ok((message) => message.with === sessionId);
}
