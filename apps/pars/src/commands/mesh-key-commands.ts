import { err, type Failure, ok, type Result } from '@pars/base/result';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { readSecret } from '../input/secret-input.ts';
import { counted } from '../mesh/mesh-text.ts';
import { print, printJson, reportFailure, talk } from '../report.ts';
import { visibleLine } from '../visible-text.ts';
import { wallTime } from '../wall-time.ts';

/** Options of `pars mesh radio new-key`. */
export interface RadioKeyFlags extends Pick<CommonFlags, 'json'> {
  readonly group?: string;
  readonly passphraseFile?: string;
}

/** Options of `pars mesh list make`. */
export interface ListMakeFlags extends Pick<CommonFlags, 'json'> {
  readonly key: string;
  readonly days: number;
}

/** `pars mesh radio new-key`: makes the key of a radio group, without any node. */
export async function makeRadioKey(
  this: CliContext,
  flags: RadioKeyFlags,
  path?: string,
): Promise<void> {
  const { group, passphraseFile } = flags;
  if (group === undefined && passphraseFile !== undefined) {
    return reportFailure(this, flags, missing('name of the group (`--group`)'));
  }
  if (group !== undefined && group.trim() === '') {
    return reportFailure(this, flags, err('cli/bad-input', { what: 'name of the group' }).error);
  }
  const passphrase =
    group === undefined
      ? ok(undefined)
      : await readSecret(this, { what: 'passphrase', file: passphraseFile, confirm: true });
  if (!passphrase.ok) return reportFailure(this, flags, passphrase.error);
  const { newRadioKey } = await import('../mesh/radio-key.ts');
  const shared =
    group === undefined || passphrase.value === undefined
      ? undefined
      : { group, passphrase: passphrase.value };
  const link = await newRadioKey(shared);
  if (path !== undefined && path !== '-') {
    const written = await writeSecret(this, path, `${link}\n`);
    if (!written.ok) return reportFailure(this, flags, written.error);
    if (flags.json) printJson(this, { file: path });
    else print(this, visibleLine(path));
  } else if (flags.json) printJson(this, { key: link });
  else print(this, link);
  if (flags.json) return;
  if (shared !== undefined) {
    talk(
      this,
      'Whoever records one frame can try passphrases on it for ever. A key without one is safer.',
    );
  }
  talk(this, 'All stations of a group need this key, and nobody else may have it.');
}

/** `pars mesh list make --key FILE ADDRESS...`: signs a list of nodes for others to take in, without any node. */
export async function makeList(
  this: CliContext,
  flags: ListMakeFlags,
  ...addresses: readonly string[]
): Promise<void> {
  const { createListSigner, signList } = await import('../mesh/list-signing.ts');
  const signer = await createListSigner(await readIfThere(this, flags.key));
  if (!signer.ok) {
    return reportFailure(this, flags, err(signer.error.code, { path: flags.key }).error);
  }
  const nowMs = this.nowMs();
  const signed = await signList(signer.value, addresses, { nowMs, days: flags.days });
  if (!signed.ok) return reportFailure(this, flags, signed.error);
  const { newKeyText } = signer.value;
  if (newKeyText !== undefined) {
    // A list whose key is lost can never be replaced: first the key, then the list.
    const written = await writeSecret(this, flags.key, newKeyText);
    if (!written.ok) return reportFailure(this, flags, written.error);
  }
  const { expiresAtMs, key, nodes, text } = signed.value;
  if (flags.json) return printJson(this, { key, nodes, expiresAtMs, text });
  this.process.stdout.write(text);
  if (newKeyText !== undefined) talk(this, `A new key is in ${visibleLine(flags.key)}. Keep it.`);
  talk(
    this,
    `${counted(nodes, 'node')}, until ${wallTime(new Date(expiresAtMs))}. Key: ${key}. Sign again with the same key before that: it replaces this list wherever it was taken in.`,
  );
}

/** A file of mode 0600 that was not there before. */
async function writeSecret(
  context: CliContext,
  path: string,
  text: string,
): Promise<Result<void, Failure>> {
  const file = await context.files.create(path, false);
  if (!file.ok) return file;
  const written = await file.value.write(new TextEncoder().encode(text));
  if (written.ok) return await file.value.finish();
  await file.value.abandon();
  return written;
}

/** A key that is not there yet is made; one that is there and cannot be read is no reason to make another. */
async function readIfThere(context: CliContext, path: string): Promise<string | undefined> {
  const opened = await context.files.open(path);
  if (!opened.ok) return undefined;
  return await context.input.readFile(path).catch(() => '');
}

function missing(what: string): Failure {
  return err('cli/no-input', { what }).error;
}
