import { equalBytes } from '@pars/base';
import {
  type FrontierMessageOf,
  lengthOfLength,
  partOverhead,
  tagLength,
} from './frontier-message.ts';
import { send, type Work } from './work.ts';

/** A vertex on its way out. */
export interface OutgoingVertex {
  readonly bytes: Uint8Array;
  /** Computed only for a vertex that needs more than one message. */
  readonly tag: () => Uint8Array;
}

/** Cuts vertices into messages of the length, and within the window, that the other side asked for. */
export interface OutgoingVertices {
  readonly isEmpty: boolean;
  push(vertices: readonly OutgoingVertex[]): void;
  /** Sends as much as may be under way. */
  pump(): Work;
  /** The other side counts so many bytes since its greeting. True when that is news. */
  acknowledge(received: number): boolean;
}

/** For one greeting of the other side; at most `windowBytes` are under way, but always one message. */
export function createOutgoingVertices(
  { messageLength, begun }: FrontierMessageOf<'hello'>,
  windowBytes: number,
): OutgoingVertices {
  let queue: readonly OutgoingVertex[] = [];
  let place = 0;
  /** Where the vertex at `place` goes on; only for one that is sent in parts. */
  let offset = 0;
  let sent = 0;
  let acknowledged = 0;

  function mayCarry(length: number): boolean {
    return sent === acknowledged || sent - acknowledged + length <= windowBytes;
  }

  /** As many whole vertices as fit into one message, from `place` on. */
  function nextBatch(): readonly Uint8Array[] {
    const batch: Uint8Array[] = [];
    let length = 1;
    for (let at = place; at < queue.length; at += 1) {
      const { bytes } = queue[at] as OutgoingVertex;
      length += lengthOfLength(bytes.length) + bytes.length;
      if (length > messageLength) break;
      batch.push(bytes);
    }
    return batch;
  }

  function* sendPart({ bytes, tag }: OutgoingVertex): Work<boolean> {
    const name = tag().subarray(0, tagLength);
    const isBegun = begun !== undefined && equalBytes(begun.tag, name);
    if (offset === 0 && isBegun && begun.length < bytes.length) offset = begun.length;
    const part = bytes.subarray(offset, offset + messageLength - partOverhead);
    if (!mayCarry(part.length + partOverhead)) return false;
    yield* send({ type: 'part', tag: name, total: bytes.length, offset, bytes: part });
    sent += part.length + partOverhead;
    offset += part.length;
    if (offset < bytes.length) return true;
    offset = 0;
    place += 1;
    return true;
  }

  return {
    get isEmpty() {
      return place === queue.length;
    },
    push(vertices) {
      queue = [...queue.slice(place), ...vertices];
      place = 0;
    },
    *pump() {
      while (place < queue.length) {
        const batch = nextBatch();
        if (batch.length === 0) {
          if (!(yield* sendPart(queue[place] as OutgoingVertex))) return;
          continue;
        }
        const length = batch.reduce((sum, { length }) => sum + lengthOfLength(length) + length, 1);
        if (!mayCarry(length)) return;
        yield* send({ type: 'vertices', encodings: batch });
        sent += length;
        place += batch.length;
      }
    },
    acknowledge(received) {
      // Repeated messages are counted twice over there.
      const now = Math.min(received, sent);
      if (now <= acknowledged) return false;
      acknowledged = now;
      return true;
    },
  };
}
