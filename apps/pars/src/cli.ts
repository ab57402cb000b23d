import { run } from '@stricli/core';
import { application } from './application.ts';
import type { CliContext, CliSurroundings } from './cli-context.ts';
import { exitCodes } from './exit-codes.ts';
import { createPieceFiles } from './files/piece-files.ts';
import { createProgressLine } from './files/progress-line.ts';
import { moveLeadingOptions } from './input/leading-options.ts';
import { createTerminalInput } from './input/terminal-input.ts';
import { printFailureJson, talk } from './report.ts';

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
    files: createPieceFiles(),
    ...(stderr.isTTY === true ? { progress: createProgressLine(stderr) } : {}),
    signal: interrupted.signal,
    nowMs: () => Date.now(),
  });
}

/** Runs one command line with everything from outside handed in. */
export async function runCommand(
  args: readonly string[],
  surroundings: CliSurroundings,
): Promise<number> {
  let complaint = '';
  const recorder = {
    write: (text: string) => {
      complaint += text;
    },
  };
  const context: CliContext = {
    ...surroundings,
    process: { ...surroundings.process, stderr: recorder },
    talkTo: surroundings.process.stderr,
    runCommand,
  };
  await run(application, moveLeadingOptions(args), context);
  // The parser's own codes are negative: -5 and -4 mean that the command line was wrong.
  const ended = Number(context.process.exitCode ?? exitCodes.success);
  const code = ended <= -4 ? exitCodes.usage : ended < 0 ? exitCodes.failure : ended;
  if (complaint !== '') tellComplaint(context, args, complaint.trim(), code);
  return code;
}

/** What the parser says, in the form that was asked for. */
function tellComplaint(
  context: CliContext,
  args: readonly string[],
  complaint: string,
  exitCode: number,
): void {
  const end = args.indexOf('--');
  const isJson = args.slice(0, end === -1 ? args.length : end).includes('--json');
  const code = exitCode === exitCodes.usage ? 'cli/usage' : 'cli/bug';
  if (isJson) printFailureJson(context, { code }, complaint);
  else talk(context, complaint);
}
