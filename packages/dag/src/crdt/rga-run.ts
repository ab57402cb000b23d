import type { VertexId } from '../vertex.ts';

/** A character by the vertex that brought it and its number within that vertex's text. */
export interface ElementRef {
  readonly id: VertexId;
  readonly offset: number;
}

/** Where a run hangs: after the last element of another run, or before any of its elements. */
export interface RunPlace {
  readonly parent: Run;
  readonly offset: number;
  readonly side: 'before' | 'after';
}

/** The characters that one vertex brought, in a tree that fixes the order of the text. */
export interface Run {
  /** Unlike that of any other run of the tree; siblings stand in ascending order of it. */
  readonly id: Uint8Array;
  /** How many runs came to the tree before it, on this device. */
  readonly number: number;
  /** Code points. */
  readonly characters: readonly string[];
  /** One byte a character: 1 when it was removed. */
  readonly removed: Uint8Array;
  /** Absent: the run hangs after the beginning of the text. */
  readonly place: RunPlace | undefined;
  /** By offset, in ascending order of ids. */
  readonly before: Map<number, Run[]>;
  /** After the last character, in ascending order of ids. */
  readonly after: Run[];
}

/** One character in the order of the text. */
export interface Element {
  readonly run: Run;
  readonly offset: number;
}
