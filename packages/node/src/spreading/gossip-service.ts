import type { ByteStream, Cancel, Clock, Log, Metrics, Random, Scheduler } from '@pars/base';
import type { Suite } from '@pars/crypto';
import {
  type AdmissionVerdict,
  createGossip,
  createMessageFrameReader,
  createNeighbourConduct,
  createStreamOutbox,
  encodeMessageFrame,
  type GossipEffect,
  type GossipPeer,
  type GossipStats,
  type LinkPeer,
  type MeshHost,
  meshErr,
  type NodeId,
  refusalMs,
} from '@pars/mesh';
import type { Carrier, StoredParcel } from '../carrier/carrier.ts';
import { codeOf, type TaskSet } from '../task-set.ts';
import { spreadClassOf } from './spread-class.ts';

/** Name of the protocol on a link (PIP-1008 §15). */
export const GOSSIP_PROTOCOL: string = '/pars/gossip/1';

/** Spreading between the nodes that are linked. */
export interface GossipService {
  stats(): GossipStats;
}

/**
 * Starts spreading emergencies, and on an island everything (PIP-1008 §15): one
 * stream a link, opened by the node with the lesser id. Ends with the signal.
 */
export function startGossipService(
  deps: {
    readonly suite: Suite;
    readonly mesh: MeshHost;
    readonly clock: Clock;
    readonly scheduler: Scheduler;
    readonly random: Random;
    readonly log: Log;
    readonly metrics: Metrics;
    readonly tasks: TaskSet;
    readonly carrier: Carrier;
    /** Whether no uplink is known: asked for whenever a link comes or goes, and before a parcel is passed on. */
    readonly isIsland: () => boolean;
  },
  signal: AbortSignal,
): GossipService {
  const { carrier, clock, log, mesh, metrics, scheduler, tasks } = deps;
  const gossip = createGossip({ symmetric: deps.suite.symmetric, random: deps.random });
  const conduct = createNeighbourConduct();
  const neighbourById = new Map<NodeId, Neighbour>();
  const neighbourByPeer = new Map<GossipPeer, Neighbour>();
  const retryById = new Map<NodeId, Retry>();
  const refusedUntilById = new Map<NodeId, number>();
  let lastPeer = 0;
  let cancelTick: Cancel | undefined;
  let tickAtMs = Number.POSITIVE_INFINITY;

  const stopListening = [
    carrier.onStored(publish),
    mesh.onLink(({ type, peer }) => {
      gossip.setIsland(deps.isIsland());
      if (type === 'up') greet(peer);
      else forgetRetry(peer.nodeId);
    }),
  ];
  signal.addEventListener('abort', () => {
    for (const stop of stopListening) stop();
    cancelTick?.();
    for (const { cancel } of retryById.values()) cancel();
    for (const { stream } of neighbourById.values()) stream.abort();
  });
  mesh.handle(GOSSIP_PROTOCOL, async (stream, peer) => {
    const mayServe = !signal.aborted && opens(peer.nodeId, mesh.nodeId) && !isRefused(peer.nodeId);
    if (!mayServe) {
      metrics.count('node/streams-refused');
      stream.abort();
      return;
    }
    await converse(stream, peer.nodeId);
  });
  gossip.setIsland(deps.isIsland());
  for (const peer of mesh.peers()) greet(peer);

  /** What a sync or a bundle brought goes on by sync, a heap at a time, unless it is an emergency. */
  function publish({ bytes, source }: StoredParcel): void {
    const gossipClass = spreadClassOf(carrier.network, bytes, deps.isIsland());
    if (gossipClass === undefined || signal.aborted) return;
    if (gossipClass === 'island' && source !== undefined) return;
    const effects = gossip.publish(gossipClass, bytes, clock.monotonicMs());
    if (effects.ok) perform(effects.value);
  }

  /** The node with the lesser id opens the stream, whoever dialled. */
  function greet({ nodeId }: LinkPeer): void {
    if (signal.aborted) return;
    if (isRefused(nodeId)) return mesh.drop(nodeId);
    if (!opens(mesh.nodeId, nodeId) || neighbourById.has(nodeId)) return;
    tasks.start('node/gossip-failed', async () => {
      const stream = await mesh.openStream(nodeId, GOSSIP_PROTOCOL, signal);
      if (stream.ok) await converse(stream.value, nodeId);
      greetLater(nodeId);
    });
  }

  /** Its node is older, or busy, or the stream broke while the link did not. */
  function greetLater(nodeId: NodeId): void {
    const link = mesh.peers().find((peer) => peer.nodeId === nodeId);
    if (link === undefined || signal.aborted) return;
    const known = retryById.get(nodeId);
    known?.cancel();
    const waitMs = Math.min(known === undefined ? FIRST_RETRY_MS : 2 * known.waitMs, LAST_RETRY_MS);
    const cancel = scheduler.schedule(waitMs, () => greet(link));
    retryById.set(nodeId, { waitMs, cancel });
  }

  function forgetRetry(nodeId: NodeId): void {
    retryById.get(nodeId)?.cancel();
    retryById.delete(nodeId);
  }

  /** Runs until the stream ends. */
  async function converse(stream: ByteStream, nodeId: NodeId): Promise<void> {
    // Opened anew before this node noticed that the old one broke.
    neighbourById.get(nodeId)?.stream.abort();
    lastPeer += 1;
    const peer = lastPeer;
    const up = gossip.peerUp(peer, clock.monotonicMs());
    if (!up.ok) return stream.abort();
    const outbox = createStreamOutbox(stream, () => stream.abort());
    const neighbour: Neighbour = { peer, nodeId, stream, push: outbox.push };
    neighbourById.set(nodeId, neighbour);
    neighbourByPeer.set(peer, neighbour);
    try {
      perform(up.value);
      await readAll(stream, peer);
    } catch {
      // A stream that broke: the link may come back.
    } finally {
      outbox.close();
      stream.abort();
      neighbourByPeer.delete(peer);
      if (neighbourById.get(nodeId) === neighbour) neighbourById.delete(nodeId);
      conduct.forget(peer);
      perform(gossip.peerDown(peer, clock.monotonicMs()));
    }
  }

  async function readAll(stream: ByteStream, peer: GossipPeer): Promise<void> {
    const frames = createMessageFrameReader(MAX_MESSAGE);
    for await (const chunk of stream.source) {
      const messages = frames.push(chunk);
      if (messages === undefined) return blame(peer, 'mesh/bad-gossip-message');
      for (const message of messages) {
        if (!neighbourByPeer.has(peer)) return;
        perform(gossip.receive(peer, message, clock.monotonicMs()));
      }
    }
  }

  function perform(effects: readonly GossipEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'send': {
          const { message, peer } = effect;
          neighbourByPeer.get(peer)?.push(encodeMessageFrame(message), () => {
            perform(gossip.drained(peer, message.length));
          });
          break;
        }
        case 'admit':
          tasks.start('node/gossip-failed', () => admit(effect));
          break;
        case 'read':
          tasks.start('node/gossip-failed', async () => {
            const parcel = await readParcel(effect.id).catch(() => undefined);
            perform(gossip.loaded(effect.ticket, parcel, clock.monotonicMs()));
          });
          break;
        case 'misbehaved':
          blame(effect.peer, effect.failure.code);
          break;
      }
    }
    schedule();
  }

  async function admit({
    ticket,
    peer,
    gossipClass,
    parcel,
  }: Extract<GossipEffect, { readonly kind: 'admit' }>): Promise<void> {
    const source = neighbourByPeer.get(peer)?.nodeId;
    let verdict: AdmissionVerdict = meshErr('mesh/not-gossiped');
    const isSo = spreadClassOf(carrier.network, parcel, true) === gossipClass;
    if (isSo && source !== undefined) verdict = await offer(parcel, source);
    if (verdict.ok && verdict.value === 'stored') metrics.count('node/parcels-gossiped');
    perform(gossip.admitted(ticket, verdict, clock.monotonicMs()));
  }

  /** A disk that refuses now says nothing about the neighbour. */
  async function offer(parcel: Uint8Array, source: string): Promise<AdmissionVerdict> {
    try {
      const store = await carrier.open();
      return await store.put(parcel, source, signal);
    } catch (error) {
      log.write('warn', 'node/gossip-not-stored', { code: codeOf(error) });
      return meshErr('mesh/aborted');
    }
  }

  async function readParcel(
    id: Extract<GossipEffect, { readonly kind: 'read' }>['id'],
  ): Promise<Uint8Array | undefined> {
    const store = await carrier.open();
    return await store.get(id, signal);
  }

  function blame(peer: GossipPeer, code: Parameters<typeof conduct.note>[1]): void {
    const neighbour = neighbourByPeer.get(peer);
    log.write('info', 'node/gossip-neighbour-reported', { code });
    const nowMs = clock.monotonicMs();
    if (neighbour === undefined || !conduct.note(peer, code, nowMs)) return;
    metrics.count('node/gossip-neighbours-refused');
    const [oldest] = refusedUntilById.keys();
    if (oldest !== undefined && refusedUntilById.size >= MAX_REFUSED) {
      refusedUntilById.delete(oldest);
    }
    refusedUntilById.set(neighbour.nodeId, nowMs + refusalMs);
    mesh.drop(neighbour.nodeId);
  }

  function isRefused(nodeId: NodeId): boolean {
    return (refusedUntilById.get(nodeId) ?? 0) > clock.monotonicMs();
  }

  function schedule(): void {
    const dueMs = gossip.nextDueMs;
    if (dueMs === tickAtMs || signal.aborted) return;
    cancelTick?.();
    cancelTick = undefined;
    tickAtMs = dueMs;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.max(1, Math.ceil(dueMs - clock.monotonicMs()));
    cancelTick = scheduler.schedule(waitMs, () => {
      tickAtMs = Number.POSITIVE_INFINITY;
      perform(gossip.tick(clock.monotonicMs()));
    });
  }

  return { stats: () => gossip.stats() };
}

/** Whether the first of two linked nodes opens the stream. */
function opens(one: NodeId, other: NodeId): boolean {
  return one < other;
}

/** A node with which a stream is open. */
interface Neighbour {
  readonly peer: GossipPeer;
  readonly nodeId: NodeId;
  readonly stream: ByteStream;
  readonly push: (frame: Uint8Array, onTaken: () => void) => void;
}

interface Retry {
  readonly waitMs: number;
  readonly cancel: Cancel;
}

/** The longest message: a parcel of bucket 3 and its kind; parts are shorter. */
const MAX_MESSAGE = 16_385;
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 300_000;
/** Refused nodes that are remembered. */
const MAX_REFUSED = 1_024;
