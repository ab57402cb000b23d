import type { ApiClient } from '@pars/api/client';
import { err, type Failure, ok, type Result } from '@pars/base/result';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { readSecret } from '../input/secret-input.ts';
import { withNode } from '../node-connection.ts';
import { report, reportFailure, talk } from '../report.ts';
import { visibleText } from '../visible-text.ts';

/** Options of `pars id create`. */
export interface CreateFlags extends CommonFlags {
  readonly name: string;
}

/** Options of `pars id restore`. */
export interface RestoreFlags extends CreateFlags {
  readonly phraseFile?: string;
}

/** `pars id create`: a person in what is unlocked. */
export async function createIdentity(this: CliContext, flags: CreateFlags): Promise<void> {
  const created = await inOpenVault(this, flags, (client, signal) =>
    client.call('id.create', { name: flags.name }, signal),
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

/** `pars id restore`: the phrase comes from a file, standard input or a hidden prompt. */
export async function restoreIdentity(this: CliContext, flags: RestoreFlags): Promise<void> {
  // Nobody should type 24 words to learn that they could not be used.
  const ready = await inOpenVault(this, flags, async () => ok(undefined));
  if (!ready.ok) return reportFailure(this, flags, ready.error);
  const phrase = await readSecret(this, { what: 'recovery phrase', file: flags.phraseFile });
  if (!phrase.ok) return reportFailure(this, flags, phrase.error);
  const restored = await withNode(this, flags, (client, signal) =>
    client.call('id.restore', { name: flags.name, phrase: phrase.value }, signal),
  );
  report(this, flags, restored, ({ sessionId }) => [sessionId]);
}

/** `pars id unlock` and `pars id lock` of earlier versions: says what does it now. */
export async function pointToVault(this: CliContext, flags: CommonFlags): Promise<void> {
  reportFailure(this, flags, { code: 'cli/moved-to-vault' });
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

/** Does something that needs an open vault with nobody in it; else tells what is missing. */
async function inOpenVault<T>(
  context: CliContext,
  flags: CommonFlags,
  action: (client: ApiClient, signal: AbortSignal) => Promise<Result<T, Failure>>,
): Promise<Result<T, Failure>> {
  return withNode(context, flags, async (client, signal) => {
    const status = await client.call('node.status', {}, signal);
    if (!status.ok) return status;
    const { vault, identity } = status.value;
    if (vault === 'none') return err('vault/none');
    if (vault === 'locked') return err('vault/locked');
    if (identity === 'open') return err('session/identity-exists');
    return action(client, signal);
  });
}
