import { connect, type Socket } from 'node:net';
import { type ApiClient, MAX_RESPONSE_BYTES, openApiClient } from '@pars/api/client';
import { err, type Failure, ok, type Result } from '@pars/base/result';
import type { DataFolderPaths } from '../data-folder/data-folder-paths.ts';
import { createLineChannel } from './line-channel.ts';
import { readToken } from './token-file.ts';

/**
 * Connects to the node that runs on a data folder, with the token kept there
 * (PIP-4000 §2). Codes: `rpc/unreachable`, `rpc/not-permitted`,
 * `rpc/bad-token-file`, and those of `openApiClient`.
 */
export async function connectToNode(
  paths: Pick<DataFolderPaths, 'socket' | 'token'>,
  signal?: AbortSignal,
): Promise<Result<ApiClient, Failure>> {
  const token = await readToken(paths.token);
  if (!token.ok) return token;
  const connected = await connectSocket(paths.socket, signal);
  if (!connected.ok) return connected;
  const channel = createLineChannel(connected.value, MAX_RESPONSE_BYTES);
  const options = signal === undefined ? {} : { signal };
  return openApiClient(channel, { token: token.value, ...options });
}

function connectSocket(
  path: string,
  signal: AbortSignal | undefined,
): Promise<Result<Socket, Failure>> {
  if (signal?.aborted === true) return Promise.resolve(err('api/cancelled'));
  return new Promise((resolve) => {
    const socket = connect(path);
    const cancel = (): void => {
      socket.destroy();
      resolve(err('api/cancelled'));
    };
    signal?.addEventListener('abort', cancel, { once: true });
    socket.once('connect', () => {
      signal?.removeEventListener('abort', cancel);
      resolve(ok(socket));
    });
    socket.once('error', (error) => {
      signal?.removeEventListener('abort', cancel);
      const isForbidden = 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
      resolve(isForbidden ? err('rpc/not-permitted') : err('rpc/unreachable'));
    });
  });
}
