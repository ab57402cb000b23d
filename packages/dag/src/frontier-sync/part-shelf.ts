import { bytesFromKey, bytesToKey } from '../byte-key.ts';
import { MAX_VERTEX_BYTES } from '../vertex.ts';
import { earlyPieceOverhead, mostEarlyWindows } from './exchange-budget.ts';
import type { FrontierMessageOf } from './frontier-message.ts';

/** Vertices of which only parts are here, at most 4; of each, parts that came too early wait. */
export interface PartShelf {
  /** The one of which most is here without a gap. */
  readonly begun: { readonly tag: Uint8Array; readonly length: number } | undefined;
  /** The whole vertex when this was its last part. `known`: nothing new. `full`: it was dropped. `bad`: it contradicts itself. */
  add(message: FrontierMessageOf<'part'>): Uint8Array | 'more' | 'known' | 'full' | 'bad';
}

const mostBegun = 4;

/** Holds at most 4 vertices and for each, early parts of 3 × `windowBytes`, 256 more bytes counted for every part. */
export function createPartShelf(windowBytes: number): PartShelf {
  const begun = new Map<string, Begun>();

  function begin(key: string, total: number): Begun {
    const fresh: Begun = {
      bytes: new Uint8Array(0),
      length: 0,
      total,
      early: new Map(),
      earlyBytes: 0,
    };
    begun.set(key, fresh);
    if (begun.size > mostBegun) {
      const [oldest = ''] = begun.keys();
      begun.delete(oldest);
    }
    return fresh;
  }

  return {
    get begun() {
      let best: { readonly tag: Uint8Array; readonly length: number } | undefined;
      for (const [key, { length }] of begun) {
        if (length > (best?.length ?? 0)) best = { tag: bytesFromKey(key), length };
      }
      return best;
    },
    add({ tag, total, offset, bytes }) {
      const key = bytesToKey(tag);
      const vertex = begun.get(key) ?? begin(key, total);
      if (vertex.total !== total) return 'bad';
      if (offset + bytes.length <= vertex.length) return 'known';
      if (offset > vertex.length) return keepEarly(vertex, offset, bytes, windowBytes);
      append(vertex, bytes.subarray(vertex.length - offset));
      for (let next = vertex.early.get(vertex.length); next !== undefined; ) {
        vertex.early.delete(vertex.length);
        vertex.earlyBytes -= earlyPieceOverhead + next.length;
        append(vertex, next);
        next = vertex.early.get(vertex.length);
      }
      if (vertex.length < total) return 'more';
      begun.delete(key);
      return vertex.bytes.slice(0, total);
    },
  };
}

interface Begun {
  /** Grows with what arrives: a claim alone takes no memory. */
  bytes: Uint8Array;
  length: number;
  readonly total: number;
  readonly early: Map<number, Uint8Array>;
  earlyBytes: number;
}

function append(vertex: Begun, bytes: Uint8Array): void {
  const length = vertex.length + bytes.length;
  if (length > vertex.bytes.length) {
    const larger = new Uint8Array(Math.min(MAX_VERTEX_BYTES, vertex.total, 2 * length));
    larger.set(vertex.bytes.subarray(0, vertex.length));
    vertex.bytes = larger;
  }
  vertex.bytes.set(bytes, vertex.length);
  vertex.length = length;
}

function keepEarly(
  vertex: Begun,
  offset: number,
  bytes: Uint8Array,
  windowBytes: number,
): 'more' | 'known' | 'full' {
  const size = earlyPieceOverhead + bytes.length;
  if (vertex.early.has(offset)) return 'known';
  if (vertex.earlyBytes + size > mostEarlyWindows * windowBytes) return 'full';
  vertex.early.set(offset, bytes);
  vertex.earlyBytes += size;
  return 'more';
}
