import { ParsError } from '@pars/base';
import type { VertexId } from '../vertex.ts';
import type { AncestorLabel } from './ancestor-label.ts';
import { IntegerReader, integerSize, writeInteger } from './row-integers.ts';

/** What the index knows about one vertex of the replica. Positions are local. */
export interface IndexRecord {
  readonly id: VertexId;
  /** Order of arrival from 0 on; parents come first. */
  readonly position: number;
  readonly time: number;
  /** Positions of the parents, ascending. */
  readonly parents: readonly number[];
  readonly label: AncestorLabel;
  /** How many nodes of trees there were before this vertex. */
  readonly treeNodes: number;
}

/** A vertex of at most so many bytes stands in the row of its record; a longer one has a row of its own. */
export const MAX_INLINE_BYTES = 1024;

/**
 * The row of a record: id [32], then LEB128 integers, then the encoding of the
 * vertex when it is short enough. The position is in the row's key.
 */
export function encodeIndexRecord(record: IndexRecord, vertex: Uint8Array): Uint8Array {
  const { id, time, parents, label, treeNodes } = record;
  const { ranges, exactFrom, below } = label;
  let size = 32 + integerSize(time) + integerSize(treeNodes) + integerSize(exactFrom);
  size += integerSize(below) + listSize(parents, 0) + listSize(ranges, 1);
  const inlineBytes = isInline(vertex) ? vertex.length : 0;
  const row = new Uint8Array(size + inlineBytes);
  row.set(id);
  let at = writeInteger(row, 32, time);
  at = writeInteger(row, at, treeNodes);
  at = writeInteger(row, at, exactFrom);
  at = writeInteger(row, at, below);
  at = writeList(row, at, parents, 0);
  at = writeList(row, at, ranges, 1);
  if (inlineBytes > 0) row.set(vertex, at);
  return row;
}

/** Whether the vertex stands in the row of its record. */
export function isInline(vertex: Uint8Array): boolean {
  return vertex.length <= MAX_INLINE_BYTES;
}

/** A record and, when its row holds it, the encoding of the vertex: a view of the row. */
export interface IndexRow {
  readonly record: IndexRecord;
  readonly vertex: Uint8Array | undefined;
}

/** Reads a row that {@link encodeIndexRecord} made; any other is damage: `ParsError`. */
export function decodeIndexRecord(position: number, row: Uint8Array): IndexRow {
  const reader = new IntegerReader(row, 32);
  const time = reader.next();
  const treeNodes = reader.next();
  const exactFrom = reader.next();
  const below = reader.next();
  const parents = reader.list();
  const ranges = reader.list();
  for (let index = 1; index < ranges.length; index += 1) {
    ranges[index] = (ranges[index] as number) + (ranges[index - 1] as number);
  }
  const inlineBytes = row.length - reader.offset;
  if (inlineBytes > MAX_INLINE_BYTES) throw new ParsError('dag/store-corrupt');
  const id = row.slice(0, 32) as VertexId;
  const label = { ranges, exactFrom, below };
  return {
    record: { id, position, time, parents, label, treeNodes },
    vertex: inlineBytes === 0 ? undefined : row.subarray(reader.offset),
  };
}

// With `differences` 1, an ascending list is written as the steps from each to the next.
function listSize(list: readonly number[], differences: 0 | 1): number {
  let size = integerSize(list.length);
  let previous = 0;
  for (const value of list) {
    size += integerSize(value - previous);
    previous = value * differences;
  }
  return size;
}

function writeList(
  row: Uint8Array,
  offset: number,
  list: readonly number[],
  differences: 0 | 1,
): number {
  let at = writeInteger(row, offset, list.length);
  let previous = 0;
  for (const value of list) {
    at = writeInteger(row, at, value - previous);
    previous = value * differences;
  }
  return at;
}
