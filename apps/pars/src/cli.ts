import { run } from '@stricli/core';
import { application } from './application.ts';
import type { CliContext } from './cli-context.ts';
import { exitCodes } from './exit-codes.ts';
import { moveLeadingOptions } from './leading-options.ts';
import { createTerminalInput } from './terminal-input.ts';

/** Runs one command line in this process and returns the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => interrupted.abort());
  }
  // A reader that closed the pipe (`pars … | head`) is no error.
  process.stdout.on('error', () => process.exit(exitCodes.success));
  const { stdout, stderr, env } = process;
  return runCommand(args, {
    process: { stdout, stderr, env },
    input: createTerminalInput(),
    signal: interrupted.signal,
    nowMs: () => Date.now(),
  });
}

/** Runs one command line with everything from outside handed in. */
export async function runCommand(args: readonly string[], context: CliContext): Promise<number> {
  await run(application, moveLeadingOptions(args), context);
  // The parser's own codes are negative: -5 and -4 mean that the command line was wrong.
  const code = Number(context.process.exitCode ?? exitCodes.success);
  if (code >= 0) return code;
  return code <= -4 ? exitCodes.usage : exitCodes.failure;
}
