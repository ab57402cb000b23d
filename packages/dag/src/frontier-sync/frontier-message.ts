import { concatBytes, equalBytes, type Failure, ok, type Result, uint32ToBytes } from '@pars/base';
import { type DagFailureCode, dagError } from '../errors.ts';
import { MAX_FRONTIER } from '../replica/difference.ts';
import { MAX_VERTEX_BYTES, type VertexId } from '../vertex.ts';
import {
  type BaseRef,
  MAX_FRONTIER_MESSAGE,
  MAX_WINDOW_BYTES,
  MIN_FRONTIER_MESSAGE,
} from './frontier-machine.ts';
import type { ArrivedRun } from './given-ledger.ts';
import { MAX_SNAPSHOT_STREAM } from './snapshot.ts';

/** Version of member-level sync, in `hello` (PIP-1003 §11). */
export const frontierVersion = 1;

/** Everything that crosses between two members (PIP-1003 §11). */
export type FrontierMessage =
  | {
      readonly type: 'hello';
      /** Session [4] ‖ counter [4]: names this greeting. */
      readonly epoch: Uint8Array;
      /** The other side shall greet, too. */
      readonly wantsHello: boolean;
      readonly messageLength: number;
      readonly windowBytes: number;
      readonly headCount: number;
      /** 16 bytes: equal when the frontiers are. */
      readonly digest: Uint8Array;
      readonly base: BaseRef | undefined;
      /** The greeting that began the list of heads, if it was an earlier one: the list goes on. */
      readonly continues: Uint8Array | undefined;
      /** A vertex of which the first bytes are here. */
      readonly begun: { readonly tag: Uint8Array; readonly length: number } | undefined;
      /** What came of the other side's giving before. */
      readonly arrived: ArrivedRun | undefined;
      /** How much of the other side's list of heads is here. */
      readonly heard: { readonly list: Uint8Array; readonly count: number } | undefined;
    }
  | {
      readonly type: 'heads';
      /** The greeting that began the list. */
      readonly list: Uint8Array;
      readonly start: number;
      readonly ids: readonly VertexId[];
    }
  | { readonly type: 'ask'; readonly ids: readonly VertexId[] }
  | {
      readonly type: 'answer';
      /** 8 bytes: which `ask`. */
      readonly tag: Uint8Array;
      readonly held: readonly boolean[];
    }
  | {
      readonly type: 'vertices';
      /** Counts `vertices` and `part` of one machine, from anywhere below 2^31. */
      readonly number: number;
      readonly encodings: readonly Uint8Array[];
    }
  | {
      readonly type: 'part';
      readonly number: number;
      /** The first 8 bytes of the id. */
      readonly tag: Uint8Array;
      readonly total: number;
      readonly offset: number;
      readonly bytes: Uint8Array;
    }
  | { readonly type: 'more'; readonly epoch: Uint8Array; readonly arrived: ArrivedRun }
  | { readonly type: 'want'; readonly epoch: Uint8Array; readonly ids: readonly VertexId[] }
  | { readonly type: 'done'; readonly epoch: Uint8Array }
  | { readonly type: 'content'; readonly epoch: Uint8Array }
  | {
      readonly type: 'want-snapshot';
      /** 32 bytes; zeros: any, tell which. */
      readonly root: Uint8Array;
      readonly offset: number;
      readonly length: number;
    }
  | {
      readonly type: 'snapshot';
      readonly root: Uint8Array;
      /** Bytes of base and state; 0: there is none. */
      readonly contentLength: number;
    }
  | {
      readonly type: 'snapshot-part';
      /** The first 8 bytes of the root. */
      readonly tag: Uint8Array;
      readonly offset: number;
      readonly bytes: Uint8Array;
    };

/** A message of one type. */
export type FrontierMessageOf<Type extends FrontierMessage['type']> = Extract<
  FrontierMessage,
  { readonly type: Type }
>;

/** Bytes of an epoch. */
export const epochLength = 8;
/** Bytes of tags of questions, vertices and snapshots. */
export const tagLength = 8;
/** Bytes of the digest of a frontier. */
export const digestLength = 16;
/** Bytes of a `part` besides the vertex's. */
export const partOverhead = 21;
/** Bytes of a `vertices` besides the vertices and their lengths. */
export const verticesOverhead = 5;
/** Bytes of a `snapshot-part` besides the stream's. */
export const snapshotPartOverhead = 13;
/** Bytes of a `heads` besides the ids. */
export const headsOverhead = 11;
/** Heads of one list. */
export const MAX_TOLD: number = 3 * MAX_FRONTIER;
/** Most ids of a `want`. */
export const MAX_WANTED = 64;

const typeNumbers: Readonly<Record<FrontierMessage['type'], number>> = {
  hello: 1,
  heads: 2,
  ask: 3,
  answer: 4,
  vertices: 5,
  part: 6,
  more: 7,
  want: 8,
  done: 9,
  content: 10,
  'want-snapshot': 11,
  snapshot: 12,
  'snapshot-part': 13,
};

/** The bytes of a message. */
export function encodeFrontierMessage(message: FrontierMessage): Uint8Array {
  return concatBytes(Uint8Array.of(typeNumbers[message.type]), ...fieldsOf(message));
}

/** Bytes that the length of a vertex takes in `vertices`: LEB128, shortest form. */
export function lengthOfLength(length: number): number {
  return length < 128 ? 1 : length < 16_384 ? 2 : 3;
}

function fieldsOf(message: FrontierMessage): readonly Uint8Array[] {
  switch (message.type) {
    case 'hello': {
      const { base, begun, continues, arrived, heard } = message;
      const flags =
        (message.wantsHello ? 1 : 0) |
        (base === undefined ? 0 : 2) |
        (begun === undefined ? 0 : 4) |
        (continues === undefined ? 0 : 8) |
        (arrived === undefined ? 0 : 16) |
        (heard === undefined ? 0 : 32);
      return [
        Uint8Array.of(frontierVersion, flags),
        message.epoch,
        uint16(message.messageLength),
        uint32ToBytes(message.windowBytes),
        uint16(message.headCount),
        message.digest,
        ...(base === undefined ? [] : [base.id, uint48(base.time)]),
        ...(begun === undefined ? [] : [begun.tag, uint32ToBytes(begun.length)]),
        ...(continues === undefined ? [] : [continues]),
        ...(arrived === undefined ? [] : runFields(arrived)),
        ...(heard === undefined ? [] : [heard.list, uint16(heard.count)]),
      ];
    }
    case 'heads':
      return [message.list, uint16(message.start), ...message.ids];
    case 'ask':
      return message.ids;
    case 'answer': {
      const { held } = message;
      const bits = new Uint8Array(Math.ceil(held.length / 8));
      for (const [at, isHeld] of held.entries()) {
        if (isHeld) bits[at >> 3] = (bits[at >> 3] ?? 0) | (128 >> (at & 7));
      }
      return [message.tag, uint16(held.length), bits];
    }
    case 'vertices':
      return [
        uint32ToBytes(message.number),
        ...message.encodings.flatMap((bytes) => [leb128(bytes.length), bytes]),
      ];
    case 'part':
      return [
        uint32ToBytes(message.number),
        message.tag,
        uint32ToBytes(message.total),
        uint32ToBytes(message.offset),
        message.bytes,
      ];
    case 'more':
      return [message.epoch, ...runFields(message.arrived)];
    case 'want':
      return [message.epoch, ...message.ids];
    case 'done':
    case 'content':
      return [message.epoch];
    case 'want-snapshot':
      return [message.root, uint32ToBytes(message.offset), uint32ToBytes(message.length)];
    case 'snapshot':
      return [message.root, uint32ToBytes(message.contentLength)];
    case 'snapshot-part':
      return [message.tag, uint32ToBytes(message.offset), message.bytes];
  }
}

/**
 * Reads a message of a stranger. Never throws. Fails with `dag/bad-sync-message`
 * unless it is the one encoding of a message within the bounds of PIP-1003 §11,
 * and with `dag/unknown-sync-version`.
 */
export function decodeFrontierMessage(
  bytes: Uint8Array,
): Result<FrontierMessage, Failure<DagFailureCode>> {
  if (bytes.length > MAX_FRONTIER_MESSAGE) return dagError('dag/bad-sync-message');
  if (bytes[0] === typeNumbers.hello && bytes.length > 1 && bytes[1] !== frontierVersion) {
    return dagError('dag/unknown-sync-version');
  }
  const message = readMessage(bytes);
  // One encoding for one message: flags, spare bits and lengths are compared by writing it again.
  if (message === undefined || !equalBytes(encodeFrontierMessage(message), bytes)) {
    return dagError('dag/bad-sync-message');
  }
  return ok(message);
}

function readMessage(bytes: Uint8Array): FrontierMessage | undefined {
  const reader = createReader(bytes.subarray(1));
  switch (bytes[0]) {
    case 1:
      return readHello(reader);
    case 2: {
      const [list, start] = [reader.take(epochLength), reader.uint(2)];
      const ids = reader.ids(MAX_FRONTIER);
      if (reader.isShort || ids === undefined || start + ids.length > MAX_TOLD) return undefined;
      return { type: 'heads', list, start, ids };
    }
    case 3: {
      const ids = reader.ids(MAX_FRONTIER);
      return ids && { type: 'ask', ids };
    }
    case 4: {
      const [tag, count] = [reader.take(tagLength), reader.uint(2)];
      const bits = reader.rest();
      if (reader.isShort || count < 1 || count > MAX_FRONTIER) return undefined;
      if (bits.length !== Math.ceil(count / 8)) return undefined;
      const held = Array.from({ length: count }, (_, at) => {
        return ((bits[at >> 3] ?? 0) & (128 >> (at & 7))) !== 0;
      });
      return { type: 'answer', tag, held };
    }
    case 5: {
      const number = reader.uint(4);
      const encodings = reader.encodings();
      return encodings && { type: 'vertices', number, encodings };
    }
    case 6: {
      const [number, tag] = [reader.uint(4), reader.take(tagLength)];
      const [total, offset] = [reader.uint(4), reader.uint(4)];
      const content = reader.rest();
      if (reader.isShort || content.length === 0 || total > MAX_VERTEX_BYTES) return undefined;
      if (offset + content.length > total) return undefined;
      return { type: 'part', number, tag, total, offset, bytes: content };
    }
    case 7: {
      const [epoch, arrived] = [reader.take(epochLength), readRun(reader)];
      return reader.isShort || arrived === undefined ? undefined : { type: 'more', epoch, arrived };
    }
    case 8: {
      const epoch = reader.take(epochLength);
      const ids = reader.ids(MAX_WANTED);
      return reader.isShort || ids === undefined ? undefined : { type: 'want', epoch, ids };
    }
    case 9:
    case 10: {
      const epoch = reader.take(epochLength);
      if (reader.isShort) return undefined;
      return { type: bytes[0] === 9 ? 'done' : 'content', epoch };
    }
    case 11: {
      const [root, offset, length] = [reader.take(32), reader.uint(4), reader.uint(4)];
      if (reader.isShort || length > MAX_WINDOW_BYTES) return undefined;
      if (offset + length > MAX_SNAPSHOT_STREAM) return undefined;
      return { type: 'want-snapshot', root, offset, length };
    }
    case 12: {
      const [root, contentLength] = [reader.take(32), reader.uint(4)];
      return reader.isShort ? undefined : { type: 'snapshot', root, contentLength };
    }
    case 13: {
      const [tag, offset] = [reader.take(tagLength), reader.uint(4)];
      const content = reader.rest();
      if (reader.isShort || content.length === 0) return undefined;
      if (offset + content.length > MAX_SNAPSHOT_STREAM) return undefined;
      return { type: 'snapshot-part', tag, offset, bytes: content };
    }
    default:
      return undefined;
  }
}

function readHello(reader: Reader): FrontierMessage | undefined {
  reader.uint(1);
  const flags = reader.uint(1);
  const epoch = reader.take(epochLength);
  const [messageLength, windowBytes, headCount] = [reader.uint(2), reader.uint(4), reader.uint(2)];
  const digest = reader.take(digestLength);
  const base =
    (flags & 2) === 0 ? undefined : { id: reader.take(32) as VertexId, time: reader.uint(6) };
  const begun =
    (flags & 4) === 0 ? undefined : { tag: reader.take(tagLength), length: reader.uint(4) };
  const continues = (flags & 8) === 0 ? undefined : reader.take(epochLength);
  const hasArrived = (flags & 16) !== 0;
  const arrived = hasArrived ? readRun(reader) : undefined;
  const heard =
    (flags & 32) === 0 ? undefined : { list: reader.take(epochLength), count: reader.uint(2) };
  const isOutside =
    (heard?.count ?? 0) > MAX_TOLD ||
    (hasArrived && arrived === undefined) ||
    messageLength < MIN_FRONTIER_MESSAGE ||
    messageLength > MAX_FRONTIER_MESSAGE ||
    windowBytes < MIN_FRONTIER_MESSAGE ||
    windowBytes > MAX_WINDOW_BYTES ||
    headCount > MAX_TOLD ||
    (begun?.length ?? 0) > MAX_VERTEX_BYTES;
  if (reader.isShort || isOutside) return undefined;
  const wantsHello = (flags & 1) === 1;
  return {
    type: 'hello',
    epoch,
    wantsHello,
    messageLength,
    windowBytes,
    headCount,
    digest,
    base,
    continues,
    begun,
    arrived,
    heard,
  };
}

function readRun(reader: Reader): ArrivedRun | undefined {
  const [last, count] = [reader.uint(4), reader.uint(4)];
  return count > last + 1 ? undefined : { last, count };
}

interface Reader {
  /** Whether more was taken than there is; what was taken then is meaningless. */
  readonly isShort: boolean;
  take(length: number): Uint8Array;
  uint(length: number): number;
  rest(): Uint8Array;
  /** All the rest as 1 to `most` ids. */
  ids(most: number): readonly VertexId[] | undefined;
  /** All the rest as vertices, at least one. */
  encodings(): readonly Uint8Array[] | undefined;
}

function createReader(bytes: Uint8Array): Reader {
  let at = 0;
  let isShort = false;
  const reader: Reader = {
    get isShort() {
      return isShort;
    },
    take(length) {
      if (bytes.length - at < length) isShort = true;
      at += length;
      return bytes.slice(at - length, at);
    },
    uint: (length) => reader.take(length).reduce((value, byte) => value * 256 + byte, 0),
    rest: () => reader.take(Math.max(0, bytes.length - at)),
    ids(most) {
      const count = (bytes.length - at) / 32;
      if (!Number.isInteger(count) || count < 1 || count > most) return undefined;
      return Array.from({ length: count }, () => reader.take(32) as VertexId);
    },
    encodings() {
      const encodings: Uint8Array[] = [];
      while (at < bytes.length) {
        let length = 0;
        for (let shift = 0, byte = 128; byte >= 128 && shift < 21; shift += 7) {
          byte = reader.uint(1);
          length += (byte & 127) << shift;
        }
        if (length === 0) return undefined;
        encodings.push(reader.take(length));
      }
      return isShort || encodings.length === 0 ? undefined : encodings;
    },
  };
  return reader;
}

function leb128(value: number): Uint8Array {
  if (value < 128) return Uint8Array.of(value);
  if (value < 16_384) return Uint8Array.of((value & 127) | 128, value >> 7);
  return Uint8Array.of((value & 127) | 128, ((value >> 7) & 127) | 128, value >> 14);
}

function runFields({ last, count }: ArrivedRun): readonly Uint8Array[] {
  return [uint32ToBytes(last), uint32ToBytes(count)];
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

function uint48(value: number): Uint8Array {
  const high = Math.floor(value / 2 ** 32);
  return concatBytes(uint16(high), uint32ToBytes(value % 2 ** 32));
}
