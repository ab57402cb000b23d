import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import type { Connection, Libp2p, StreamMuxerFactory, Upgrader } from '@libp2p/interface';
import { yamux } from '@libp2p/yamux';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import {
  type ByteStream,
  type Clock,
  expose,
  type Failure,
  type Log,
  type Metrics,
  ok,
  ParsError,
  type Random,
  type Result,
  type Scheduler,
} from '@pars/base';
import type { SigningSeed, Suite } from '@pars/crypto';
import {
  type AdoptOptions,
  createCookieJar,
  createHalfOpenTable,
  createNodeKeyPins,
  createRouteDialers,
  handshakeTimeoutMs,
  isRelayed,
  keyFingerprint,
  type LinkAddress,
  type LinkAdopter,
  type LinkChange,
  type LinkPeer,
  linkAddressFromText,
  linkAddressToText,
  type MeshHost,
  meshErr,
  type NodeId,
  nodeIdFromKey,
  type RouteDialer,
} from '@pars/mesh';
import { createLibp2p } from 'libp2p';
import { limitLog } from './guard/limited-log.ts';
import { createLinkGuard } from './guard/link-guard.ts';
import { createLinkRoom } from './guard/link-room.ts';
import { createDialExpectations } from './host/dial-expectations.ts';
import { dialFailureFromError } from './host/dial-failure.ts';
import { createLinkTable } from './host/link-table.ts';
import { silentLogger } from './host/silent-logger.ts';
import { createBoundedTransports } from './transports/bounded-transports.ts';
import { AdoptedConnection } from './upgrade/adopted-connection.ts';
import { byteStreamFromStream } from './upgrade/byte-stream-adapter.ts';
import { createLinkUpgrader, createRefusingProtector } from './upgrade/link-upgrader.ts';

/** What a libp2p host is made of. */
export interface Libp2pHostDeps {
  readonly suite: Suite;
  /** The node key; its Ed25519 half becomes the libp2p key. Never a person's key. */
  readonly nodeSeed: SigningSeed;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Where to listen, and the bounds that may differ from node to node (PIP-1000 §8). */
export interface Libp2pHostOptions {
  /** Multiaddrs, e.g. `/ip4/127.0.0.1/tcp/0`, `/ip4/127.0.0.1/tcp/0/ws`, `/memory/name`. */
  readonly listen: readonly string[];
  /**
   * Routes under which others reach this node, in place of where it listens: a
   * proxy's or a forwarded port's, e.g. `/dns4/example.org/tcp/443/tls/ws/http-path/chat`.
   */
  readonly announce?: readonly string[];
  /**
   * Whether the WebSocket listeners are reached through a proxy on this machine
   * that says in `X-Real-IP` who asks. Believed from loopback only. Default false.
   */
  readonly isBehindProxy?: boolean;
  /** Links in all. Default 512. */
  readonly maxLinks?: number;
  /** Inbound handshakes under way. Default 512. */
  readonly maxHalfOpen?: number;
  /** Concurrent streams of one protocol, each way, with one node. Default 64. */
  readonly maxStreamsPerProtocol?: number;
}

/** A {@link MeshHost} over libp2p; `stop` is its dispose. */
export interface Libp2pHost extends MeshHost, LinkAdopter {
  stop(): Promise<void>;
}

/** Connections kept with one node: two, since both may dial at the same moment. */
const maxLinksPerPeer = 2;
/** Streams of all protocols, each way, on one connection. */
const maxStreamsPerLink = 256;

/**
 * Starts a node of libp2p in which every connection runs `/pars/link/1`
 * (PIP-1000 §8). Rejects when it cannot listen.
 */
export async function createLibp2pHost(
  deps: Libp2pHostDeps,
  options: Libp2pHostOptions,
): Promise<Libp2pHost> {
  const { suite, clock, scheduler, random, metrics } = deps;
  const { maxLinks = 512, maxHalfOpen = 512, maxStreamsPerProtocol = 64 } = options;
  const { announce = [], isBehindProxy = false } = options;
  const identity = await suite.signature.signerFromSeed(deps.nodeSeed);
  const nodeId = nodeIdFromKey(identity.publicKey.bytes);
  const ownFingerprint = keyFingerprint(suite.symmetric, identity.publicKey.bytes);
  const pins = createNodeKeyPins();
  const log = limitLog(deps);
  const guard = createLinkGuard({ log, metrics, pins });
  const expectations = createDialExpectations();
  const links = createLinkTable();
  const handledProtocols = new Set<string>();
  const linkListeners = new Set<(change: LinkChange) => void>();
  const routes = createRouteDialers();
  const stopping = new AbortController();
  let isStopped = false;

  const muxer = yamux({
    maxInboundStreams: maxStreamsPerLink,
    maxOutboundStreams: maxStreamsPerLink,
    // A paused stream holds up to one window; libp2p aborts a stream that holds 4 MiB.
    streamOptions: { maxStreamWindowSize: 1_048_576 },
  })();
  const linkUpgrader = createLinkUpgrader({
    link: { suite, identity, accept: (peer) => pins.check(peer.nodeId, peer.fingerprint) },
    clock,
    scheduler,
    cookies: createCookieJar({ symmetric: suite.symmetric, random, clock }),
    halfOpen: createHalfOpenTable({ clock }, maxHalfOpen),
    guard,
    yamux: muxer,
    expectationOf: expectations.of,
    room: createLinkRoom(() => libp2p.getConnections(), maxLinks),
  });
  const libp2p: Libp2p<{ readonly inside: Inside }> = await createLibp2p({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', expose(deps.nodeSeed).slice(0, 32)),
    logger: silentLogger,
    addresses: { listen: [...options.listen], announce: [...announce] },
    transports: createBoundedTransports({
      clock,
      scheduler,
      linkUpgrader,
      maxHalfOpen,
      isBehindProxy,
    }),
    streamMuxers: [(): StreamMuxerFactory => muxer],
    connectionProtector: () => createRefusingProtector(guard),
    connectionGater: {
      denyDialMultiaddr: () => false,
      denyInboundEncryptedConnection: guard.mustDeny,
      denyOutboundEncryptedConnection: guard.mustDeny,
      denyInboundUpgradedConnection: guard.mustDenyUpgraded,
      denyOutboundUpgradedConnection: guard.mustDenyUpgraded,
    },
    connectionManager: {
      maxConnections: maxLinks,
      // The half-open table decides who gives way; these bounds stand behind it.
      maxIncomingPendingConnections: 4 * maxHalfOpen,
      inboundConnectionThreshold: 4_096,
      inboundUpgradeTimeout: handshakeTimeoutMs,
      dialTimeout: 1.5 * handshakeTimeoutMs,
      addressDialTimeout: 1.5 * handshakeTimeoutMs,
      maxDialQueueLength: 256,
      reconnectRetries: 0,
    },
    connectionMonitor: { enabled: false },
    services: {
      inside: ({ addressManager, upgrader }: Inside) => ({ addressManager, upgrader }),
    },
  });
  libp2p.addEventListener('connection:open', (event) => onOpen(event.detail));
  libp2p.addEventListener('connection:close', (event) => onClose(event.detail));
  await libp2p.start();

  /**
   * Public ones too, which libp2p keeps to itself until somebody has confirmed
   * them: whoever is told of an address dials it before believing it.
   */
  function listening(): readonly string[] {
    return libp2p.services.inside.addressManager
      .getAddressesWithMetadata()
      .filter(({ type }) => type === 'transport' || type === 'announce')
      .map(({ multiaddr }) => String(multiaddr));
  }

  async function stop(): Promise<void> {
    if (isStopped) return;
    isStopped = true;
    stopping.abort();
    await libp2p.stop();
    links.clear();
  }

  return {
    nodeId,
    addresses: () =>
      [...listening(), ...routes.routes()]
        .map((address) => linkAddressFromText(address))
        .filter((address): address is { ok: true; value: LinkAddress } => address.ok)
        .map(({ value }) => linkAddressToText({ ...value, nodeId, fingerprint: ownFingerprint })),
    dial: (address, signal) => dial(address, signal),
    adopt,
    addRoutes: (dialer) => routes.add(dialer),
    peers: () => links.peers(),
    onLink(listener) {
      const entry = (change: LinkChange): void => listener(change);
      linkListeners.add(entry);
      return () => linkListeners.delete(entry);
    },
    drop(remoteId) {
      for (const connection of links.connectionsOf(remoteId)) {
        connection.abort(new ParsError('mesh/dropped'));
      }
    },
    openStream,
    handle,
    stop,
    [Symbol.asyncDispose]: stop,
  };

  async function dial(
    text: string,
    signal: AbortSignal | undefined,
  ): Promise<Result<LinkPeer, Failure>> {
    if (isStopped) return meshErr('mesh/stopped');
    const address = linkAddressFromText(text);
    if (!address.ok) return address;
    const { nodeId: wantedId } = address.value;
    const open = wantedId === undefined ? undefined : links.peer(wantedId);
    if (open === undefined) return dialClosed(address.value, signal);
    if (!isRelayed(open.address) || isRelayed(address.value.route)) {
      return checkExpected(open, address.value);
    }
    // A relayed link does not stand in the way of a direct one, and is there when that fails.
    const direct = await dialClosed(address.value, signal);
    const left = links.peer(open.nodeId);
    return direct.ok || left === undefined ? direct : checkExpected(left, address.value);
  }

  async function dialClosed(
    address: LinkAddress,
    signal: AbortSignal | undefined,
  ): Promise<Result<LinkPeer, Failure>> {
    const dialer = routes.find(address.route);
    if (dialer !== undefined) return dialRoute(dialer, address, signal);
    try {
      const target = multiaddr(linkAddressToText({ ...address, fingerprint: undefined }));
      // The handshake is told the address in its canonical form, however it was written.
      const canonical = linkAddressFromText(target.toString());
      if (!canonical.ok) return canonical;
      using _expectation = expectations.expect({ ...address, route: canonical.value.route });
      const connection = await libp2p.dial(target, {
        // Else libp2p gives a relayed connection with the same node.
        force: address.nodeId !== undefined && links.peer(address.nodeId) !== undefined,
        ...(signal === undefined ? {} : { signal }),
      });
      const peer = links.peer(connection.remotePeer.toString() as NodeId);
      if (peer === undefined) return meshErr('mesh/handshake-closed');
      const checked = checkExpected(peer, address);
      if (!checked.ok) connection.abort(new ParsError(checked.error.code));
      return checked;
    } catch (error) {
      return { ok: false, error: dialFailureFromError(error, signal) };
    }
  }

  /** The dialer is asked to bring who was meant; that it did is not left to it. */
  async function dialRoute(
    dialer: RouteDialer,
    address: LinkAddress,
    signal: AbortSignal | undefined,
  ): Promise<Result<LinkPeer, Failure>> {
    if (signal?.aborted === true) return meshErr('mesh/aborted');
    const peer = await dialer.dial(address, signal);
    return peer.ok ? checkExpected(peer.value, address) : peer;
  }

  async function adopt(
    stream: ByteStream,
    { direction, address, expected = {}, signal }: AdoptOptions,
  ): Promise<Result<LinkPeer, Failure>> {
    const code = isStopped ? 'mesh/stopped' : signal?.aborted === true ? 'mesh/aborted' : undefined;
    if (code !== undefined) {
      stream.abort();
      return meshErr(code);
    }
    let raw: AdoptedConnection | undefined;
    try {
      raw = new AdoptedConnection({
        scheduler,
        stream,
        direction,
        remoteAddr: multiaddr(address),
      });
      const { upgrader } = libp2p.services.inside;
      const ends =
        signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, signal]);
      const remoteId = await linkUpgrader.adopt(raw, upgrader, { expected, signal: ends });
      const peer = links.peer(remoteId);
      return peer === undefined ? meshErr('mesh/handshake-closed') : ok(peer);
    } catch (error) {
      const failure = dialFailureFromError(error, signal);
      if (raw === undefined) stream.abort();
      else raw.abort(new ParsError(failure.code));
      return { ok: false, error: failure };
    }
  }

  function checkExpected(peer: LinkPeer, address: LinkAddress): Result<LinkPeer, Failure> {
    const isOther =
      (address.nodeId !== undefined && address.nodeId !== peer.nodeId) ||
      (address.fingerprint !== undefined &&
        address.fingerprint !== keyFingerprint(suite.symmetric, peer.nodeKey));
    return isOther ? meshErr('mesh/wrong-peer') : ok(peer);
  }

  async function openStream(
    remoteId: NodeId,
    protocol: string,
    signal?: AbortSignal,
  ): Promise<Result<ByteStream, Failure>> {
    if (isStopped) return meshErr('mesh/stopped');
    const connection = links.connectionWith(remoteId);
    if (connection === undefined) return meshErr('mesh/not-connected');
    try {
      const stream = await connection.newStream([protocol], {
        maxOutboundStreams: maxStreamsPerProtocol,
        ...(signal === undefined ? {} : { signal }),
      });
      return ok(byteStreamFromStream(stream));
    } catch (error) {
      return { ok: false, error: dialFailureFromError(error, signal) };
    }
  }

  function handle(
    protocol: string,
    handler: (stream: ByteStream, peer: LinkPeer) => Promise<void>,
  ): void {
    if (handledProtocols.has(protocol)) throw new ParsError('mesh/handler-exists', { protocol });
    handledProtocols.add(protocol);
    // Registered before the promise settles; it only fails when libp2p is stopped.
    libp2p
      .handle(
        protocol,
        async (raw, connection) => {
          const peer = links.peer(connection.remotePeer.toString() as NodeId);
          if (peer === undefined) {
            raw.abort(new ParsError('mesh/unprotected-connection'));
            return;
          }
          await serve(byteStreamFromStream(raw), peer, handler);
        },
        { maxInboundStreams: maxStreamsPerProtocol, maxOutboundStreams: maxStreamsPerProtocol },
      )
      .catch(() => log.write('warn', 'mesh/handler-not-registered'));
  }

  async function serve(
    stream: ByteStream,
    peer: LinkPeer,
    handler: (stream: ByteStream, peer: LinkPeer) => Promise<void>,
  ): Promise<void> {
    try {
      await handler(stream, peer);
      await stream[Symbol.asyncDispose]();
    } catch {
      stream.abort();
      metrics.count('mesh/handler-failed');
      log.write('warn', 'mesh/handler-failed');
    }
  }

  function onOpen(connection: Connection): void {
    const remoteId = connection.remotePeer.toString() as NodeId;
    const claim = guard.claimOf(connection);
    if (claim === undefined) {
      connection.abort(new ParsError('mesh/unprotected-connection'));
      return;
    }
    const peer: LinkPeer = {
      nodeId: remoteId,
      nodeKey: claim.nodeKey,
      address: connection.remoteAddr.toString(),
      direction: connection.direction,
      sinceMs: clock.nowMs(),
    };
    const [oldest, ...others] = links.connectionsOf(remoteId);
    if (others.length + 1 >= maxLinksPerPeer) {
      guard.refuse({ code: 'mesh/too-many-links' }, connection.direction);
      oldest?.abort(new ParsError('mesh/too-many-links'));
    }
    const isNew = links.add(connection, peer);
    metrics.gauge('mesh/links', links.size);
    if (isNew) tell({ type: 'up', peer });
  }

  function onClose(connection: Connection): void {
    const peer = links.remove(connection);
    if (peer === undefined) return;
    guard.forget(peer.nodeId);
    // libp2p remembers every node that it ever met, for hours.
    libp2p.peerStore
      .delete(connection.remotePeer)
      .catch(() => log.write('warn', 'mesh/peer-not-forgotten'));
    metrics.gauge('mesh/links', links.size);
    tell({ type: 'down', peer });
  }

  function tell(change: LinkChange): void {
    for (const listener of [...linkListeners]) listener(change);
  }
}

/** What of libp2p lies behind its own interface. */
interface Inside {
  readonly upgrader: Upgrader;
  readonly addressManager: {
    getAddressesWithMetadata(): readonly {
      readonly multiaddr: Multiaddr;
      readonly type: string;
    }[];
  };
}
