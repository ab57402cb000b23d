import type { Transport } from '@libp2p/interface';
import { memory } from '@libp2p/memory';
import { tcp } from '@libp2p/tcp';
import type { Clock, Scheduler } from '@pars/base';
import type { Libp2pOptions } from 'libp2p';
import type { LinkUpgrader } from '../upgrade/link-upgrader.ts';
import { boundedWebSockets } from './bounded-web-sockets.ts';

type TransportFactory = NonNullable<Libp2pOptions['transports']>[number];

/** Sockets that one listener holds at most; more are closed by the system. */
const maxSockets = 4_096;
/** Silence in milliseconds after which a socket is dropped; yamux pings every 30 s. */
const idleTimeoutMs = 120_000;
/**
 * TCP, WebSocket and in-process transports with bounds on what a stranger can
 * hold. None of them brings its own encryption, so none can ask libp2p to skip
 * ours in a way that we did not wrap (WebRTC and WebTransport would).
 */
export function createBoundedTransports(deps: {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly linkUpgrader: LinkUpgrader;
  /** Inbound sockets of a WebSocket listener that have not become a WebSocket yet. */
  readonly maxHalfOpen: number;
  /** Whether a proxy on this machine stands before the WebSocket listeners. */
  readonly isBehindProxy: boolean;
}): TransportFactory[] {
  const factories: TransportFactory[] = [
    tcp({
      maxConnections: maxSockets,
      inboundSocketInactivityTimeout: idleTimeoutMs,
      outboundSocketInactivityTimeout: idleTimeoutMs,
      dialOpts: { noDelay: true },
      listenOpts: { noDelay: true },
    }),
    boundedWebSockets({ ...deps, maxSockets }),
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
