import { compareBytes, concatBytes, hex, uint32ToBytes } from '@pars/base';

/**
 * Which of several edits of one thing counts: the one of the greatest time of
 * its vertex, then of the greatest id. What an author knew has a smaller time, so
 * it never wins against what they wrote over it (PIP-1001 §9.2).
 */
export interface EditStamp {
  /** The logical time of the vertex. */
  readonly time: number;
  /** The edit, 36 bytes. */
  readonly id: Uint8Array;
}

/** The id of an edit: that of its vertex, 32 bytes, and its number there, 4 bytes. */
export function editIdOf(vertex: Uint8Array, edit: number): Uint8Array {
  return concatBytes(vertex, uint32ToBytes(edit));
}

/** The two parts of the id of an edit. */
export function splitEditId(id: Uint8Array): {
  readonly vertex: Uint8Array;
  readonly edit: number;
} {
  const number = new DataView(id.buffer, id.byteOffset, id.length).getUint32(32);
  return { vertex: id.slice(0, 32), edit: number };
}

/** The name of what an edit made, as a value shows it. */
export function nameOfEdit(id: Uint8Array): string {
  const { vertex, edit } = splitEditId(id);
  return `${hex.encode(vertex)}.${edit}`;
}

/** Negative when `a` counts less than `b`. */
export function compareStamps(a: EditStamp, b: EditStamp): number {
  return a.time - b.time || compareBytes(a.id, b.id);
}
