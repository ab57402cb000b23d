import type { ApiClient, MeshMeeting, MeshPeer } from '@pars/api/client';
import { err, type Failure, ok, type Result } from '@pars/base/result';
import { adviceFromFailure } from '../advice.ts';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { readText } from '../input/secret-input.ts';
import { withNode } from '../node-connection.ts';
import { print, printJson, report, talk } from '../report.ts';

/**
 * `pars mesh meet` makes a text, prints it and waits for the answer to it;
 * `pars mesh meet TEXT` answers such a text and waits for the link. `-` reads
 * it from standard input.
 */
export async function meetNode(
  this: CliContext,
  flags: CommonFlags,
  argument?: string,
): Promise<void> {
  const linked = await withNode(
    this,
    flags,
    (client, signal) =>
      argument === undefined
        ? offerUntilLinked(this, flags, client, signal)
        : answerUntilLinked(this, flags, client, argument, signal),
    MEETING_TIMEOUT_MS,
  );
  report(this, flags, linked, ({ nodeId, direction, address }) => [
    `${nodeId}  ${direction.padEnd(8)}  ${address}`,
  ]);
}

/** Again with a new text when the connection broke while it was made, a few times. */
async function offerUntilLinked(
  context: CliContext,
  flags: CommonFlags,
  client: ApiClient,
  signal: AbortSignal,
): Promise<Result<MeshPeer, Failure>> {
  for (let attempt = 1; ; attempt += 1) {
    const offered = await client.call('mesh.meet.offer', {}, signal);
    if (!offered.ok) return offered;
    show(context, flags, 'offer', offered.value);
    if (!flags.json) {
      talk(context, 'They run `pars mesh meet TEXT` with it, and hand you back what that prints.');
    }
    const linked = await finishWithAnswer(context, client, offered.value, signal);
    if (linked.ok || linked.error.code !== BROKEN || attempt === MOST_ATTEMPTS) return linked;
    talk(context, 'The connection broke while it was made, which happens now and then.');
    talk(context, 'Begin again with the new text; the old ones are good for nothing any more.');
  }
}

/** Asks again when what was pasted is not the answer: the offer is still good for that. */
async function finishWithAnswer(
  context: CliContext,
  client: ApiClient,
  { meetingId }: MeshMeeting,
  signal: AbortSignal,
): Promise<Result<MeshPeer, Failure>> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await readPasted(context, 'answer', signal);
    if (!answer.ok) return answer;
    const linked = await client.call(
      'mesh.meet.finish',
      { meetingId, answer: answer.value },
      signal,
    );
    if (linked.ok || !NOT_THE_ANSWER.has(linked.error.code)) return linked;
    if (!context.input.isTerminal || attempt === MOST_PASTES) return linked;
    talk(context, adviceFromFailure(linked.error));
  }
}

/** Again with the new text of the other side when the connection broke. */
async function answerUntilLinked(
  context: CliContext,
  flags: CommonFlags,
  client: ApiClient,
  argument: string,
  signal: AbortSignal,
): Promise<Result<MeshPeer, Failure>> {
  const first = await readText(context, 'text', argument);
  if (!first.ok) return first;
  let offer = withoutBreaks(first.value);
  for (let attempt = 1; ; attempt += 1) {
    const answered = await client.call('mesh.meet.answer', { offer }, signal);
    if (!answered.ok) return answered;
    show(context, flags, 'answer', answered.value);
    const { meetingId } = answered.value;
    const linked = await client.call('mesh.meet.wait', { meetingId }, signal);
    if (linked.ok || linked.error.code !== BROKEN || attempt === MOST_ATTEMPTS) return linked;
    if (!context.input.isTerminal) return linked;
    talk(context, 'The connection broke while it was made, which happens now and then.');
    const again = await readPasted(context, 'new text', signal);
    if (!again.ok) return linked;
    offer = again.value;
  }
}

/** The text is all there is on standard output, so that it can be passed on as it is. */
function show(
  context: CliContext,
  flags: CommonFlags,
  kind: 'offer' | 'answer',
  { text, expiresAtMs }: MeshMeeting,
): void {
  if (flags.json) return printJson(context, { [kind]: text, expiresAtMs });
  const toWhom = kind === 'offer' ? 'whom you want to meet' : 'who made the other one';
  talk(context, `Hand this text to ${toWhom}. It is good for ten minutes, and for one meeting:`);
  print(context, text);
}

/** What is pasted, in however many lines the window broke it. Codes: `cli/no-input`, `mesh/aborted`. */
async function readPasted(
  { input }: CliContext,
  what: string,
  signal: AbortSignal,
): Promise<Result<string, Failure>> {
  const line = input.isTerminal
    ? await input.askLine(`Their ${what}: `)
    : await untilAborted(input.readLine(), signal);
  if (signal.aborted) return err('mesh/aborted');
  const text = withoutBreaks(line ?? '');
  return text === '' ? err('cli/no-input', { what }) : ok(text);
}

/** `undefined` when nobody waits for it any more. */
function untilAborted<T>(reading: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => resolve(undefined);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    reading.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function withoutBreaks(text: string): string {
  return text.replaceAll(/\s/g, '');
}

const BROKEN = 'mesh/rtc-failed';
const NOT_THE_ANSWER: ReadonlySet<string> = new Set([
  'mesh/bad-signal',
  'mesh/self-dial',
  'mesh/signal-mismatch',
  'mesh/unknown-version',
]);
/** Texts that are made before giving up. */
const MOST_ATTEMPTS = 4;
/** Pasted texts that may be something else. */
const MOST_PASTES = 8;
/** As long as all the texts together are good, and a little more. */
const MEETING_TIMEOUT_MS = 4 * 660_000;
