import type {
  Connection,
  ConnectionProtector,
  MultiaddrConnection,
  StreamMuxerFactory,
  Upgrader,
  UpgraderOptions,
} from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { type Clock, ok, ParsError, type Scheduler } from '@pars/base';
import {
  type CookieJar,
  cacheVerifiers,
  createEphemeralKeys,
  createFrameOpener,
  createFrameSealer,
  createLinkInitiator,
  createLinkResponder,
  type HalfOpenTable,
  handshakeTimeoutMs,
  type LinkClaim,
  type LinkDeps,
  type LinkExpectation,
  type LinkMachine,
  type LinkSession,
  meshErr,
  type NodeId,
  runHandshake,
  sourceOf,
} from '@pars/mesh';
import type { LinkGuard } from '../guard/link-guard.ts';
import type { LinkRoom } from '../guard/link-room.ts';
import { createYamuxWatch } from '../guard/yamux-watch.ts';
import { createMessageStreamWire, type MessageStreamWire } from './message-stream-wire.ts';
import { ProtectedConnection } from './protected-connection.ts';

/** What the link upgrader works with. */
export interface LinkUpgraderDeps {
  readonly link: LinkDeps;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly cookies: CookieJar;
  readonly halfOpen: HalfOpenTable;
  readonly guard: LinkGuard;
  /** The one multiplexer of link version 1. */
  readonly yamux: StreamMuxerFactory;
  /** Who must answer on an outbound connection to this multiaddr. */
  readonly expectationOf: (remoteAddress: string) => LinkExpectation;
  readonly room: LinkRoom;
}

/** Puts the link handshake under libp2p's upgrader. */
export interface LinkUpgrader {
  /** The upgrader to give to a transport in place of libp2p's own. */
  wrap(upgrader: Upgrader): Upgrader;
  /**
   * Makes a link of a raw connection that no transport dialled or accepted, and
   * gives who is there. Throws what `upgrader` and the handshake throw.
   */
  adopt(
    raw: MultiaddrConnection,
    upgrader: Upgrader,
    options: { readonly expected: LinkExpectation; readonly signal: AbortSignal },
  ): Promise<NodeId>;
}

/** A connection with a proven peer, and what libp2p must be told about it. */
interface ProvenConnection {
  readonly connection: ProtectedConnection;
  readonly nodeId: NodeId;
  readonly options: Parameters<Upgrader['upgradeOutbound']>[1];
}

/**
 * Runs the handshake on every raw connection of a wrapped transport, below
 * everything of libp2p, and hands libp2p a connection that is already
 * authenticated, encrypted and bound to its multiplexer: no protocol name
 * crosses in clear, and no round trip is spent on negotiating what is fixed.
 */
export function createLinkUpgrader(deps: LinkUpgraderDeps): LinkUpgrader {
  const { guard, halfOpen } = deps;
  const { symmetric, kem, signature } = deps.link.suite;
  const link = {
    ...deps.link,
    suite: { symmetric, kem, signature: cacheVerifiers(signature, symmetric) },
  };
  const ephemeralKeys = createEphemeralKeys(kem, deps);
  let connectionCount = 0;

  return {
    wrap: (upgrader) => ({
      async upgradeInbound(raw: MultiaddrConnection, options: UpgraderOptions): Promise<void> {
        if (!deps.room.hasRoom(raw)) throw refuse(raw, 'mesh/too-many-links');
        const proven = await protect(raw, options.signal, {});
        await upgrader.upgradeInbound(proven.connection, proven.options);
      },
      async upgradeOutbound(
        raw: MultiaddrConnection,
        options: UpgraderOptions,
      ): Promise<Connection> {
        const expected = deps.expectationOf(raw.remoteAddr.toString());
        const proven = await protect(raw, options.signal, expected);
        return upgrader.upgradeOutbound(proven.connection, proven.options);
      },
      createInboundAbortSignal: (signal) => upgrader.createInboundAbortSignal(signal),
      getStreamMuxers: () => upgrader.getStreamMuxers(),
      getConnectionEncrypters: () => upgrader.getConnectionEncrypters(),
    }),
    async adopt(raw, upgrader, { expected, signal }) {
      const isInbound = raw.direction === 'inbound';
      if (isInbound && !deps.room.hasRoom(raw)) throw refuse(raw, 'mesh/too-many-links');
      const proven = await protect(raw, signal, expected);
      if (isInbound) await upgrader.upgradeInbound(proven.connection, proven.options);
      else await upgrader.upgradeOutbound(proven.connection, proven.options);
      return proven.nodeId;
    },
  };

  async function protect(
    raw: MultiaddrConnection,
    signal: AbortSignal,
    expected: LinkExpectation,
  ): Promise<ProvenConnection> {
    const wire = createMessageStreamWire(raw);
    let isEvicted = false;
    const isInbound = raw.direction === 'inbound';
    const address = raw.remoteAddr.toString();
    const evict = (): void => {
      isEvicted = true;
      wire.close();
    };
    const entry = isInbound ? halfOpen.add(sourceOf(address), evict) : undefined;
    const machine = isInbound
      ? createResponder(address, expected, () => entry?.markWorking())
      : createInitiator(expected);
    let isLinked = false;
    try {
      const session = await runHandshake(machine, wire, deps, {
        timeoutMs: handshakeTimeoutMs,
        signal,
      });
      if (!session.ok) {
        throw refuse(raw, isEvicted ? 'mesh/half-open-evicted' : session.error.code);
      }
      // Others may have come while this one proved itself.
      if (isInbound && !deps.room.makeRoom(raw)) throw refuse(raw, 'mesh/too-many-links');
      isLinked = true;
      return protectedBy(session.value, raw, wire, signal);
    } finally {
      entry?.end(isLinked ? 'linked' : 'failed');
    }
  }

  function protectedBy(
    session: LinkSession,
    raw: MultiaddrConnection,
    wire: MessageStreamWire,
    signal: AbortSignal,
  ): ProvenConnection {
    if (session.role === 'initiator') ephemeralKeys.prepare();
    const { peer, sendRoot, receiveRoot } = session;
    const isNamed = raw.remoteAddr.getComponents().at(-1)?.name === 'p2p';
    const connection = new ProtectedConnection({
      raw,
      remoteAddr: isNamed ? raw.remoteAddr : raw.remoteAddr.encapsulate(`/p2p/${peer.nodeId}`),
      sealer: createFrameSealer(symmetric, sendRoot),
      opener: createFrameOpener(symmetric, receiveRoot),
      watch: createYamuxWatch(deps),
      leftover: wire.detach(),
      onRefused: (failure) => guard.refuse(failure, raw.direction),
    });
    guard.admit(connection, peer);
    const options = {
      signal,
      skipProtection: true,
      skipEncryption: true,
      remotePeer: peerIdFromString(peer.nodeId),
      muxerFactory: deps.yamux,
    } as const;
    return { connection, nodeId: peer.nodeId, options };
  }

  function createResponder(
    address: string,
    expected: LinkExpectation,
    onWork: () => void,
  ): LinkMachine {
    connectionCount += 1;
    const accept = (claim: LinkClaim): ReturnType<NonNullable<LinkDeps['accept']>> =>
      isExpected(claim, expected)
        ? (link.accept?.(claim) ?? ok(undefined))
        : meshErr('mesh/wrong-peer');
    return createLinkResponder(
      { ...link, accept },
      {
        difficulty: () => halfOpen.difficulty(),
        onWork,
        cookies: deps.cookies,
        returnPath: new TextEncoder().encode(`${address} ${connectionCount}`),
      },
    );
  }

  function createInitiator(expected: LinkExpectation): LinkMachine {
    return createLinkInitiator(link, {
      expected,
      ephemeralKeys,
      pause: () => deps.scheduler.sleep(0),
    });
  }

  function refuse(raw: MultiaddrConnection, code: string): ParsError {
    guard.refuse({ code }, raw.direction);
    const error = new ParsError(code);
    raw.abort(error);
    return error;
  }
}

/** Whether the other end proved to be who was meant; inbound, only an adopted stream means somebody. */
function isExpected(claim: LinkClaim, { nodeId, fingerprint }: LinkExpectation): boolean {
  return (
    (nodeId === undefined || nodeId === claim.nodeId) &&
    (fingerprint === undefined || fingerprint === claim.fingerprint)
  );
}

/**
 * Stands where libp2p would begin to protect a connection itself. Connections
 * of wrapped transports never come here: whatever does is refused.
 */
export function createRefusingProtector(guard: LinkGuard): ConnectionProtector {
  return {
    async protect(connection) {
      guard.refuse({ code: 'mesh/unprotected-connection' }, connection.direction);
      throw new ParsError('mesh/unprotected-connection');
    },
  };
}
