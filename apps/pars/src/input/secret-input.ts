import { err, type Failure, ok, type Result } from '@pars/base/result';
import type { CliContext } from '../cli-context.ts';
import type { CliErrorCode } from '../errors.ts';
import { talk } from '../report.ts';

/** Where a secret comes from: a file, else standard input, else a hidden prompt. Never the command line. */
export interface SecretRequest {
  /** For the prompt and for failures: `password`. */
  readonly what: string;
  readonly file?: string | undefined;
  /** Ask twice at a terminal, for a new secret. */
  readonly confirm?: boolean;
}

/** Reads a secret: one line, its line break removed. Codes: `cli/no-input`, `cli/bad-input`, `cli/secrets-differ`. */
export async function readSecret(
  context: CliContext,
  request: SecretRequest,
): Promise<Result<string, Failure>> {
  const { what, file, confirm = false } = request;
  const { input } = context;
  if (file !== undefined) return readSecretFile(context, what, file);
  if (!input.isTerminal) return checked(what, await input.readLine());
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const first = checked(what, await input.askHidden(`${capitalise(what)}: `));
    if (!first.ok || !confirm) return first;
    if ((await input.askHidden(`${capitalise(what)} again: `)) === first.value) return first;
    if (context.signal.aborted) break;
    talk(context, 'These were not the same. Once more:');
  }
  return err('cli/secrets-differ');
}

/** Text that is an argument, or standard input when the argument is `-`. */
export async function readText(
  context: CliContext,
  what: string,
  argument: string,
): Promise<Result<string, Failure>> {
  if (argument !== '-') return checked(what, argument);
  return checked(what, (await context.input.readAll()).replace(/\r?\n$/, ''));
}

/** Times that a new secret may be typed wrongly. */
const MOST_ATTEMPTS = 3;

async function readSecretFile(
  context: CliContext,
  what: string,
  file: string,
): Promise<Result<string, Failure>> {
  try {
    const content = await context.input.readFile(file);
    return checked(what, content.split(/\r?\n/, 1)[0]);
  } catch {
    return err('cli/bad-input', { what: `${what} file` });
  }
}

function checked(what: string, value: string | undefined): Result<string, Failure<CliErrorCode>> {
  return value === undefined || value === '' ? err('cli/no-input', { what }) : ok(value);
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
