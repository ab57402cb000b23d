import { runCommand } from './cli.ts';
import type { CliInput } from './cli-context.ts';
import { createPieceFiles } from './files/piece-files.ts';

/** What a run of the command line finds around it. */
export interface Surroundings {
  readonly stdin?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** What is typed at prompts; makes standard input a terminal. */
  readonly answers?: readonly string[];
  readonly onQuestion?: () => void;
  readonly signal?: AbortSignal;
  readonly onOutput?: () => void;
}

/** How a run ended and what it wrote. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line in this process, with everything around it handed in. */
export async function runWith(
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<Outcome> {
  const { stdin = '', files = {}, answers, onQuestion, signal, onOutput } = surroundings;
  let stdout = '';
  let stderr = '';
  let rest = stdin;
  const typed = [...(answers ?? [])];
  const input: CliInput = {
    isTerminal: answers !== undefined,
    readLine: async () => {
      const [line, ...others] = rest.split('\n');
      rest = others.join('\n');
      return line === '' ? undefined : line;
    },
    readAll: async () => rest,
    askHidden: async () => {
      onQuestion?.();
      return typed.shift() ?? '';
    },
    askLine: async () => {
      onQuestion?.();
      return typed.shift() ?? '';
    },
    readFile: async (path) => files[path] ?? Promise.reject(new Error('ENOENT')),
  };
  const code = await runCommand(args, {
    process: {
      stdout: {
        write: (text: string) => {
          stdout += text;
          onOutput?.();
        },
      },
      stderr: {
        write: (text: string) => {
          stderr += text;
        },
      },
      env: { STRICLI_NO_COLOR: '1' },
    },
    input,
    files: createPieceFiles(),
    signal: signal ?? new AbortController().signal,
    nowMs: () => Date.now(),
  });
  return { code, stdout, stderr };
}
