import type { Failure, Result } from '@pars/base';
import { adviceFromFailure } from './advice.ts';
import type { CliContext, CommonFlags } from './cli-context.ts';
import { type ExitCode, exitCodeFromFailure } from './exit-codes.ts';
import { jsonLine } from './visible-text.ts';

/** Version of the objects that `--json` prints (PIP-4000 §8). */
export const SCHEMA_VERSION: 1 = 1;

/** Prints a result: one JSON object, or the lines that `render` makes of it. Failures set the exit code. */
export function report<T extends object>(
  context: CliContext,
  flags: CommonFlags,
  result: Result<T, Failure>,
  render: (value: T) => readonly string[],
): void {
  if (!result.ok) return reportFailure(context, flags, result.error);
  if (flags.json) return printJson(context, result.value);
  for (const line of render(result.value)) print(context, line);
}

/** Tells what went wrong and what to do, on standard error, and sets the exit code. */
export function reportFailure(context: CliContext, flags: CommonFlags, failure: Failure): void {
  context.process.exitCode = exitCodeFromFailure(failure.code);
  const advice = adviceFromFailure(failure);
  if (!flags.json) return talk(context, `pars: ${advice} [${failure.code}]`);
  printFailureJson(context, failure, advice);
}

/** One object on standard error. */
export function printFailureJson(context: CliContext, failure: Failure, advice: string): void {
  const { code, meta = {} } = failure;
  talk(context, jsonLine({ schemaVersion: SCHEMA_VERSION, error: { code, meta, advice } }));
}

/** One object on standard output. */
export function printJson(context: CliContext, value: object): void {
  print(context, jsonLine({ schemaVersion: SCHEMA_VERSION, ...value }));
}

/** One line of data. */
export function print(context: CliContext, line: string): void {
  context.process.stdout.write(`${line}\n`);
}

/** One line of talk. */
export function talk(context: CliContext, line: string): void {
  context.talkTo.write(`${line}\n`);
}

/** Ends with another code than the one of a failure. */
export function setExitCode(context: CliContext, code: ExitCode): void {
  context.process.exitCode = code;
}
