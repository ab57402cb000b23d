import { hash } from 'node:crypto';
import { equalBytes, ok } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import {
  type AdmissionVerdict,
  createGossip,
  createNeighbourConduct,
  type Gossip,
  type GossipClass,
  type GossipEffect,
  type GossipOptions,
  meshErr,
} from '@pars/mesh';
import { type Process, type ProcessContext, traffic } from '../kernel/index.ts';

/** What a simulated node of gossip is made with. */
export interface GossipNodeOptions {
  readonly neighbours: readonly number[];
  readonly symmetric: SymmetricPrimitives;
  readonly gossip?: GossipOptions;
  readonly isIsland?: boolean;
  /** What checking and storing a parcel costs on the reference machine, in ms. */
  readonly admissionMs?: number;
  /** Called when the own store has taken a parcel. */
  readonly onStored: (node: number, parcel: Uint8Array, nowMs: number) => void;
  /** Called with the bytes of the link frame (PIP-1000 §7) that a message would fill alone. */
  readonly onSent?: (frameBytes: number) => void;
  /** What a hostile node sends in the place of each message. */
  readonly tamper?: (message: Uint8Array) => readonly Uint8Array[];
  readonly onMisbehaved?: (node: number, peer: number, code: string) => void;
  /** Called when this node closes a link; cut it, and call `linkDown` of the other end. */
  readonly onClosed?: (node: number, peer: number) => void;
}

/** A node that gossips, on the kernel. Links are up from the start of its life. */
export interface GossipNode extends Process {
  publish(gossipClass: GossipClass, parcel: Uint8Array): void;
  /** The other end has closed the link. */
  linkDown(peer: number): void;
}

/** Bytes that the length of a message takes on a stream (PIP-1008 §2). */
export const lengthBytes = 2;

/** One node. Its store keeps everything that is whole; postage is not checked. */
export function createGossipNode(options: GossipNodeOptions): GossipNode {
  const {
    neighbours,
    symmetric,
    onStored,
    onSent,
    onMisbehaved,
    onClosed,
    admissionMs = 0,
  } = options;
  const { tamper } = options;
  let gossip: Gossip | undefined;
  let context: ProcessContext | undefined;
  const conduct = createNeighbourConduct();
  let timer = 0;
  let timerMs = Number.POSITIVE_INFINITY;
  const parcelById = new Map<string, Uint8Array>();

  const machine = (): Gossip => gossip ?? raise();
  const world = (): ProcessContext => context ?? raise();

  function run(effects: readonly GossipEffect[], nowMs: number): void {
    if (effects.length === 0) return;
    for (const effect of effects) {
      switch (effect.kind) {
        case 'send': {
          if (tamper === undefined) {
            world().send(effect.peer, effect.message, trafficOf(effect.message));
          } else {
            for (const message of tamper(effect.message)) {
              world().send(effect.peer, message, traffic.hostile);
            }
          }
          onSent?.(frameBytes(effect.message.length + lengthBytes));
          run(machine().drained(effect.peer, effect.message.length), nowMs);
          break;
        }
        case 'admit': {
          if (admissionMs > 0) world().spend(admissionMs);
          const verdict = admit(effect.parcel);
          run(machine().admitted(effect.ticket, verdict, nowMs), nowMs);
          break;
        }
        case 'read':
          run(machine().loaded(effect.ticket, parcelById.get(keyOf(effect.id)), nowMs), nowMs);
          break;
        case 'misbehaved':
          onMisbehaved?.(world().self, effect.peer, effect.failure.code);
          if (conduct.note(effect.peer, effect.failure.code, nowMs)) close(effect.peer, nowMs);
      }
    }
  }

  function close(peer: number, nowMs: number): void {
    conduct.forget(peer);
    if (onClosed === undefined) return;
    run(machine().peerDown(peer, nowMs), nowMs);
    onClosed(world().self, peer);
  }

  function admit(parcel: Uint8Array): AdmissionVerdict {
    const bodyHash = parcel.subarray(44, 76);
    if (!equalBytes(symmetric.sha3(parcel.subarray(512)), bodyHash)) {
      return meshErr('mesh/bad-parcel', { what: 'body' });
    }
    const key = keyOf(symmetric.sha3(parcel.subarray(0, 512)));
    if (parcelById.has(key)) return ok('known');
    parcelById.set(key, parcel);
    onStored(world().self, parcel, world().nowMs);
    return ok('stored');
  }

  function schedule(nowMs: number): void {
    const dueMs = machine().nextDueMs;
    if (dueMs >= timerMs) return;
    if (timer !== 0) world().cancelTimer(timer);
    timerMs = dueMs;
    // Whole microseconds, upwards: waking a hair too early would set the same timer for ever.
    timer = world().setTimer(Math.max(0, dueMs - nowMs) + 0.001, 0);
  }

  return {
    start(given) {
      context = given;
      gossip = createGossip({ symmetric, random: given.random }, options.gossip);
      gossip.setIsland(options.isIsland ?? false);
      for (const peer of neighbours) {
        const up = gossip.peerUp(peer, given.nowMs);
        if (up.ok) run(up.value, given.nowMs);
      }
      schedule(given.nowMs);
    },
    receive(from, message) {
      const { nowMs } = world();
      run(machine().receive(from, message, nowMs), nowMs);
      schedule(nowMs);
    },
    wake() {
      const { nowMs } = world();
      timer = 0;
      timerMs = Number.POSITIVE_INFINITY;
      run(machine().tick(nowMs), nowMs);
      schedule(nowMs);
    },
    linkDown(peer) {
      const { nowMs } = world();
      run(machine().peerDown(peer, nowMs), nowMs);
      schedule(nowMs);
    },
    publish(gossipClass, parcel) {
      const { nowMs } = world();
      admit(parcel);
      const effects = machine().publish(gossipClass, parcel, nowMs);
      if (!effects.ok) throw new Error(effects.error.code);
      run(effects.value, nowMs);
      schedule(nowMs);
    },
  };
}

function raise(): never {
  throw new Error('not started');
}

/** A frame has 19 bytes besides its content and is padded to 256 (PIP-1000 §7). */
function frameBytes(contentBytes: number): number {
  return Math.ceil((contentBytes + 19) / 256) * 256;
}

/** Payload are parcels and parts, whatever they were sent for; all else is control. */
function trafficOf(message: Uint8Array): number {
  const kind = (message[0] ?? 0) >>> 4;
  if (kind === 0) return traffic.other;
  return kind <= 2 ? traffic.payload : traffic.control;
}

function keyOf(id: Uint8Array): string {
  let key = '';
  for (let at = 0; at < 16; at += 1) key += String.fromCharCode(id[at] ?? 0);
  return key;
}

/** Node's SHA3 in place of the JavaScript one: the same hash, for speed. */
export function withNativeSha3(symmetric: SymmetricPrimitives): SymmetricPrimitives {
  return {
    ...symmetric,
    sha3: (...parts) => {
      const [only] = parts;
      const input = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
      return new Uint8Array(hash('sha3-256', input, 'buffer'));
    },
  };
}
