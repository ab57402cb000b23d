import { Server, type Socket } from 'node:net';
import type { CreateListenerOptions, Listener, Transport } from '@libp2p/interface';
import { memory } from '@libp2p/memory';
import { tcp } from '@libp2p/tcp';
import { webSockets } from '@libp2p/websockets';
import { ParsError, type Scheduler } from '@pars/base';
import { handshakeTimeoutMs } from '@pars/mesh';
import type { Libp2pOptions } from 'libp2p';
import type { LinkUpgrader } from './link-upgrader.ts';

type TransportFactory = NonNullable<Libp2pOptions['transports']>[number];

/** Sockets that one listener holds at most; more are closed by the system. */
const maxSockets = 4_096;
/** Silence in milliseconds after which a socket is dropped; yamux pings every 30 s. */
const idleTimeoutMs = 120_000;
/** Largest WebSocket message in bytes; we send at most 256 KiB at once. */
const maxWebSocketMessage = 1_048_576;

/**
 * TCP, WebSocket and in-process transports with bounds on what a stranger can
 * hold. None of them brings its own encryption, so none can ask libp2p to skip
 * ours in a way
 * that we did not wrap (WebRTC and WebTransport would).
 */
export function createBoundedTransports(deps: {
  readonly scheduler: Scheduler;
  readonly linkUpgrader: LinkUpgrader;
}): TransportFactory[] {
  const webSocketFactory = webSockets({
    http: {
      headersTimeout: handshakeTimeoutMs,
      requestTimeout: handshakeTimeoutMs,
      connectionsCheckingInterval: handshakeTimeoutMs / 4,
      maxHeaderSize: 8_192,
    },
  });
  const factories: TransportFactory[] = [
    tcp({
      maxConnections: maxSockets,
      inboundSocketInactivityTimeout: idleTimeoutMs,
      outboundSocketInactivityTimeout: idleTimeoutMs,
      dialOpts: { noDelay: true },
      listenOpts: { noDelay: true },
    }),
    (components) => boundWebSockets(webSocketFactory(components), deps.scheduler),
    memory(),
  ];
  return factories.map(
    (create) => (components) => protectTransport(create(components), deps.linkUpgrader),
  );
}

/** Lets the transport upgrade its connections through the link handshake only. */
export function protectTransport(transport: Transport, linkUpgrader: LinkUpgrader): Transport {
  const dial = transport.dial.bind(transport);
  const createListener = transport.createListener.bind(transport);
  transport.dial = (address, options) =>
    dial(address, { ...options, upgrader: linkUpgrader.wrap(options.upgrader) });
  transport.createListener = (options) =>
    createListener({ ...options, upgrader: linkUpgrader.wrap(options.upgrader) });
  return transport;
}

/**
 * libp2p's WebSocket listener waits without end for the first byte of a socket
 * and takes messages of 100 MiB. Both are bounded here, on the servers inside it.
 */
function boundWebSockets(transport: Transport, scheduler: Scheduler): Transport {
  const createListener = transport.createListener.bind(transport);
  transport.createListener = (options: CreateListenerOptions): Listener => {
    const listener = createListener(options);
    const { server, wsServer } = serversOf(listener);
    wsServer.options.maxPayload = maxWebSocketMessage;
    server.maxConnections = maxSockets;
    server.on('connection', (socket: Socket) => {
      const cancel = scheduler.schedule(handshakeTimeoutMs, () => {
        if (socket.bytesRead === 0) socket.destroy();
      });
      socket.once('close', cancel);
    });
    return listener;
  };
  return transport;
}

/** A new libp2p that is built differently must be looked at again, so this throws. */
function serversOf(listener: Listener): {
  readonly server: Server;
  readonly wsServer: { readonly options: { maxPayload?: number } };
} {
  if (
    'server' in listener &&
    listener.server instanceof Server &&
    'wsServer' in listener &&
    isWebSocketServer(listener.wsServer)
  ) {
    return { server: listener.server, wsServer: listener.wsServer };
  }
  throw new ParsError('mesh/transport-changed');
}

function isWebSocketServer(value: unknown): value is { readonly options: { maxPayload?: number } } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'options' in value &&
    typeof value.options === 'object' &&
    value.options !== null &&
    'maxPayload' in value.options
  );
}
