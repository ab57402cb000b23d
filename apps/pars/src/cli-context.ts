import type { StricliProcess } from '@stricli/core';
import type { PieceFiles } from './files/piece-files.ts';

/** What a command may touch. Tests hand in their own. */
export interface CliContext extends CliSurroundings {
  /** Standard error, for talk. What the parser writes to `process.stderr` is brought into form first. */
  readonly talkTo: StricliProcess['stderr'];
  /** Runs another command line in this process; gives its exit code. */
  readonly runCommand: (args: readonly string[], surroundings: CliSurroundings) => Promise<number>;
}

/** What a whole run of the command line is given from outside. */
export interface CliSurroundings {
  readonly process: StricliProcess;
  readonly input: CliInput;
  readonly files: PieceFiles;
  /** Shows how far something is in one line of the terminal, or clears it; absent where nobody looks. */
  readonly progress?: (line: string | undefined) => void;
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
  /** Asks at the terminal, showing what is typed; empty at the end of the terminal. */
  askLine(question: string): Promise<string>;
  /** The content of a file. */
  readFile(path: string): Promise<string>;
}

/** Options of every command. */
export interface CommonFlags {
  readonly dataDir?: string;
  readonly json: boolean;
}
