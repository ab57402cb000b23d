import { err, type Failure, ok, type Result } from '@pars/base/result';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { readSecret } from '../input/secret-input.ts';
import { withNode } from '../node-connection.ts';
import { report, reportFailure, talk } from '../report.ts';
import { visibleText } from '../visible-text.ts';

/** Options of `pars id create`. */
export interface CreateFlags extends CommonFlags {
  readonly name: string;
  readonly passwordFile?: string;
}

/** Options of `pars id restore`. */
export interface RestoreFlags extends CreateFlags {
  readonly phraseFile?: string;
}

/** Options of `pars id unlock`. */
export interface UnlockFlags extends CommonFlags {
  readonly passwordFile?: string;
}

/** `pars id create`. */
export async function createIdentity(this: CliContext, flags: CreateFlags): Promise<void> {
  const awaited = await awaitIdentity(this, flags, 'none');
  if (!awaited.ok) return reportFailure(this, flags, awaited.error);
  const password = await readPassword(this, flags.passwordFile, true);
  if (!password.ok) return reportFailure(this, flags, password.error);
  const created = await withNode(this, flags, (client, signal) =>
    client.call('id.create', { name: flags.name, password: password.value }, signal),
  );
  if (created.ok && !flags.json) {
    talk(this, 'Write the recovery phrase down on paper. It is shown this once, and it is the');
    talk(this, 'only way back to this identity when the device or the password is lost.');
  }
  report(this, flags, created, ({ sessionId, phrase }) => [
    `session  ${sessionId}`,
    `phrase   ${phrase}`,
  ]);
}

/** `pars id restore`. Without files, standard input gives the password, then the phrase. */
export async function restoreIdentity(this: CliContext, flags: RestoreFlags): Promise<void> {
  const awaited = await awaitIdentity(this, flags, 'none');
  if (!awaited.ok) return reportFailure(this, flags, awaited.error);
  const password = await readPassword(this, flags.passwordFile, true);
  if (!password.ok) return reportFailure(this, flags, password.error);
  const phrase = await readSecret(this, { what: 'recovery phrase', file: flags.phraseFile });
  if (!phrase.ok) return reportFailure(this, flags, phrase.error);
  const restored = await withNode(this, flags, (client, signal) =>
    client.call(
      'id.restore',
      { name: flags.name, password: password.value, phrase: phrase.value },
      signal,
    ),
  );
  report(this, flags, restored, ({ sessionId }) => [sessionId]);
}

/** `pars id unlock`. */
export async function unlockIdentity(this: CliContext, flags: UnlockFlags): Promise<void> {
  const awaited = await awaitIdentity(this, flags, 'some');
  if (!awaited.ok) return reportFailure(this, flags, awaited.error);
  const password = await readPassword(this, flags.passwordFile, false);
  if (!password.ok) return reportFailure(this, flags, password.error);
  const unlocked = await withNode(this, flags, (client, signal) =>
    client.call('id.unlock', { password: password.value }, signal),
  );
  report(this, flags, unlocked, ({ sessionId }) => [sessionId]);
}

/** `pars id lock`. */
export async function lockIdentity(this: CliContext, flags: CommonFlags): Promise<void> {
  const locked = await withNode(this, flags, (client, signal) =>
    client.call('id.lock', {}, signal),
  );
  report(this, flags, locked, () => ['locked']);
}

/** `pars id show`. */
export async function showIdentity(this: CliContext, flags: CommonFlags): Promise<void> {
  const shown = await withNode(this, flags, (client, signal) => client.call('id.show', {}, signal));
  report(this, flags, shown, ({ sessionId, link, name, createdAtMs }) => [
    `name     ${visibleText(name)}`,
    `session  ${sessionId}`,
    `link     ${link}`,
    `created  ${new Date(createdAtMs).toISOString()}`,
  ]);
}

/** Nobody should type a password, twice even, to learn that the node could not use it. */
async function awaitIdentity(
  context: CliContext,
  flags: UnlockFlags,
  expected: 'none' | 'some',
): Promise<Result<void, Failure>> {
  if (!context.input.isTerminal || flags.passwordFile !== undefined) return ok(undefined);
  const status = await withNode(context, flags, (client, signal) =>
    client.call('node.status', {}, signal),
  );
  if (!status.ok) return status;
  const isNobody = status.value.identity === 'none';
  if (isNobody === (expected === 'none')) return ok(undefined);
  return err(isNobody ? 'session/no-identity' : 'session/identity-exists');
}

function readPassword(
  context: CliContext,
  file: string | undefined,
  isNew: boolean,
): Promise<Result<string, Failure>> {
  return readSecret(context, { what: 'password', file, confirm: isNew });
}
