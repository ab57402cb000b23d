import type { IncomingMessage } from 'node:http';
import { Server, type Socket } from 'node:net';
import type { Listener, MultiaddrConnection, Upgrader } from '@libp2p/interface';
import { ipPortToMultiaddr } from '@libp2p/utils';
import { webSockets } from '@libp2p/websockets';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { type Clock, ParsError, type Scheduler } from '@pars/base';
import { createHalfOpenTable, handshakeTimeoutMs, sourceOf } from '@pars/mesh';
import type { Libp2pOptions } from 'libp2p';
import { WebSocket, WebSocketServer } from 'ws';
import { proxiedAddress } from './proxied-address.ts';

type TransportFactory = NonNullable<Libp2pOptions['transports']>[number];

/** Largest WebSocket message in bytes; we send at most 256 KiB at once. */
const maxWebSocketMessage = 1_048_576;

/** Bytes that may wait while a WebSocket is not read, each message with what it costs us besides. */
const maxUnreadCost = 2 * maxWebSocketMessage;
const messageCost = 512;
/** Messages below 64 bytes on one connection: a handshake has one, frames have 256 bytes or more. */
const maxShortMessages = 1_024;
const shortMessageBytes = 64;

/** The bounds that the node chooses. */
export interface WebSocketBounds {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** Sockets that one listener holds at most; more are closed by the system. */
  readonly maxSockets: number;
  /** Of those, sockets that have not become a WebSocket yet. */
  readonly maxHalfOpen: number;
  /** Whether a proxy on this machine, which says who asks, stands before the listeners. */
  readonly isBehindProxy: boolean;
}

/**
 * libp2p's WebSocket transport with what it lacks (PIP-1000 §8): a refused
 * connection is really closed (libp2p asks for a close code that no WebSocket
 * takes, and then forgets the socket), a malformed frame ends its connection
 * instead of the process, sockets that never become a WebSocket
 * are bounded in number and time, messages are bounded on both sides, nothing
 * is compressed and the dialer does not name its program.
 *
 * It changes the transport from within: a libp2p that is built differently
 * must be looked at again, so that throws `mesh/transport-changed`.
 */
export function boundedWebSockets(bounds: WebSocketBounds): TransportFactory {
  const create = webSockets({
    http: {
      headersTimeout: handshakeTimeoutMs,
      requestTimeout: handshakeTimeoutMs,
      connectionsCheckingInterval: handshakeTimeoutMs / 4,
      maxHeaderSize: 8_192,
    },
  });
  return (components) => {
    const transport = create(components);
    const createListener = transport.createListener.bind(transport);
    const dial = transport.dial.bind(transport);
    if (!('_connect' in transport)) throw new ParsError('mesh/transport-changed');
    Object.defineProperty(transport, '_connect', { value: connectWebSocket });
    const dialFilter = transport.dialFilter.bind(transport);
    // libp2p does not know that a WebSocket may have a path.
    transport.dialFilter = (addresses) =>
      addresses.filter((address) => dialFilter([withoutPath(address)]).length > 0);
    transport.dial = (address, options) =>
      dial(address, { ...options, upgrader: resetting(options.upgrader) });
    transport.createListener = (options) => {
      const waiting = createWaitingSockets(bounds);
      const addressOf = new WeakMap<WebSocket, Multiaddr>();
      const upgrader = resetting(options.upgrader, (raw) => {
        waiting.release(raw.remoteAddr.toString());
        const address = addressOf.get(webSocketOf(raw));
        if (address !== undefined) raw.remoteAddr = address;
      });
      const listener = createListener({ ...options, upgrader });
      return boundListener(listener, waiting, bounds, (webSocket, request) => {
        const address = bounds.isBehindProxy ? proxiedAddress(request) : undefined;
        if (address !== undefined) addressOf.set(webSocket, address);
      });
    };
    return transport;
  };
}

/** Stands in for libp2p's dialer, which uses the WebSocket of the platform. */
async function connectWebSocket(
  address: Multiaddr,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<WebSocket> {
  signal?.throwIfAborted();
  const socket = new WebSocket(webSocketUrl(address), {
    maxPayload: maxWebSocketMessage,
    perMessageDeflate: false,
    followRedirects: false,
    handshakeTimeout: handshakeTimeoutMs,
  });
  socket.binaryType = 'arraybuffer';
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => socket.terminate();
  signal?.addEventListener('abort', onAbort);
  socket.once('open', resolve);
  // Stays: an error after the opening is followed by the close that libp2p listens for.
  socket.on('error', reject);
  socket.once('close', () => reject(new Error('closed before it was open')));
  try {
    await promise;
    return socket;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

function withoutPath(address: Multiaddr): Multiaddr {
  return multiaddr(address.toString().replace(/(\/wss?)\/http-path\/[^/]+/, '$1'));
}

/** `/ip4/192.0.2.1/tcp/443/tls/ws/http-path/chat` is `wss://192.0.2.1:443/chat`. */
function webSocketUrl(address: Multiaddr): string {
  const components = address.getComponents();
  const valueOf = (name: string): string | undefined =>
    components.find((component) => component.name === name)?.value;
  const isSecure = components.some(({ name }) => name === 'tls' || name === 'wss');
  const [first] = components;
  const host = first?.name === 'ip6' ? `[${first.value}]` : first?.value;
  const name = valueOf('sni') ?? host ?? '';
  const path = (valueOf('http-path') ?? '').replace(/^\//, '');
  return `${isSecure ? 'wss' : 'ws'}://${name}:${valueOf('tcp') ?? ''}/${path}`;
}

/** An upgrader whose connections are closed at once when they are aborted. */
function resetting(
  upgrader: Upgrader,
  onInbound: (raw: MultiaddrConnection) => void = () => undefined,
): Upgrader {
  return {
    upgradeInbound(raw, options) {
      onInbound(raw);
      return upgrader.upgradeInbound(terminating(raw), options);
    },
    upgradeOutbound: (raw, options) => upgrader.upgradeOutbound(terminating(raw), options),
    createInboundAbortSignal: (signal) => upgrader.createInboundAbortSignal(signal),
    getStreamMuxers: () => upgrader.getStreamMuxers(),
    getConnectionEncrypters: () => upgrader.getConnectionEncrypters(),
  };
}

function terminating(raw: MultiaddrConnection): MultiaddrConnection {
  const socket = webSocketOf(raw);
  if (!('sendReset' in raw)) throw new ParsError('mesh/transport-changed');
  Object.defineProperty(raw, 'sendReset', { value: () => socket.terminate() });
  boundUnread(raw);
  return raw;
}

function webSocketOf(raw: MultiaddrConnection): WebSocket {
  const socket = 'websocket' in raw ? raw.websocket : undefined;
  if (!(socket instanceof WebSocket)) throw new ParsError('mesh/transport-changed');
  return socket;
}

/** A WebSocket cannot be paused, so what it sends meanwhile is counted, crumbs at what they cost. */
function boundUnread(raw: MultiaddrConnection): void {
  const onData = 'onData' in raw ? raw.onData : undefined;
  if (!isDataHandler(onData)) throw new ParsError('mesh/transport-changed');
  let unreadCost = 0;
  let shortMessages = 0;
  const value = (data: Uint8Array): void => {
    if (raw.readBufferLength === 0) unreadCost = 0;
    unreadCost += data.byteLength + messageCost;
    if (data.byteLength < shortMessageBytes) shortMessages += 1;
    if (unreadCost > maxUnreadCost || shortMessages > maxShortMessages)
      raw.abort(new ParsError('mesh/handshake-closed'));
    else onData.call(raw, data);
  };
  Object.defineProperty(raw, 'onData', { value });
}

function isDataHandler(value: unknown): value is (data: Uint8Array) => void {
  return typeof value === 'function';
}

/** Sockets of one listener that have not become a WebSocket yet. */
interface WaitingSockets {
  add(socket: Socket): void;
  /** It has become one. */
  release(this: void, address: string): void;
}

function createWaitingSockets(bounds: WebSocketBounds): WaitingSockets {
  const { maxHalfOpen, scheduler } = bounds;
  const table = createHalfOpenTable(bounds, maxHalfOpen);
  const forgetByAddress = new Map<string, () => void>();
  return {
    add(socket) {
      const { remoteAddress, remotePort } = socket;
      if (remoteAddress === undefined || remotePort === undefined) return void socket.destroy();
      const address = ipPortToMultiaddr(remoteAddress, remotePort).encapsulate('/ws').toString();
      const drop = (): void => void socket.destroy();
      const entry = table.add(sourceOf(address), drop);
      const cancel = scheduler.schedule(handshakeTimeoutMs, drop);
      const forget = (): void => {
        cancel();
        entry.end('failed');
        forgetByAddress.delete(address);
      };
      forgetByAddress.set(address, forget);
      socket.once('close', forget);
    },
    release(address) {
      forgetByAddress.get(address)?.();
    },
  };
}

function boundListener(
  listener: Listener,
  waiting: WaitingSockets,
  { maxSockets }: WebSocketBounds,
  onWebSocket: (webSocket: WebSocket, request: IncomingMessage) => void,
): Listener {
  const { server, wsServer } = serversOf(listener);
  wsServer.options.maxPayload = maxWebSocketMessage;
  const handleUpgrade = wsServer.handleUpgrade.bind(wsServer);
  wsServer.handleUpgrade = (request, socket, head, onUpgraded) =>
    handleUpgrade(request, socket, head, (webSocket, from) => {
      // libp2p does not listen: one bad frame of a stranger would end the process.
      webSocket.on('error', () => webSocket.terminate());
      onWebSocket(webSocket, request);
      onUpgraded(webSocket, from);
    });
  server.maxConnections = maxSockets;
  server.on('connection', (socket: Socket) => waiting.add(socket));
  return listener;
}

function serversOf(listener: Listener): {
  readonly server: Server;
  readonly wsServer: WebSocketServer;
} {
  if (
    'server' in listener &&
    listener.server instanceof Server &&
    'wsServer' in listener &&
    listener.wsServer instanceof WebSocketServer
  ) {
    return { server: listener.server, wsServer: listener.wsServer };
  }
  throw new ParsError('mesh/transport-changed');
}
