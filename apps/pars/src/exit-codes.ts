/** What the process tells its caller (PIP-4000 §8). */
export const exitCodes = {
  success: 0,
  failure: 1,
  usage: 2,
  unreachable: 3,
  locked: 4,
  notFound: 5,
  timedOut: 6,
  conflict: 7,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code that a failure's stable code stands for; 1 for those without one of their own. */
export function exitCodeFromFailure(code: string): ExitCode {
  return exitCodeByFailure.get(code) ?? exitCodes.failure;
}

const codesByExit: readonly (readonly [ExitCode, readonly string[]])[] = [
  [
    exitCodes.usage,
    [
      'api/invalid-params',
      'api/frame-too-large',
      'cli/bad-input',
      'cli/bad-list-address',
      'cli/bad-list-key',
      'cli/declined',
      'cli/input-taken',
      'cli/moved-to-vault',
      'cli/no-input',
      'cli/not-confirmed',
      'cli/secrets-differ',
      'cli/to-terminal',
      'cli/usage',
      'crypto/phrase-checksum',
      'crypto/phrase-length',
      'crypto/phrase-word',
      'mesh/bad-address',
      'mesh/bad-signal',
      'mesh/bad-node-link',
      'mesh/bad-node-list',
      'mesh/bad-radio-key',
      'mesh/bundle-not-ours',
      'mesh/signal-mismatch',
      'mesh/stale-node-list',
      'node/bad-bundle-size',
      'node/no-recipient',
      'session/bad-name',
      'session/bad-session-id',
      'session/bad-text',
      'session/invite-malformed',
      'session/invite-own',
      'vault/bad-passwords',
      'vault/hidden-password-needed',
    ],
  ],
  [
    exitCodes.unreachable,
    [
      'api/closed',
      'api/unauthorized',
      'node/stopped',
      'rpc/bad-token-file',
      'rpc/not-permitted',
      'rpc/unreachable',
    ],
  ],
  [exitCodes.locked, ['node/locked', 'session/locked', 'vault/locked', 'vault/wrong-password']],
  [
    exitCodes.notFound,
    [
      'cli/no-contact',
      'cli/not-read',
      'cli/no-proposal',
      'cli/no-proposals',
      'git/no-revision',
      'node/no-list',
      'session/no-contact',
      'session/no-identity',
      'vault/none',
    ],
  ],
  [
    exitCodes.timedOut,
    [
      'api/cancelled',
      'cli/undelivered',
      'mesh/aborted',
      'mesh/handshake-closed',
      'mesh/handshake-timeout',
      'mesh/signal-expired',
      'mesh/relay-no-target',
      'mesh/relay-silent',
      'mesh/unreachable',
      'node/peer-later',
      'node/timeout',
    ],
  ],
  [
    exitCodes.conflict,
    [
      'cli/ambiguous-contact',
      'cli/file-exists',
      'cli/not-a-draft',
      'cli/proposal-exists',
      'mesh/signal-replayed',
      'mesh/outdated-node-list',
      'session/ambiguous-contact',
      'session/card-changed',
      'session/contact-name-taken',
      'session/identity-exists',
      'vault/exists',
    ],
  ],
];

const exitCodeByFailure: ReadonlyMap<string, ExitCode> = new Map(
  codesByExit.flatMap(([exit, codes]) => codes.map((code) => [code, exit] as const)),
);
