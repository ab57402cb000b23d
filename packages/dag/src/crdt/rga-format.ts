import { type Schema, schema } from '@pars/base';
import { type VertexId, vertexIds } from '../vertex.ts';
import { MAX_STATE_ENTRIES } from './replicated-type.ts';
import type { ElementRef } from './rga-run.ts';

/** Longest text of one insertion, in bytes of UTF-8. */
export const MAX_INSERT_BYTES = 16_384;
/** Most ranges of one removal. */
export const MAX_REMOVED_RANGES = 256;

/** Inserts a run of text next to a character, or as the first run of the text. */
export interface RgaInsert {
  readonly type: 'insert';
  /** Absent: after the beginning of the text. */
  readonly at?: ElementRef & { readonly side: 'before' | 'after' };
  /** 1 to 16,384 bytes of well-formed text. */
  readonly text: string;
}

/** Removes characters. */
export interface RgaRemove {
  readonly type: 'remove';
  /** 1 to 256 ranges of `count` characters that one vertex brought. */
  readonly ranges: readonly (ElementRef & { readonly count: number })[];
}

/** What is done to a shared text. */
export type RgaOperation = RgaInsert | RgaRemove;

/** A run of a saved state; `parent` is its number among the runs before it. */
export interface SavedRun<Id extends Uint8Array = VertexId> {
  readonly id: Id;
  readonly parent?: number;
  readonly offset?: number;
  readonly side?: 'before' | 'after';
  readonly text: string;
  /** Kept, removed, kept, … characters in turn, without what is kept last. */
  readonly removed: readonly number[];
}

const offsetSchema: Schema<number> = schema.uint({ max: MAX_INSERT_BYTES - 1 });
const sideSchema: Schema<'before' | 'after'> = schema.oneOf(['before', 'after']);
const textSchema: Schema<string> = schema.text({ min: 1, maxBytes: MAX_INSERT_BYTES });

const element = { id: [0, vertexIds.schema], offset: [1, offsetSchema] } as const;

/** The format of operations. */
export const rgaOperationSchema: Schema<RgaOperation> = schema.union({
  insert: [
    0,
    schema.struct({
      at: [0, schema.struct({ ...element, side: [2, sideSchema] }), 'optional'],
      text: [1, textSchema],
    }),
  ],
  remove: [
    1,
    schema.struct({
      ranges: [
        0,
        schema.array(
          schema.struct({
            ...element,
            count: [2, schema.int({ min: 1, max: MAX_INSERT_BYTES })],
          }),
          { min: 1, max: MAX_REMOVED_RANGES },
        ),
      ],
    }),
  ],
});

const savedRun: Schema<SavedRun> = schema.struct({
  id: [0, vertexIds.schema],
  parent: [1, schema.uint({ max: MAX_STATE_ENTRIES }), 'optional'],
  offset: [2, offsetSchema, 'optional'],
  side: [3, sideSchema, 'optional'],
  text: [4, textSchema],
  removed: [5, schema.array(schema.uint({ max: MAX_INSERT_BYTES }), { max: MAX_INSERT_BYTES + 1 })],
});

/** The format of saved states: every run after the one it hangs on. */
export const rgaStateSchema: Schema<readonly SavedRun[]> = schema.array(savedRun, {
  max: MAX_STATE_ENTRIES,
});
