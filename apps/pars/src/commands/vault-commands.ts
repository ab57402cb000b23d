import type { ApiClient, VaultChange, VaultStatus } from '@pars/api/client';
import { err, type Failure, ok, type Result } from '@pars/base/result';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { readSecret } from '../input/secret-input.ts';
import { withNode } from '../node-connection.ts';
import { report, reportFailure, setExitCode, talk } from '../report.ts';
import { limitsFor } from '../vault/limits-text.ts';
import { linesFromVault } from '../vault/status-text.ts';
import { readNewPasswords } from '../vault/vault-passwords.ts';
import { visibleText } from '../visible-text.ts';

/** Options of `pars vault create`. */
export interface VaultCreateFlags extends CommonFlags {
  readonly tier: 'S' | 'L';
  readonly keeper: 'auto' | 'tpm' | 'keyring' | 'file';
  readonly passwordFile?: string;
}

/** Options of `pars vault unlock`. */
export interface VaultUnlockFlags extends CommonFlags {
  readonly passwordFile?: string;
}

/** Options of `pars vault passwd`. */
export interface VaultPasswdFlags extends VaultUnlockFlags {
  readonly newPasswordFile?: string;
  readonly forgetHidden: boolean;
}

/** Options of `pars vault grow`. */
export interface VaultGrowFlags extends VaultPasswdFlags {
  readonly tier: 'S' | 'L';
}

/** Filling a container, or moving into one, takes minutes on a slow disk. */
const LONG_MS = 30 * 60_000;

/** `pars vault create`. */
export async function createVault(this: CliContext, flags: VaultCreateFlags): Promise<void> {
  const { keeper, tier } = flags;
  if (this.input.isTerminal && flags.passwordFile === undefined) {
    const status = await vaultStatus(this, flags);
    if (!status.ok) return reportFailure(this, flags, status.error);
    if (status.value.state !== 'none') return reportFailure(this, flags, { code: 'vault/exists' });
    tellLimits(this);
  }
  const passwords = await readNewPasswords(this, flags.passwordFile);
  if (!passwords.ok) return reportFailure(this, flags, passwords.error);
  const params = { ...passwords.value, tier, ...(keeper === 'auto' ? {} : { keeper }) };
  const created = await whileWorking(
    this,
    flags,
    'filling the vault with random bytes',
    (client, signal) => client.call('vault.create', params, signal),
  );
  if (created.ok && !flags.json && created.value.keeper === 'file') warnOfFile(this);
  report(this, flags, created, (vault) => linesFromVault(vault));
  if (created.ok && !flags.json) {
    talk(
      this,
      'Next: `pars vault unlock`, then `pars id create --name NAME`; once for each profile.',
    );
  }
}

/** `pars vault unlock`. */
export async function unlockVault(this: CliContext, flags: VaultUnlockFlags): Promise<void> {
  if (this.input.isTerminal && flags.passwordFile === undefined) {
    // Nobody should type a password to learn that there is nothing to open.
    const status = await vaultStatus(this, flags);
    if (!status.ok) return reportFailure(this, flags, status.error);
    if (status.value.state === 'none') return reportFailure(this, flags, { code: 'vault/none' });
  }
  const password = await readSecret(this, { what: 'password', file: flags.passwordFile });
  if (!password.ok) return reportFailure(this, flags, password.error);
  const unlocked = await withNode(this, flags, (client, signal) =>
    client.call('vault.unlock', { password: password.value }, signal),
  );
  report(this, flags, unlocked, () => ['unlocked']);
  if (unlocked.ok && unlocked.value.identity === 'none' && !flags.json) {
    talk(
      this,
      'Nobody is in this profile yet: `pars id create --name NAME`, or `pars id restore`.',
    );
  }
}

/** `pars vault lock`. */
export async function lockVault(this: CliContext, flags: CommonFlags): Promise<void> {
  const locked = await withNode(this, flags, (client, signal) =>
    client.call('vault.lock', {}, signal),
  );
  report(this, flags, locked, () => ['locked']);
}

/** `pars vault status`. */
export async function showVault(this: CliContext, flags: CommonFlags): Promise<void> {
  report(this, flags, await vaultStatus(this, flags), (vault) => linesFromVault(vault));
}

/** `pars vault passwd`. */
export async function changePasswords(this: CliContext, flags: VaultPasswdFlags): Promise<void> {
  const changed = await changeVault(
    this,
    flags,
    'replacing all passwords',
    (client, change, signal) => client.call('vault.passwd', change, signal),
  );
  if (changed.ok && !changed.value.oldSecretErased) {
    talk(
      this,
      'Where the secret lies failed at the end: a copy of the disk from before still opens',
    );
    talk(this, 'with the old passwords. Run `pars vault passwd` again.');
  }
  report(this, flags, changed, () => ['the passwords are changed; the vault is locked']);
}

/** `pars vault grow`. */
export async function growVault(this: CliContext, flags: VaultGrowFlags): Promise<void> {
  const { tier } = flags;
  const grown = await changeVault(
    this,
    flags,
    'moving into a new vault',
    (client, change, signal) => client.call('vault.grow', { ...change, tier }, signal),
  );
  if (grown.ok && !grown.value.oldDestroyed) {
    talk(this, 'The old vault could not be destroyed. Restart the node; it tries again.');
  }
  report(this, flags, grown, () => [`everything is in a vault of tier ${tier}; it is locked`]);
}

/** `pars vault check`: ends with 1 when something is damaged. */
export async function checkVault(this: CliContext, flags: CommonFlags): Promise<void> {
  const checked = await whileWorking(this, flags, 'reading everything', (client, signal) =>
    client.call('vault.check', {}, signal),
  );
  if (checked.ok && checked.value.checks.some((each) => !each.ok)) {
    setExitCode(this, exitCodes.failure);
  }
  report(this, flags, checked, ({ checks }) =>
    checks.map(({ name, ok: isOk, detail }) => {
      return `${isOk ? 'ok  ' : 'BAD '} ${name.padEnd(16)} ${visibleText(detail)}`;
    }),
  );
}

/** `pars vault limits`: what is not protected. Needs no node. */
export async function showLimits(this: CliContext, flags: CommonFlags): Promise<void> {
  const limits = limitsFor(this.process.env ?? {});
  report(this, flags, ok(limits), ({ title, lines, note }) => [
    title,
    ...lines.map((line) => `- ${line}`),
    note,
  ]);
}

/** Asks for all passwords, and for consent where a hidden profile may be lost; then changes. */
async function changeVault<T>(
  context: CliContext,
  flags: VaultPasswdFlags,
  what: string,
  call: (
    client: ApiClient,
    change: VaultChange,
    signal: AbortSignal,
  ) => Promise<Result<T, Failure>>,
): Promise<Result<T, Failure>> {
  const { input } = context;
  if (input.isTerminal && flags.newPasswordFile === undefined) {
    talk(
      context,
      'All passwords are replaced at once. One that is to stay has to be given again: what is',
    );
    talk(
      context,
      'left empty opens nothing afterwards. A hidden profile stays only if its password is given',
    );
    talk(context, 'now AND a hidden password is given anew. Else it IS LOST FOR EVER.');
    talk(context, '');
  }
  const current = await readSecret(context, {
    what: input.isTerminal ? 'present password, the one that opens most' : 'present password',
    file: flags.passwordFile,
  });
  if (!current.ok) return current;
  const next = await readNewPasswords(context, flags.newPasswordFile);
  if (!next.ok) return next;
  const change: VaultChange = {
    current: current.value,
    next: next.value,
    ...(flags.forgetHidden ? { mayDestroyHidden: true } : {}),
  };
  const done = await whileWorking(context, flags, what, (client, signal) =>
    call(client, change, signal),
  );
  const isRefused = !done.ok && done.error.code === 'vault/hidden-password-needed';
  if (!isRefused || !input.isTerminal) return done;
  if (!(await agreesToLoss(context))) return err('cli/declined');
  return whileWorking(context, flags, what, (client, signal) =>
    call(client, { ...change, mayDestroyHidden: true }, signal),
  );
}

/** With the same words whether or not there is something to lose: nobody can know. */
async function agreesToLoss(context: CliContext): Promise<boolean> {
  talk(
    context,
    'This was not the hidden password, or there is to be none. Nobody can know whether',
  );
  talk(
    context,
    'there is a hidden profile, the node neither. IF THERE IS ONE, this destroys it and',
  );
  talk(context, 'everything in it for ever. Whoever has none loses nothing.');
  return (await context.input.askLine('Type `destroy` to go on: ')).trim() === 'destroy';
}

function vaultStatus(
  context: CliContext,
  flags: CommonFlags,
): Promise<Result<VaultStatus, Failure>> {
  return withNode(context, flags, (client, signal) => client.call('vault.status', {}, signal));
}

/** A call that takes long, with a line at the terminal while it does. */
async function whileWorking<T>(
  context: CliContext,
  flags: CommonFlags,
  what: string,
  call: (client: ApiClient, signal: AbortSignal) => Promise<Result<T, Failure>>,
): Promise<Result<T, Failure>> {
  context.progress?.(`${what} …`);
  const done = await withNode(context, flags, call, LONG_MS);
  context.progress?.(undefined);
  return done;
}

function tellLimits(context: CliContext): void {
  const { title, lines, note } = limitsFor(context.process.env ?? {});
  talk(context, `${title}:`);
  for (const line of lines) talk(context, `- ${line}`);
  talk(context, note);
  talk(context, '');
}

function warnOfFile(context: CliContext): void {
  talk(
    context,
    'This machine has no TPM and no keyring that Pars can use, or a file was asked for.',
  );
  talk(
    context,
    'The secret that duress and panic destroy lies in a FILE beside the vault. That is best',
  );
  talk(
    context,
    'effort: a solid-state disk, a snapshot or a backup may keep what was overwritten.',
  );
}
