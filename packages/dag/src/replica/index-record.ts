import { concatBytes, ParsError } from '@pars/base';
import type { VertexId } from '../vertex.ts';
import type { AncestorLabel } from './ancestor-label.ts';

/** What the index knows about one vertex of the replica. Positions are local. */
export interface IndexRecord {
  readonly id: VertexId;
  /** Order of arrival from 0 on; parents come first. */
  readonly position: number;
  readonly time: number;
  /** Positions of the parents, ascending. */
  readonly parents: readonly number[];
  readonly label: AncestorLabel;
  /** The first vertex of the run: the nearest at or below this one that has not exactly one parent. */
  readonly runStart: number;
  /** Steps from the start of the run. */
  readonly runDepth: number;
  /** A vertex further down the run, for walking it in logarithmic steps; itself at the start. */
  readonly runJump: number;
}

/** The row of a record: id [32], then LEB128 integers. The position is in the row's key. */
export function encodeIndexRecord(record: IndexRecord): Uint8Array {
  const { id, time, parents, label, runStart, runDepth, runJump } = record;
  const numbers = [
    time,
    runStart,
    runDepth,
    runJump,
    label.exactFrom,
    parents.length,
    ...parents,
    label.ranges.length,
  ];
  const bytes: number[] = [];
  for (const number of numbers) pushInteger(bytes, number);
  let previous = 0;
  for (const bound of label.ranges) {
    pushInteger(bytes, bound - previous);
    previous = bound;
  }
  return concatBytes(id, new Uint8Array(bytes));
}

/** Reads a row that {@link encodeIndexRecord} made; any other is damage: `ParsError`. */
export function decodeIndexRecord(position: number, row: Uint8Array): IndexRecord {
  let offset = 32;

  function next(): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = row[offset];
      if (byte === undefined || unit > 2 ** 49) throw new ParsError('dag/store-corrupt');
      offset += 1;
      value += (byte & 127) * unit;
      if (byte < 128) return value;
      unit *= 128;
    }
  }

  function nextList(): number[] {
    const count = next();
    if (count > row.length - offset) throw new ParsError('dag/store-corrupt');
    return Array.from({ length: count }, next);
  }

  const [time, runStart, runDepth, runJump, exactFrom] = [next(), next(), next(), next(), next()];
  const parents = nextList();
  const ranges = nextList();
  for (let index = 1; index < ranges.length; index += 1) {
    ranges[index] = (ranges[index] as number) + (ranges[index - 1] as number);
  }
  if (offset !== row.length) throw new ParsError('dag/store-corrupt');
  return {
    id: row.slice(0, 32) as VertexId,
    position,
    time,
    parents,
    label: { ranges, exactFrom },
    runStart,
    runDepth,
    runJump,
  };
}

function pushInteger(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}
