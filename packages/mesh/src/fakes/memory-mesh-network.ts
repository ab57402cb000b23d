import {
  type ByteStream,
  type Clock,
  type Failure,
  ok,
  ParsError,
  type Random,
  type Result,
  type Scheduler,
} from '@pars/base';
import { createStreamPair } from '@pars/base/fakes';
import type { HybridSignerKey, SigningSeed, Suite } from '@pars/crypto';
import { meshErr } from '../errors.ts';
import { createByteStreamWire } from '../link/byte-stream-wire.ts';
import { createCookieJar } from '../link/cookie-jar.ts';
import { createFrameOpener } from '../link/frame-opener.ts';
import { createFrameSealer } from '../link/frame-sealer.ts';
import { createHalfOpenTable, type HalfOpenTable } from '../link/half-open-table.ts';
import { runHandshake } from '../link/link-driver.ts';
import { createLinkInitiator } from '../link/link-initiator.ts';
import type { LinkSession } from '../link/link-machine.ts';
import { createLinkResponder } from '../link/link-responder.ts';
import { linkAddressFromText, linkAddressToText } from '../link-address.ts';
import type { LinkChange, LinkPeer, MeshHost, NodeId } from '../mesh-host.ts';
import { keyFingerprint, nodeIdFromKey } from '../node-id.ts';
import { createFramedStreamPair, type LinkEnd } from './framed-stream-pair.ts';

/** What a host in memory is made of. */
export interface MemoryMeshHostDeps {
  readonly suite: Suite;
  readonly nodeSeed: SigningSeed;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
}

/** How a host in memory differs from others. */
export interface MemoryMeshHostOptions {
  /** Its address is `/memory/<name>`. 1 to 64 of `a-z`, `0-9`, `-`. */
  readonly name: string;
  /** Concurrent inbound streams of one protocol with one node. Default 64. */
  readonly maxStreamsPerProtocol?: number;
}

/** Hosts in one process that can dial each other. */
export interface MemoryMeshNetwork {
  createHost(deps: MemoryMeshHostDeps, options: MemoryMeshHostOptions): Promise<MeshHost>;
}

/**
 * An empty network. Its links run the real handshake and the real frames over
 * streams in memory; only the multiplexer is left out.
 */
export function createMemoryMeshNetwork(): MemoryMeshNetwork {
  const hostByRoute = new Map<string, MemoryHost>();
  return {
    async createHost(deps, options) {
      const identity = await deps.suite.signature.signerFromSeed(deps.nodeSeed);
      const host = new MemoryHost(deps, options, identity, hostByRoute);
      if (hostByRoute.has(host.route)) throw new ParsError('mesh/address-in-use');
      hostByRoute.set(host.route, host);
      return host;
    },
  };
}

type StreamHandler = (stream: ByteStream, peer: LinkPeer) => Promise<void>;

interface MemoryLink {
  readonly peer: LinkPeer;
  readonly end: LinkEnd;
  readonly remote: MemoryHost;
  /** Streams open now, for aborting them when the link ends. */
  readonly streams: Set<ByteStream>;
  readonly inboundCountByProtocol: Map<string, number>;
}

interface OpenedLink {
  readonly peer: LinkPeer;
  /** Whether there was none with that node before. */
  readonly isNew: boolean;
}

class MemoryHost implements MeshHost {
  readonly nodeId: NodeId;
  readonly route: string;
  readonly #deps: MemoryMeshHostDeps;
  readonly #identity: HybridSignerKey;
  readonly #hostByRoute: Map<string, MemoryHost>;
  readonly #maxStreams: number;
  readonly #handlerByProtocol = new Map<string, StreamHandler>();
  readonly #linkById = new Map<NodeId, MemoryLink>();
  readonly #halfOpen: HalfOpenTable;
  readonly #linkListeners = new Set<(change: LinkChange) => void>();
  #connectionCount = 0;
  #isStopped = false;

  constructor(
    deps: MemoryMeshHostDeps,
    options: MemoryMeshHostOptions,
    identity: HybridSignerKey,
    hostByRoute: Map<string, MemoryHost>,
  ) {
    this.#deps = deps;
    this.#halfOpen = createHalfOpenTable(deps);
    this.#identity = identity;
    this.#hostByRoute = hostByRoute;
    this.#maxStreams = options.maxStreamsPerProtocol ?? 64;
    this.route = `/memory/${options.name}`;
    this.nodeId = nodeIdFromKey(identity.publicKey.bytes);
  }

  addresses(): readonly string[] {
    const fingerprint = keyFingerprint(this.#deps.suite.symmetric, this.#identity.publicKey.bytes);
    return [linkAddressToText({ route: this.route, nodeId: this.nodeId, fingerprint })];
  }

  async dial(text: string, signal?: AbortSignal): Promise<Result<LinkPeer, Failure>> {
    if (this.#isStopped) return meshErr('mesh/stopped');
    const address = linkAddressFromText(text);
    if (!address.ok) return address;
    const { route, nodeId, fingerprint } = address.value;
    if (!route.startsWith('/memory/')) return meshErr('mesh/bad-address');
    const open = nodeId === undefined ? undefined : this.#linkById.get(nodeId);
    if (open !== undefined) {
      const openFingerprint = keyFingerprint(this.#deps.suite.symmetric, open.peer.nodeKey);
      const isOther = fingerprint !== undefined && fingerprint !== openFingerprint;
      return isOther ? meshErr('mesh/wrong-peer') : ok(open.peer);
    }
    const remote = this.#hostByRoute.get(route);
    if (remote === undefined) return meshErr('mesh/unreachable');

    const [near, far] = createStreamPair();
    const answering = remote.#answer(far, this);
    const machine = createLinkInitiator(
      { suite: this.#deps.suite, identity: this.#identity },
      { expected: { nodeId, fingerprint }, pause: () => Promise.resolve() },
    );
    const session = await runHandshake(machine, createByteStreamWire(near), this.#deps, { signal });
    if (!session.ok) return session;
    const answered = await answering;
    if (answered === undefined) return meshErr('mesh/handshake-closed');
    const opened = this.#open(session.value, remote, 'outbound', text);
    // Whoever hears of the link may use it at once, so both ends have it before either is told.
    if (answered.isNew) remote.#tell({ type: 'up', peer: answered.peer });
    if (opened.isNew) this.#tell({ type: 'up', peer: opened.peer });
    return ok(opened.peer);
  }

  peers(): readonly LinkPeer[] {
    return [...this.#linkById.values()].map((link) => link.peer);
  }

  onLink(listener: (change: LinkChange) => void): () => void {
    const entry = (change: LinkChange): void => listener(change);
    this.#linkListeners.add(entry);
    return () => this.#linkListeners.delete(entry);
  }

  drop(nodeId: NodeId): void {
    const link = this.#linkById.get(nodeId);
    if (link === undefined) return;
    link.remote.#close(this.nodeId);
    this.#close(nodeId);
  }

  async openStream(
    nodeId: NodeId,
    protocol: string,
    signal?: AbortSignal,
  ): Promise<Result<ByteStream, Failure>> {
    if (this.#isStopped) return meshErr('mesh/stopped');
    if (signal?.aborted === true) return meshErr('mesh/aborted');
    const link = this.#linkById.get(nodeId);
    if (link === undefined) return meshErr('mesh/not-connected');
    return link.remote.#acceptStream(this.nodeId, link, protocol);
  }

  handle(protocol: string, handler: StreamHandler): void {
    if (this.#handlerByProtocol.has(protocol)) {
      throw new ParsError('mesh/handler-exists', { protocol });
    }
    this.#handlerByProtocol.set(protocol, handler);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#hostByRoute.delete(this.route);
    for (const [nodeId, link] of this.#linkById) {
      link.remote.#close(this.nodeId);
      this.#close(nodeId);
    }
  }

  /** The responder's side of a dial; `undefined` when there is no link. */
  async #answer(stream: ByteStream, dialer: MemoryHost): Promise<OpenedLink | undefined> {
    const { suite, random, clock } = this.#deps;
    this.#connectionCount += 1;
    const entry = this.#halfOpen.add(dialer.route, () => stream.abort());
    const machine = createLinkResponder(
      { suite, identity: this.#identity },
      {
        difficulty: () => this.#halfOpen.difficulty(),
        onWork: () => entry.markWorking(),
        cookies: createCookieJar({ symmetric: suite.symmetric, random, clock }),
        returnPath: new TextEncoder().encode(`${dialer.route} ${this.#connectionCount}`),
      },
    );
    const session = await runHandshake(machine, createByteStreamWire(stream), this.#deps);
    entry.end(session.ok ? 'linked' : 'failed');
    if (!session.ok || this.#isStopped) return undefined;
    return this.#open(session.value, dialer, 'inbound', dialer.route);
  }

  #open(
    session: LinkSession,
    remote: MemoryHost,
    direction: LinkPeer['direction'],
    address: string,
  ): OpenedLink {
    const { symmetric } = this.#deps.suite;
    const { nodeId, nodeKey } = session.peer;
    const sinceMs = this.#deps.clock.nowMs();
    const peer = { nodeId, nodeKey, address, direction, sinceMs };
    const isNew = !this.#linkById.has(nodeId);
    this.#linkById.set(nodeId, {
      peer,
      end: {
        sealer: createFrameSealer(symmetric, session.sendRoot),
        opener: createFrameOpener(symmetric, session.receiveRoot),
      },
      remote,
      streams: new Set(),
      inboundCountByProtocol: new Map(),
    });
    return { peer, isNew };
  }

  #acceptStream(
    openerId: NodeId,
    openerLink: MemoryLink,
    protocol: string,
  ): Result<ByteStream, Failure> {
    const link = this.#linkById.get(openerId);
    if (link === undefined) return meshErr('mesh/not-connected');
    const handler = this.#handlerByProtocol.get(protocol);
    if (handler === undefined) return meshErr('mesh/unsupported-protocol');
    const count = link.inboundCountByProtocol.get(protocol) ?? 0;
    if (count >= this.#maxStreams) return meshErr('mesh/too-many-streams');
    link.inboundCountByProtocol.set(protocol, count + 1);

    const [near, far] = createFramedStreamPair(openerLink.end, link.end, () => {
      const open = link.inboundCountByProtocol.get(protocol) ?? 1;
      link.inboundCountByProtocol.set(protocol, open - 1);
      openerLink.streams.delete(near);
      link.streams.delete(far);
    });
    openerLink.streams.add(near);
    link.streams.add(far);
    void this.#serve(far, link.peer, handler);
    return ok(near);
  }

  async #serve(stream: ByteStream, peer: LinkPeer, handler: StreamHandler): Promise<void> {
    try {
      await handler(stream, peer);
      await stream[Symbol.asyncDispose]();
    } catch {
      stream.abort();
    }
  }

  #close(nodeId: NodeId): void {
    const link = this.#linkById.get(nodeId);
    this.#linkById.delete(nodeId);
    for (const stream of link?.streams ?? []) stream.abort();
    if (link !== undefined) this.#tell({ type: 'down', peer: link.peer });
  }

  #tell(change: LinkChange): void {
    for (const listener of [...this.#linkListeners]) listener(change);
  }
}
