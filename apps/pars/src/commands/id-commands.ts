import type { Failure, Result } from '@pars/base';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { withNode } from '../node-connection.ts';
import { report, reportFailure, talk } from '../report.ts';
import { readSecret } from '../secret-input.ts';
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
  const password = await readPassword(this, flags.passwordFile, true);
  if (!password.ok) return reportFailure(this, flags, password.error);
  const created = await withNode(this, flags, (client, signal) =>
    client.call('id.create', { name: flags.name, password: password.value }, signal),
  );
  if (created.ok && !flags.json) {
    talk(this, 'Write the recovery phrase down on paper. It is shown this once, and it is the');
    talk(this, 'only way back to this identity when the device or the password is lost.');
  }
  report(this, flags, created, ({ sessionId, phrase }) => [sessionId, phrase]);
}

/** `pars id restore`. Without files, standard input gives the password, then the phrase. */
export async function restoreIdentity(this: CliContext, flags: RestoreFlags): Promise<void> {
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

function readPassword(
  context: CliContext,
  file: string | undefined,
  isNew: boolean,
): Promise<Result<string, Failure>> {
  return readSecret(context, { what: 'password', file, confirm: isNew });
}
