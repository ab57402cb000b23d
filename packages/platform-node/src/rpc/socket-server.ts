import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { MAX_REQUEST_BYTES, serveChannel } from '@pars/api';
import { err, type Failure, ok, type Result } from '@pars/base';
import { createLineChannel } from './line-channel.ts';
import { MAX_CONNECTIONS, type RpcServer, type RpcServerDeps } from './rpc-server.ts';

/**
 * Serves the local API on a unix socket of mode 0600, or a Windows pipe
 * (PIP-4000 §1). The caller holds the folder's lock, so a socket file that is
 * there already belongs to a process that died, and is replaced.
 *
 * At most 64 connections; more are dropped. Fails with `rpc/cannot-listen`.
 */
export async function serveOnSocket(
  path: string,
  deps: RpcServerDeps,
): Promise<Result<RpcServer, Failure>> {
  const ended = new AbortController();
  const connections = new Set<Promise<void>>();
  const server = createServer((socket: Socket) => {
    const served = serveChannel(createLineChannel(socket, MAX_REQUEST_BYTES), deps, {
      handlers: deps.handlers,
      isToken: deps.isToken,
      signal: ended.signal,
    }).finally(() => connections.delete(served));
    connections.add(served);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('drop', () =>
    deps.log.write('warn', 'rpc/refused', { reason: 'too-many-connections' }),
  );
  const isFile = !path.startsWith('\\\\');
  try {
    if (isFile) await rm(path, { force: true });
    await listen(server, path);
    if (isFile) await chmod(path, 0o600);
  } catch (error) {
    server.close();
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return err('rpc/cannot-listen', { reason });
  }
  return ok({
    address: path,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      ended.abort();
      await Promise.all([closed, ...connections]);
    },
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
