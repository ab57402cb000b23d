import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { MAX_REQUEST_BYTES, serveChannel } from '@pars/api';
import { err, type Failure, ok, type Result } from '@pars/base';
import { WebSocketServer } from 'ws';
import type { UpgradeRefusal } from './errors.ts';
import { MAX_CONNECTIONS, type RpcServer, type RpcServerDeps } from './rpc-server.ts';
import { createWebSocketChannel } from './websocket-channel.ts';

/** The sub-protocol that a client must offer (PIP-4000 §1). */
export const WEBSOCKET_SUBPROTOCOL: string = 'pars.1';

/** Time for the headers of a request, in milliseconds. */
const HEADERS_TIMEOUT_MS = 5_000;

const STRICT_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
  connection: 'close',
};

/** Where the WebSocket carrier listens. */
export interface WebSocketServerOptions {
  /** 0 (the default) for a free port. The address is always 127.0.0.1. */
  readonly port?: number;
}

/** The WebSocket carrier. */
export interface WebSocketRpcServer extends RpcServer {
  readonly port: number;
}

/**
 * Serves the local API on a loopback WebSocket at `/api` (PIP-4000 §1): exact
 * `Host`, exact `Origin` where a browser sends one, the sub-protocol `pars.1`,
 * then the token in `api.open` as on every carrier. Every other request is
 * answered 404. Fails with `rpc/cannot-listen`.
 */
export async function serveOnWebSocket(
  deps: RpcServerDeps,
  options: WebSocketServerOptions = {},
): Promise<Result<WebSocketRpcServer, Failure>> {
  const ended = new AbortController();
  const connections = new Set<Promise<void>>();
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_REQUEST_BYTES,
    perMessageDeflate: false,
    handleProtocols: () => WEBSOCKET_SUBPROTOCOL,
  });
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 8_192,
    },
    answerNotFound,
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.on('drop', () => logRefusal('too-many-connections'));
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => undefined);
    const refusal = refusalOfUpgrade(request, portOf(server.address()));
    if (refusal !== undefined) {
      logRefusal(refusal);
      return refuseUpgrade(stream, refusal);
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const served = serveChannel(createWebSocketChannel(socket), deps, {
        handlers: deps.handlers,
        isToken: deps.isToken,
        signal: ended.signal,
      }).finally(() => connections.delete(served));
      connections.add(served);
    });
  });

  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port: options.port ?? 0, exclusive: true }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    server.close();
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return err('rpc/cannot-listen', { reason });
  }
  const port = portOf(server.address());
  return ok({
    port,
    address: `ws://127.0.0.1:${port}/api`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      ended.abort();
      await Promise.all(connections);
      server.closeAllConnections();
      await closed;
    },
  });

  function logRefusal(reason: UpgradeRefusal): void {
    deps.log.write('warn', 'rpc/refused', { reason });
  }
}

/** Why an upgrade is refused, if it is. The token is checked afterwards, inside. */
function refusalOfUpgrade(request: IncomingMessage, port: number): UpgradeRefusal | undefined {
  const { host, origin, 'sec-websocket-protocol': offered = '' } = request.headers;
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) return 'foreign-host';
  // A browser always sends an origin; what sends none is a program of this user, with a token.
  if (origin !== undefined && origin !== `http://${host}`) return 'foreign-origin';
  if (request.url !== '/api') return 'unknown-path';
  const protocols = offered.split(',').map((name) => name.trim());
  return protocols.includes(WEBSOCKET_SUBPROTOCOL) ? undefined : 'no-subprotocol';
}

const statusByRefusal: Readonly<Record<UpgradeRefusal, string>> = {
  'foreign-host': '403 Forbidden',
  'foreign-origin': '403 Forbidden',
  'unknown-path': '404 Not Found',
  'no-subprotocol': '400 Bad Request',
  'too-many-connections': '503 Service Unavailable',
};

function refuseUpgrade(stream: Duplex, refusal: UpgradeRefusal): void {
  const lines = Object.entries(STRICT_HEADERS).map(([name, value]) => `${name}: ${value}`);
  stream.end(
    [`HTTP/1.1 ${statusByRefusal[refusal]}`, ...lines, 'content-length: 0', '', ''].join('\r\n'),
  );
}

function answerNotFound(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { ...STRICT_HEADERS, 'content-length': '0' }).end();
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
