import { execFile } from 'node:child_process';
import type { Failure } from '@pars/base';
import { err, ok, type Result } from '@pars/base/result';
import type { GitErrorCode } from './errors.ts';

/** Bytes that one call of git may print. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** How long one call of git may take. */
const LIMIT_MS = 30_000;

/** Settings of a repository that could start a program or ask somebody. */
const QUIET_SETTINGS = [
  ['core.fsmonitor', 'false'],
  ['log.showSignature', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['protocol.allow', 'never'],
].flatMap(([key, value]) => ['-c', `${key}=${value}`]);

/**
 * Runs git in a folder, without a shell, pager, hook, network or questions,
 * with a bounded output and time. Gives what it printed. Variables that point
 * git at another repository, as hooks have them, do not reach it. The input may
 * come later, for git to start meanwhile; it must come.
 */
export function runGit(
  folder: string,
  args: readonly string[],
  input: string | Promise<string> = '',
): Promise<Result<Uint8Array, Failure<GitErrorCode>>> {
  const { PATH, HOME, XDG_CONFIG_HOME } = process.env;
  const env = {
    PATH,
    HOME,
    XDG_CONFIG_HOME,
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
  };
  return new Promise((resolve) => {
    const child = execFile(
      'git',
      ['--no-pager', ...QUIET_SETTINGS, '-C', folder, ...args],
      { env, encoding: 'buffer', maxBuffer: MAX_OUTPUT_BYTES, timeout: LIMIT_MS, shell: false },
      (error, stdout) => {
        if (error === null) resolve(ok(new Uint8Array(stdout)));
        else if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') resolve(err('git/too-much'));
        else resolve(err('git/unavailable'));
      },
    );
    // Git may end before it has read everything; that is its exit code's matter.
    child.stdin?.on('error', () => undefined);
    void Promise.resolve(input).then((text) => child.stdin?.end(text));
  });
}
