import type { ApiClient } from '@pars/api/client';
import type { Failure, Result } from '@pars/base';
import { connectToNode, dataFolderPaths } from '@pars/platform-node/rpc-client';
import type { CliContext, CommonFlags } from './cli-context.ts';

/** How long one command waits for the node, in milliseconds. Dialling and password hashing fit in. */
export const ANSWER_TIMEOUT_MS: number = 60_000;

/**
 * Connects to the node of `--data-dir`, runs `action`, and closes. Ctrl-C ends
 * it, and so does `timeoutMs` (`Infinity` for commands that go on for ever).
 */
export async function withNode<T>(
  context: CliContext,
  flags: CommonFlags,
  action: (client: ApiClient, signal: AbortSignal) => Promise<Result<T, Failure>>,
  timeoutMs: number = ANSWER_TIMEOUT_MS,
): Promise<Result<T, Failure>> {
  const timeout = new AbortController();
  const timer = timeoutMs === Infinity ? undefined : setTimeout(() => timeout.abort(), timeoutMs);
  const signal = AbortSignal.any([context.signal, timeout.signal]);
  try {
    const connected = await connectToNode(dataFolderPaths(flags.dataDir), signal);
    if (!connected.ok) return connected;
    await using client = connected.value;
    return await action(client, signal);
  } finally {
    clearTimeout(timer);
  }
}
