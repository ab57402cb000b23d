import type { NodeIndex } from '../kernel/index.ts';

/** A message from one node to another, as a parcel among parcels. */
export interface PostedMessage {
  readonly index: number;
  readonly id: Uint8Array;
  readonly from: NodeIndex;
  readonly to: NodeIndex;
  readonly postedMs: number;
  deliveredMs: number | undefined;
}

/** Who has posted what to whom, and which node has come to hold which parcel how often. */
export interface DeliveryBook {
  readonly messages: readonly PostedMessage[];
  /** Parcels that became durable twice in a node that had not lost them. */
  readonly doubles: number;
  readonly delivered: number;
  /** Copies that arrived by the network or by courier. */
  readonly copies: number;
  post(message: Omit<PostedMessage, 'index' | 'deliveredMs'>): void;
  /** A parcel is durable in a node. */
  stored(node: NodeIndex, id: Uint8Array, nowMs: number): void;
  /** A life began: what its store holds counts as stored, what it does not may come again. */
  reopened(node: NodeIndex, holds: (id: Uint8Array) => boolean, nowMs: number): void;
}

/** An empty book for so many nodes. */
export function createDeliveryBook(nodes: number): DeliveryBook {
  const messages: PostedMessage[] = [];
  const byId = new Map<string, PostedMessage>();
  const heldByNode = Array.from({ length: nodes }, () => new Set<number>());
  const lives = new Uint32Array(nodes);
  let doubles = 0;
  let delivered = 0;
  let copies = 0;

  function arrive(node: NodeIndex, message: PostedMessage, nowMs: number): void {
    heldByNode[node]?.add(message.index);
    if (message.to !== node || message.deliveredMs !== undefined) return;
    message.deliveredMs = nowMs;
    delivered += 1;
  }

  return {
    messages,
    get doubles() {
      return doubles;
    },
    get delivered() {
      return delivered;
    },
    get copies() {
      return copies;
    },
    post(message) {
      const posted = { ...message, index: messages.length, deliveredMs: undefined };
      messages.push(posted);
      byId.set(message.id.toHex(), posted);
      heldByNode[message.from]?.add(posted.index);
    },
    stored(node, id, nowMs) {
      const message = byId.get(id.toHex());
      if (message === undefined) return;
      copies += 1;
      if (heldByNode[node]?.has(message.index) === true) doubles += 1;
      arrive(node, message, nowMs);
    },
    reopened(node, holds, nowMs) {
      lives[node] = (lives[node] ?? 0) + 1;
      if (lives[node] === 1) return;
      const held = heldByNode[node];
      for (const message of messages) {
        if (holds(message.id)) arrive(node, message, nowMs);
        else held?.delete(message.index);
      }
    },
  };
}
