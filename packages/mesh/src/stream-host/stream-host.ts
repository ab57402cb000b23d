import {
  type ByteStream,
  type Clock,
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
import { meshErr } from '../errors.ts';
import type { LinkExpectation } from '../link/link-initiator.ts';
import { sourceOf } from '../link/source-address.ts';
import { findGivingWay } from '../link/source-share.ts';
import { linkAddressFromText, linkAddressToText } from '../link-address.ts';
import type { AdoptOptions, LinkAdopter } from '../link-adopter.ts';
import type { LinkChange, LinkPeer, MeshHost, NodeId } from '../mesh-host.ts';
import { keyFingerprint, nodeIdFromKey } from '../node-id.ts';
import { isRelayed } from '../relay/relay-route.ts';
import { createRouteDialers } from '../route-dialers.ts';
import { createLinkHandshakes, type ProvenStream } from './link-handshakes.ts';
import { answerProtocol, chooseProtocol } from './negotiation.ts';
import { createStreamCounts } from './stream-counts.ts';
import { type StreamLink, startStreamLink } from './stream-link.ts';
import type { YamuxStream } from './yamux-stream.ts';

/** What a host over byte streams is made of. */
export interface StreamHostDeps {
  readonly suite: Suite;
  /** The node key. Never a person's key. */
  readonly nodeSeed: SigningSeed;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** Strangers cause its lines: give one that is bounded (PIP-1000 §8). */
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Opens byte streams to other nodes. */
export interface StreamDialer {
  /** Whether a route is of its kind. */
  canDial(route: string): boolean;
  /**
   * Opens a stream to the route. Rejects with a `ParsError` (`mesh/bad-address`,
   * `mesh/unreachable`) or the signal's reason.
   */
  dial(route: string, signal: AbortSignal): Promise<ByteStream>;
}

/** How a host reaches others, and its bounds (PIP-1000 §8). */
export interface StreamHostOptions {
  readonly dialers: readonly StreamDialer[];
  /** Routes under which others reach it, by way of `adopt`; none when absent. */
  readonly routes?: () => readonly string[];
  /** Links in all. Default 512. */
  readonly maxLinks?: number;
  /** Inbound handshakes under way. Default 512. */
  readonly maxHalfOpen?: number;
  /** Concurrent streams of one protocol, each way, with one node. Default 64. */
  readonly maxStreamsPerProtocol?: number;
}

/** A {@link MeshHost} that makes its links out of byte streams. */
export interface StreamHost extends MeshHost, LinkAdopter {}

/** Connections kept with one node: two, since both may dial at the same moment. */
const maxLinksPerPeer = 2;

type StreamHandler = (stream: ByteStream, peer: LinkPeer) => Promise<void>;

interface OpenLink {
  readonly peer: LinkPeer;
  readonly link: StreamLink;
}

/**
 * A host without a library under it: the links of PIP-1000 over byte streams
 * of any kind, for browsers above all. On the wire it is the same as a host
 * over libp2p.
 */
export async function createStreamHost(
  deps: StreamHostDeps,
  options: StreamHostOptions,
): Promise<StreamHost> {
  const { suite, clock, scheduler, log, metrics } = deps;
  const { maxLinks = 512, maxHalfOpen = 512, maxStreamsPerProtocol = 64 } = options;
  const identity = await suite.signature.signerFromSeed(deps.nodeSeed);
  const nodeId = nodeIdFromKey(identity.publicKey.bytes);
  const handshakes = createLinkHandshakes({ ...deps, identity }, maxHalfOpen);
  const streamCounts = createStreamCounts(maxStreamsPerProtocol);
  /** Oldest first; a node without a link has no entry. */
  const linksById = new Map<NodeId, readonly OpenLink[]>();
  const handlerByProtocol = new Map<string, StreamHandler>();
  const addedRoutes = createRouteDialers();
  const linkListeners = new Set<(change: LinkChange) => void>();
  const stopping = new AbortController();

  return {
    nodeId,
    addresses() {
      const fingerprint = keyFingerprint(suite.symmetric, identity.publicKey.bytes);
      if (isStopped()) return [];
      const own = options.routes?.() ?? [];
      return [...own, ...addedRoutes.routes()].map((route) =>
        linkAddressToText({ route, nodeId, fingerprint }),
      );
    },
    dial,
    adopt,
    addRoutes: (dialer) => addedRoutes.add(dialer),
    peers: () => [...linksById.keys()].flatMap((remoteId) => bestLink(remoteId)?.peer ?? []),
    onLink(listener) {
      const entry = (change: LinkChange): void => listener(change);
      linkListeners.add(entry);
      return () => linkListeners.delete(entry);
    },
    drop,
    openStream,
    handle(protocol, handler) {
      if (handlerByProtocol.has(protocol)) throw new ParsError('mesh/handler-exists', { protocol });
      handlerByProtocol.set(protocol, handler);
    },
    async [Symbol.asyncDispose]() {
      stopping.abort(new ParsError('mesh/stopped'));
      for (const remoteId of [...linksById.keys()]) drop(remoteId);
    },
  };

  async function dial(text: string, signal?: AbortSignal): Promise<Result<LinkPeer, Failure>> {
    if (isStopped()) return meshErr('mesh/stopped');
    const address = linkAddressFromText(text);
    if (!address.ok) return address;
    const { route, ...expected } = address.value;
    const open = expected.nodeId === undefined ? undefined : bestLink(expected.nodeId);
    // Who has a relayed link only still looks for a direct one.
    const isEnough = open !== undefined && (!isRelayed(open.peer.address) || isRelayed(route));
    if (isEnough) return checkExpected(open.peer, expected);
    const either = orStopped(signal);
    const added = addedRoutes.find(route);
    if (added !== undefined) {
      if (either.aborted) return meshErr('mesh/aborted');
      const peer = await added.dial(address.value, either);
      return peer.ok ? checkExpected(peer.value, expected) : peer;
    }
    const dialer = options.dialers.find((one) => one.canDial(route));
    if (dialer === undefined) return meshErr('mesh/bad-address');
    try {
      either.throwIfAborted();
      const stream = await dialer.dial(route, either);
      return await adopt(stream, { direction: 'outbound', address: route, expected, signal });
    } catch (error) {
      return { ok: false, error: dialFailure(error, signal) };
    }
  }

  async function adopt(
    stream: ByteStream,
    adoptOptions: AdoptOptions,
  ): Promise<Result<LinkPeer, Failure>> {
    const { direction } = adoptOptions;
    if (isStopped()) return refuse(stream, { code: 'mesh/stopped' }, direction);
    if (!hasRoom(adoptOptions)) return refuse(stream, { code: 'mesh/too-many-links' }, direction);
    const signal = orStopped(adoptOptions.signal);
    const proven = await handshakes.shake(stream, { ...adoptOptions, signal });
    if (isStopped()) return refuse(stream, { code: 'mesh/stopped' }, direction);
    if (!proven.ok) return refuse(stream, proven.error, direction);
    // Others may have come while this one proved itself.
    if (!makeRoom(adoptOptions)) return refuse(stream, { code: 'mesh/too-many-links' }, direction);
    return ok(open(stream, proven.value, adoptOptions));
  }

  function open(
    stream: ByteStream,
    { session, incoming }: ProvenStream,
    { direction, address }: AdoptOptions,
  ): LinkPeer {
    const { nodeId: remoteId, nodeKey } = session.peer;
    const peer: LinkPeer = {
      nodeId: remoteId,
      nodeKey,
      address,
      direction,
      sinceMs: clock.nowMs(),
    };
    const link = startStreamLink(session, stream, incoming, {
      symmetric: suite.symmetric,
      clock,
      scheduler,
      onStream: (opened) => void serve(opened, peer),
      onClosed(failure) {
        if (failure !== undefined) count(failure, direction);
        forget(peer);
      },
    });
    const others = linksById.get(remoteId) ?? [];
    linksById.set(remoteId, [...others, { peer, link }]);
    if (others.length >= maxLinksPerPeer) others[0]?.link.close();
    metrics.gauge('mesh/links', linksById.size);
    if (others.length === 0) tell({ type: 'up', peer });
    return peer;
  }

  function forget(peer: LinkPeer): void {
    const left = (linksById.get(peer.nodeId) ?? []).filter((one) => one.peer !== peer);
    if (left.length > 0) linksById.set(peer.nodeId, left);
    else linksById.delete(peer.nodeId);
    metrics.gauge('mesh/links', linksById.size);
    if (left.length === 0) tell({ type: 'down', peer });
  }

  function drop(remoteId: NodeId): void {
    for (const { link } of linksById.get(remoteId) ?? []) link.close();
  }

  async function openStream(
    remoteId: NodeId,
    protocol: string,
    signal?: AbortSignal,
  ): Promise<Result<ByteStream, Failure>> {
    if (isStopped()) return meshErr('mesh/stopped');
    if (signal?.aborted === true) return meshErr('mesh/aborted');
    const stream = bestLink(remoteId)?.link.open() ?? meshErr('mesh/not-connected');
    if (!stream.ok) return stream;
    if (!streamCounts.take(remoteId, protocol, 'out', stream.value.released)) {
      stream.value.abort();
      return meshErr('mesh/too-many-streams');
    }
    return chooseProtocol(stream.value, protocol, { scheduler, signal });
  }

  async function serve(raw: YamuxStream, peer: LinkPeer): Promise<void> {
    const asked = await answerProtocol(raw, {
      scheduler,
      isServed: (protocol) => handlerByProtocol.has(protocol),
      admit: (protocol) => streamCounts.take(peer.nodeId, protocol, 'in', raw.released),
    });
    const handler = asked.ok ? handlerByProtocol.get(asked.value.protocol) : undefined;
    if (!asked.ok || handler === undefined) return;
    try {
      await handler(asked.value.stream, peer);
      await asked.value.stream[Symbol.asyncDispose]();
    } catch {
      asked.value.stream.abort();
      metrics.count('mesh/handler-failed');
      log.write('warn', 'mesh/handler-failed');
    }
  }

  function checkExpected(peer: LinkPeer, expected: LinkExpectation): Result<LinkPeer, Failure> {
    const isOther =
      (expected.nodeId !== undefined && expected.nodeId !== peer.nodeId) ||
      (expected.fingerprint !== undefined &&
        expected.fingerprint !== keyFingerprint(suite.symmetric, peer.nodeKey));
    return isOther ? meshErr('mesh/wrong-peer') : ok(peer);
  }

  function dialFailure(error: unknown, signal: AbortSignal | undefined): Failure {
    if (isStopped()) return { code: 'mesh/stopped' };
    if (signal?.aborted === true) return { code: 'mesh/aborted' };
    return { code: error instanceof ParsError ? error.code : 'mesh/unreachable' };
  }

  function refuse(
    stream: ByteStream,
    failure: Failure,
    direction: string,
  ): Result<LinkPeer, Failure> {
    stream.abort();
    count(failure, direction);
    return { ok: false, error: failure };
  }

  function count(failure: Failure, direction: string): void {
    log.write('warn', 'mesh/link-refused', { code: failure.code, direction });
    metrics.count(failure.code);
    metrics.count('mesh/link-refused');
  }

  /** The newest; a direct one before one through a relay. */
  function bestLink(remoteId: NodeId): OpenLink | undefined {
    const links = linksById.get(remoteId) ?? [];
    return links.findLast(({ peer }) => !isRelayed(peer.address)) ?? links.at(-1);
  }

  /** Whether a link could be opened now. Nobody is displaced yet. */
  function hasRoom(newcomer: AdoptOptions): boolean {
    return linkCount() < maxLinks || givingWayTo(newcomer) !== undefined;
  }

  /** The same for one that has proven its key; a link of the busiest source gives way if it must. */
  function makeRoom(newcomer: AdoptOptions): boolean {
    if (linkCount() < maxLinks) return true;
    const open = givingWayTo(newcomer);
    open?.link.close();
    return open !== undefined;
  }

  function givingWayTo({ direction, address }: AdoptOptions): OpenLink | undefined {
    if (direction === 'outbound') return undefined;
    const inbound = [...linksById.values()]
      .flat()
      .filter(({ peer }) => peer.direction === 'inbound')
      .map((open) => ({ ...open, source: sourceOf(open.peer.address) }));
    return findGivingWay(inbound, sourceOf(address));
  }

  function linkCount(): number {
    return [...linksById.values()].reduce((total, links) => total + links.length, 0);
  }

  function isStopped(): boolean {
    return stopping.signal.aborted;
  }

  function orStopped(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? stopping.signal : AbortSignal.any([signal, stopping.signal]);
  }

  function tell(change: LinkChange): void {
    for (const listener of [...linkListeners]) listener(change);
  }
}
