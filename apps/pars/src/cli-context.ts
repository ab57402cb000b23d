import type { StricliProcess } from '@stricli/core';

/** What a command may touch. Tests hand in their own. */
export interface CliContext {
  readonly process: StricliProcess;
  readonly input: CliInput;
  /** Ends long-running commands in order (Ctrl-C). */
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
}

/** Where secrets and texts are read from. */
export interface CliInput {
  readonly isTerminal: boolean;
  /** The next line of standard input, or `undefined` at its end. */
  readLine(): Promise<string | undefined>;
  /** All that is left of standard input. */
  readAll(): Promise<string>;
  /** Asks at the terminal without showing what is typed. */
  askHidden(question: string): Promise<string>;
  /** The content of a file. */
  readFile(path: string): Promise<string>;
}

/** Options of every command. */
export interface CommonFlags {
  readonly dataDir?: string;
  readonly json: boolean;
}
