import type { VaultPasswords } from '@pars/api/client';
import { err, type Failure, ok, type Result } from '@pars/base/result';
import type { CliContext } from '../cli-context.ts';
import type { CliErrorCode } from '../errors.ts';
import { talk } from '../report.ts';

/** What each password does, before the first is asked for. */
const EXPLANATION: readonly string[] = [
  'A vault has up to three passwords. Each does something else:',
  '',
  '  decoy   opens the profile that you can show. Whoever forces you gets this one.',
  '          Use that profile now and then: one with nothing in it protects nobody.',
  '  hidden  opens your own profile, beside the decoy. Nobody can see whether there',
  '          is one. Whoever needs none leaves it empty and uses the decoy alone.',
  '  duress  opens the decoy in the same way, and destroys the way into the hidden',
  '          profile for ever. Nothing shows that it did. It may be empty, too.',
  '',
  'Nobody can give back a password that was forgotten, or what it opened.',
  '',
];

/**
 * All passwords of a vault, anew: three lines of a file or of standard input
 * (decoy, hidden, duress; an empty or missing line for none), or hidden prompts
 * with what each of them does. Codes: `cli/no-input`, `cli/bad-input`,
 * `cli/secrets-differ`.
 */
export async function readNewPasswords(
  context: CliContext,
  file: string | undefined,
): Promise<Result<VaultPasswords, Failure>> {
  if (file !== undefined) {
    const lines = await linesOfFile(context, file);
    return lines.ok ? passwordsFrom(lines.value) : lines;
  }
  const { input } = context;
  if (!input.isTerminal) {
    const lines: string[] = [];
    for (let count = 0; count < 3; count += 1) lines.push((await input.readLine()) ?? '');
    return passwordsFrom(lines);
  }
  for (const line of EXPLANATION) talk(context, line);
  const typed: string[] = [];
  for (const [what, isOptional] of KINDS) {
    const password = await askTwice(context, what, isOptional);
    if (!password.ok) return password;
    const isTaken = password.value !== '' && typed.includes(password.value);
    if (isTaken) return err('vault/bad-passwords');
    typed.push(password.value);
  }
  return passwordsFrom(typed);
}

const KINDS: readonly (readonly [string, boolean])[] = [
  ['decoy', false],
  ['hidden', true],
  ['duress', true],
];
/** Times that a new password may be typed wrongly. */
const MOST_ATTEMPTS = 3;

async function askTwice(
  context: CliContext,
  what: string,
  isOptional: boolean,
): Promise<Result<string, Failure<CliErrorCode>>> {
  const { input } = context;
  const question = `New ${what} password${isOptional ? ' (Enter for none)' : ''}: `;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const first = await input.askHidden(question);
    if (context.signal.aborted) break;
    if (first === '' && !isOptional) return err('cli/no-input', { what: `${what} password` });
    if (first === '') return ok(first);
    if ((await input.askHidden(`New ${what} password again: `)) === first) return ok(first);
    if (context.signal.aborted) break;
    talk(context, 'These were not the same. Once more:');
  }
  return err('cli/secrets-differ');
}

async function linesOfFile(
  context: CliContext,
  file: string,
): Promise<Result<readonly string[], Failure<CliErrorCode>>> {
  try {
    return ok((await context.input.readFile(file)).split(/\r?\n/));
  } catch {
    return err('cli/bad-input', { what: 'password file' });
  }
}

function passwordsFrom([decoy = '', hidden = '', duress = '']: readonly string[]): Result<
  VaultPasswords,
  Failure<CliErrorCode>
> {
  if (decoy === '') return err('cli/no-input', { what: 'decoy password' });
  return ok({
    decoy,
    ...(hidden === '' ? {} : { hidden }),
    ...(duress === '' ? {} : { duress }),
  });
}
