/** What the process tells its caller; the same numbers as the command line's (PIP-4000 §8). */
export const exitCodes = {
  success: 0,
  failure: 1,
  usage: 2,
  locked: 4,
  conflict: 7,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code for a failure to start. */
export function exitCodeFromFailure(code: string): ExitCode {
  if (code === 'data-folder/in-use') return exitCodes.conflict;
  if (code === 'vault/wrong-password') return exitCodes.locked;
  if (code.startsWith('parsd/bad-')) return exitCodes.usage;
  return exitCodes.failure;
}
