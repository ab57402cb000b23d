import { ok } from '@pars/base';
import { createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import type { SymmetricPrimitives } from '@pars/crypto';
import { parcelIds } from '../parcel/index.ts';
import { createTestSuite } from '../parcel/parcel-fixture.ts';
import type { GossipClass } from './gossip-class.ts';
import type { AdmissionVerdict, GossipEffect, GossipOptions } from './gossip-effect.ts';
import { createGossip, type Gossip } from './gossip-machine.ts';
import { decodeGossipMessage, encodeGossipMessage, type GossipMessage } from './gossip-message.ts';

/** A node of a small network without delays. */
export interface TestNode {
  readonly gossip: Gossip;
  readonly stored: Map<string, Uint8Array>;
  readonly misbehaved: { readonly peer: number; readonly code: string }[];
  /** Copies of parcels that arrived. */
  copies: number;
  /** What the store says instead of taking the parcel. */
  verdict: ((parcel: Uint8Array) => AdmissionVerdict | undefined) | undefined;
}

/** Nodes, links between them, and what is under way: delivered one message at a time, in order for each link. */
export interface TestNetwork {
  readonly nodes: readonly TestNode[];
  readonly symmetric: SymmetricPrimitives;
  readonly random: SimulationRandom;
  nowMs: number;
  connect(one: number, other: number): void;
  disconnect(one: number, other: number): void;
  isConnected(one: number, other: number): boolean;
  publish(node: number, gossipClass: GossipClass, parcel: Uint8Array): void;
  run(node: number, effects: readonly GossipEffect[]): void;
  /** Delivers at most so many messages; timers run when nothing is under way. */
  settle(maxMessages?: number): void;
}

export function createTestNetwork(
  seed: string,
  count: number,
  options: GossipOptions = {},
): TestNetwork {
  const random = createSimulationRandom(seed);
  const { symmetric } = createTestSuite(random.fork('suite'));
  const links = new Map<string, Uint8Array[]>();
  const nodes = Array.from(
    { length: count },
    (_, index): TestNode => ({
      gossip: createGossip({ symmetric, random: random.fork(`node ${index}`) }, options),
      stored: new Map(),
      misbehaved: [],
      copies: 0,
      verdict: undefined,
    }),
  );
  for (const node of nodes) node.gossip.setIsland(true);
  const keyOf = (from: number, to: number) => `${from}>${to}`;

  const network: TestNetwork = {
    nodes,
    symmetric,
    random,
    nowMs: 0,
    connect(one, other) {
      if (network.isConnected(one, other)) return;
      links.set(keyOf(one, other), []);
      links.set(keyOf(other, one), []);
      for (const [node, peer] of [
        [one, other],
        [other, one],
      ] as const) {
        const up = nodes[node]?.gossip.peerUp(peer, network.nowMs);
        if (up?.ok) network.run(node, up.value);
      }
    },
    disconnect(one, other) {
      links.delete(keyOf(one, other));
      links.delete(keyOf(other, one));
      network.run(one, nodes[one]?.gossip.peerDown(other, network.nowMs) ?? []);
      network.run(other, nodes[other]?.gossip.peerDown(one, network.nowMs) ?? []);
    },
    isConnected: (one, other) => links.has(keyOf(one, other)),
    publish(node, gossipClass, parcel) {
      const { gossip, stored } = nodes[node] ?? raise();
      stored.set(idOf(parcel), parcel);
      const effects = gossip.publish(gossipClass, parcel, network.nowMs);
      if (!effects.ok) throw new Error(effects.error.code);
      network.run(node, effects.value);
    },
    run(index, effects) {
      const node = nodes[index] ?? raise();
      for (const effect of effects) {
        switch (effect.kind) {
          case 'send':
            links.get(keyOf(index, effect.peer))?.push(effect.message);
            break;
          case 'admit': {
            const id = idOf(effect.parcel);
            const refused = node.verdict?.(effect.parcel);
            const verdict = refused ?? ok(node.stored.has(id) ? 'known' : 'stored');
            if (verdict.ok) node.stored.set(id, effect.parcel);
            network.run(index, node.gossip.admitted(effect.ticket, verdict, network.nowMs));
            break;
          }
          case 'read': {
            const parcel = node.stored.get(parcelIds.toText(effect.id));
            network.run(index, node.gossip.loaded(effect.ticket, parcel, network.nowMs));
            break;
          }
          case 'misbehaved':
            node.misbehaved.push({ peer: effect.peer, code: effect.failure.code });
        }
      }
    },
    settle(maxMessages = 100_000) {
      let left = maxMessages;
      for (;;) {
        const busy = [...links].filter(([, queue]) => queue.length > 0);
        const chosen = busy.length > 0 ? random.pick(busy) : undefined;
        if (chosen !== undefined) {
          if (left <= 0) return;
          left -= 1;
          const [from = 0, to = 0] = chosen[0].split('>').map(Number);
          const message = chosen[1].shift() ?? raise();
          if (message[0] !== undefined && message[0] >>> 4 === 1)
            (nodes[to] ?? raise()).copies += 1;
          const { gossip } = nodes[from] ?? raise();
          network.run(from, gossip.drained(to, message.length));
          const received = nodes[to]?.gossip.receive(from, message, network.nowMs);
          network.run(to, received ?? []);
          continue;
        }
        const dueMs = Math.min(...nodes.map((node) => node.gossip.nextDueMs));
        if (dueMs === Number.POSITIVE_INFINITY || left <= 0) return;
        network.nowMs = Math.max(network.nowMs, dueMs);
        for (const [index, node] of nodes.entries()) {
          if (node.gossip.nextDueMs <= network.nowMs) {
            network.run(index, node.gossip.tick(network.nowMs));
          }
        }
      }
    },
  };
  return network;

  function idOf(parcel: Uint8Array): string {
    return parcelIds.toText(symmetric.sha3(parcel.subarray(0, 512)) as never);
  }
}

/** A parcel whose header is only as right as gossip looks at it. */
export function gossipParcel(
  random: SimulationRandom,
  priority: number,
  sizeBytes = 1_024,
): Uint8Array {
  const parcel = new Uint8Array(sizeBytes);
  parcel.set([1, 1, [1, 4, 8, 16, 64, 256].indexOf(sizeBytes / 1_024), priority]);
  parcel.set(random.bytes(64), 12);
  return parcel;
}

/** A gossip machine, and a stranger whose messages are written by hand. */
export interface Duel {
  readonly gossip: Gossip;
  readonly symmetric: SymmetricPrimitives;
  readonly random: SimulationRandom;
  /** The salt under which it wants short ids. */
  readonly salt: Uint8Array;
  /** Salt of the strangers, all zeros. */
  say(message: GossipMessage, peer?: number, nowMs?: number): readonly GossipEffect[];
}

/** The stranger is peer 1; further strangers 2 to `strangers`. */
export function createDuel(seed: string, strangers = 1, options: GossipOptions = {}): Duel {
  const random = createSimulationRandom(seed);
  const { symmetric } = createTestSuite(random.fork('suite'));
  const gossip = createGossip({ symmetric, random }, options);
  gossip.setIsland(true);
  let salt = new Uint8Array(16);
  for (let peer = 1; peer <= strangers; peer += 1) {
    const up = gossip.peerUp(peer, 0);
    if (!up.ok) throw new Error(up.error.code);
    for (const hello of messagesTo(up.value, peer))
      if (hello.type === 'hello') salt = hello.salt as Uint8Array<ArrayBuffer>;
    gossip.receive(peer, encodeGossipMessage({ type: 'hello', salt: new Uint8Array(16) }), 0);
  }
  return {
    gossip,
    symmetric,
    random,
    salt,
    say: (message, peer = 1, nowMs = 0) =>
      gossip.receive(peer, encodeGossipMessage(message), nowMs),
  };
}

/** What effects send to a peer, read. */
export function messagesTo(
  effects: readonly GossipEffect[],
  peer: number,
): readonly GossipMessage[] {
  return effects.flatMap((effect) => {
    if (effect.kind !== 'send' || effect.peer !== peer) return [];
    const message = decodeGossipMessage(effect.message);
    if (!message.ok) throw new Error('sent what nobody can read');
    return [message.value];
  });
}

/** The codes that effects report. */
export function codesOf(effects: readonly GossipEffect[]): readonly string[] {
  return effects.flatMap((effect) => (effect.kind === 'misbehaved' ? [effect.failure.code] : []));
}

function raise(): never {
  throw new Error('no such node');
}
