import { equalBytes } from '@pars/base';
import { bytesToKey } from '../byte-key.ts';
import type { VertexId } from '../vertex.ts';
import {
  type FrontierMessageOf,
  lengthOfLength,
  partOverhead,
  tagLength,
  verticesOverhead,
} from './frontier-message.ts';
import type { GivenLedger } from './given-ledger.ts';
import { send, type Work } from './work.ts';

/** A vertex on its way out. */
export interface OutgoingVertex {
  readonly bytes: Uint8Array;
  readonly id: VertexId;
  /** Where the page begins that it is of; infinite for what was wanted by id. */
  readonly from: number;
}

/** Cuts vertices into messages of the length, and within the window, that the other side asked for. */
export interface OutgoingVertices {
  readonly isEmpty: boolean;
  /** The page of the first vertex that has not left whole; infinite when there is none. */
  readonly waitingFrom: number;
  push(vertices: readonly OutgoingVertex[]): void;
  /** Sends as much as may be under way. */
  pump(): Work;
}

/** For one greeting of the other side; at most `windowBytes` are under way, but always one message. */
export function createOutgoingVertices(
  { messageLength, begun }: FrontierMessageOf<'hello'>,
  windowBytes: number,
  ledger: GivenLedger,
): OutgoingVertices {
  let queue: readonly OutgoingVertex[] = [];
  let place = 0;
  /** Where the vertex at `place` goes on; only for one that is sent in parts. */
  let offset = 0;

  function mayCarry(length: number): boolean {
    return ledger.underWay === 0 || ledger.underWay + length <= windowBytes;
  }

  /** As many whole vertices as fit into one message, from `place` on, and its length. */
  function nextBatch(): { readonly batch: readonly OutgoingVertex[]; readonly length: number } {
    const batch: OutgoingVertex[] = [];
    let length = verticesOverhead;
    for (let at = place; at < queue.length; at += 1) {
      const vertex = queue[at] as OutgoingVertex;
      const longer = length + lengthOfLength(vertex.bytes.length) + vertex.bytes.length;
      if (longer > messageLength) break;
      length = longer;
      batch.push(vertex);
    }
    return { batch, length };
  }

  function* sendPart({ bytes, id, from }: OutgoingVertex): Work<boolean> {
    const tag = id.subarray(0, tagLength);
    const isBegun = begun !== undefined && equalBytes(begun.tag, tag);
    if (offset === 0 && isBegun && begun.length < bytes.length) offset = begun.length;
    const part = bytes.subarray(offset, offset + messageLength - partOverhead);
    if (!mayCarry(part.length + partOverhead)) return false;
    const number = ledger.nextNumber;
    const isLast = offset + part.length === bytes.length;
    const keys = isLast ? [bytesToKey(id)] : [];
    ledger.sent({ bytes: part.length + partOverhead, keys, from });
    yield* send({ type: 'part', number, tag, total: bytes.length, offset, bytes: part });
    offset = isLast ? 0 : offset + part.length;
    if (isLast) place += 1;
    return true;
  }

  return {
    get isEmpty() {
      return place === queue.length;
    },
    get waitingFrom() {
      return queue[place]?.from ?? Number.POSITIVE_INFINITY;
    },
    push(vertices) {
      queue = [...queue.slice(place), ...vertices];
      place = 0;
    },
    *pump() {
      while (place < queue.length) {
        const { batch, length } = nextBatch();
        if (batch.length === 0) {
          if (!(yield* sendPart(queue[place] as OutgoingVertex))) return;
          continue;
        }
        if (!mayCarry(length)) return;
        const number = ledger.nextNumber;
        const keys = batch.map(({ id }) => bytesToKey(id));
        const from = batch.reduce((least, vertex) => Math.min(least, vertex.from), Infinity);
        ledger.sent({ bytes: length, keys, from });
        place += batch.length;
        yield* send({ type: 'vertices', number, encodings: batch.map(({ bytes }) => bytes) });
      }
    },
  };
}
