import type { ApiClient, ChatMessage } from '@pars/api/client';
import { err, type Failure, ok, type Result } from '@pars/base/result';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { resolveContact } from '../contact-reference.ts';
import { readText } from '../input/secret-input.ts';
import { ANSWER_TIMEOUT_MS, withNode } from '../node-connection.ts';
import { print, printJson, report, reportFailure, talk } from '../report.ts';
import { visibleText } from '../visible-text.ts';
import { wallTime } from '../wall-time.ts';

/** Options of `pars chat send`. */
export interface SendFlags extends CommonFlags {
  /** Seconds to wait for the delivery. */
  readonly wait?: number;
}

/** Options of `pars chat read`. */
export interface ReadFlags extends CommonFlags {
  readonly with?: string;
  readonly after?: number;
  readonly limit: number;
  readonly follow: boolean;
}

interface Sent {
  readonly messageId: string;
  readonly state: ChatMessage['state'];
}

/** `pars chat send TO TEXT`; `-` reads the text from standard input. */
export async function sendMessage(
  this: CliContext,
  flags: SendFlags,
  to: string,
  argument: string,
): Promise<void> {
  const text = await readText(this, 'text', argument);
  if (!text.ok) return reportFailure(this, flags, text.error);
  const sent = await withNode(
    this,
    flags,
    async (client, signal) => {
      const contact = await resolveContact(client, to, signal);
      if (!contact.ok) return contact;
      const send = (): Promise<Result<Sent, Failure>> =>
        client.call('chat.send', { to: contact.value, text: text.value }, signal);
      if (flags.wait === undefined) return send();
      const waited = AbortSignal.any([signal, AbortSignal.timeout(flags.wait * 1_000)]);
      return sendAndWait(client, contact.value, send, waited);
    },
    ANSWER_TIMEOUT_MS + (flags.wait ?? 0) * 1_000,
  );
  report(this, flags, sent, ({ messageId, state }) => [`${messageId}  ${state}`]);
}

/** Watches before it sends, so that no change of the state can be missed. */
async function sendAndWait(
  client: ApiClient,
  to: string,
  send: () => Promise<Result<Sent, Failure>>,
  signal: AbortSignal,
): Promise<Result<Sent, Failure>> {
  const events = await client.watch('chat.watch', { with: to }, signal);
  if (!events.ok) return events;
  const sent = await send();
  if (!sent.ok || sent.value.state === 'delivered') return sent;
  const { messageId } = sent.value;
  if (sent.value.state === 'failed') return err('cli/send-failed');
  for await (const event of events.value) {
    if (!event.ok) return event;
    if (event.value.messageId !== messageId) continue;
    if (event.value.state === 'delivered') return ok({ messageId, state: 'delivered' });
    if (event.value.state === 'failed') return err('cli/send-failed');
  }
  return err('cli/undelivered');
}

/** `pars chat read`. */
export async function readMessages(this: CliContext, flags: ReadFlags): Promise<void> {
  if (flags.follow) return followMessages(this, flags);
  let names: ReadonlyMap<string, string> = new Map();
  const read = await withNode(this, flags, async (client, signal) => {
    const params = await readParams(client, flags, signal);
    if (!params.ok) return params;
    const messages = await client.call('chat.read', params.value, signal);
    if (!messages.ok || flags.json) return messages;
    names = await namesBySessionId(client, signal);
    return messages;
  });
  report(this, flags, read, ({ messages }) =>
    messages.map((message) => lineFromMessage(message, names)),
  );
}

/** Prints what is there, then what comes, until Ctrl-C. */
async function followMessages(context: CliContext, flags: ReadFlags): Promise<void> {
  const printed = new Map<string, ChatMessage['state']>();
  let names: ReadonlyMap<string, string> = new Map();
  const show = (message: ChatMessage): void => {
    if (printed.get(message.messageId) === message.state) return;
    const isNew = !printed.has(message.messageId);
    remember(printed, message);
    if (flags.json) printJson(context, { message });
    else if (isNew) print(context, lineFromMessage(message, names));
  };
  const followed = await withNode(
    context,
    flags,
    async (client, signal) => {
      const params = await readParams(client, flags, signal);
      if (!params.ok) return params;
      const { limit: _limit, after: _after, ...filter } = params.value;
      // Watching starts before reading: what arrives in between is seen twice, never missed.
      const events = await client.watch('chat.watch', filter, signal);
      if (!events.ok) return events;
      const read = await client.call('chat.read', params.value, signal);
      if (!read.ok) return read;
      if (!flags.json) names = await namesBySessionId(client, signal);
      for (const message of read.value.messages) show(message);
      talk(context, 'following; Ctrl-C ends it');
      for await (const event of events.value) {
        if (!event.ok) return { ok: false, error: await reasonOfEnd(client, event.error, signal) };
        if (!flags.json && !names.has(event.value.with)) {
          names = await namesBySessionId(client, signal);
        }
        show(event.value);
      }
      return ok(undefined);
    },
    Number.POSITIVE_INFINITY,
  );
  if (!followed.ok && !context.signal.aborted) reportFailure(context, flags, followed.error);
}

/** A stream ends for everybody alike when the person locks or the node stops: ask which it was. */
async function reasonOfEnd(
  client: ApiClient,
  failure: Failure,
  signal: AbortSignal,
): Promise<Failure> {
  if (failure.code !== 'api/subscription-ended') return failure;
  const status = await client.call('node.status', {}, signal);
  if (status.ok) return status.value.identity === 'locked' ? { code: 'node/locked' } : failure;
  return status.error.code === 'api/closed' ? { code: 'node/stopped' } : failure;
}

const MOST_REMEMBERED = 10_000;

function remember(printed: Map<string, ChatMessage['state']>, message: ChatMessage): void {
  printed.set(message.messageId, message.state);
  const [oldest] = printed.keys();
  if (printed.size > MOST_REMEMBERED && oldest !== undefined) printed.delete(oldest);
}

interface ReadParams {
  readonly with?: string;
  readonly after?: number;
  readonly limit: number;
}

async function readParams(
  client: ApiClient,
  flags: ReadFlags,
  signal: AbortSignal,
): Promise<Result<ReadParams, Failure>> {
  const after = flags.after === undefined ? {} : { after: flags.after };
  if (flags.with === undefined) return ok({ limit: flags.limit, ...after });
  const contact = await resolveContact(client, flags.with, signal);
  return contact.ok ? ok({ with: contact.value, limit: flags.limit, ...after }) : contact;
}

/** Names for reading only; a node that cannot tell them leaves the ids. */
async function namesBySessionId(
  client: ApiClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const listed = await client.call('contact.list', {}, signal);
  const contacts = listed.ok ? listed.value.contacts : [];
  return new Map(contacts.map(({ sessionId, name }) => [sessionId, name]));
}

/** What is proven about a message that went out, and no more. */
function stateWords({ state, storedBy }: ChatMessage): string {
  if (storedBy === undefined) return state;
  return `${state}, stored by ${storedBy} ${storedBy === 1 ? 'keeper' : 'keepers'}`;
}

function lineFromMessage(message: ChatMessage, names: ReadonlyMap<string, string>): string {
  const name = visibleText(names.get(message.with) ?? message.with.slice(0, 10));
  const time = wallTime(new Date(message.sentAtMs));
  const arrow = message.direction === 'in' ? '<-' : '->';
  const state = message.direction === 'out' ? ` (${stateWords(message)})` : '';
  return `${message.sequence}  ${time}  ${name} ${arrow} ${visibleText(message.text)}${state}`;
}
