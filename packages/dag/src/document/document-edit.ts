import {
  type Codec,
  createCodec,
  type Failure,
  ok,
  ParsError,
  type Result,
  type Schema,
  schema,
} from '@pars/base';
import { type DagFailureCode, dagError } from '../errors.ts';
import { type VertexId, vertexIds } from '../vertex.ts';

/** Largest encoding of one update, in bytes: it fits the payload of a vertex with all seals around it. */
export const MAX_UPDATE_BYTES: number = 64 * 1024;
/** Longest text of one insertion, name, key or value of an edit, in bytes of UTF-8. */
export const MAX_EDIT_TEXT_BYTES = 16_384;
/** Longest name of a part or key of a map, in bytes of UTF-8. */
export const MAX_NAME_BYTES = 64;
/** Most edits of one update. */
export const MAX_EDITS = 4096;
/** Most ranges or items of one removal. */
export const MAX_REMOVALS = 256;

/** What a stretch of text can be marked as. */
export const MARKS = [
  'bold',
  'italic',
  'underline',
  'strike',
  'code',
  'link',
  'comment',
  'heading',
] as const;
/** What a stretch of text can be marked as: `bold`, `italic`, `underline`, `strike`, `code`, `link`, `comment` or `heading`. */
export type Mark = (typeof MARKS)[number];

/** What maps, lists, nodes and marks hold. Integers within ±(2^53 − 1); text and bytes up to 16,384 bytes. */
export type DocumentScalar = string | number | boolean | Uint8Array;

/** What an edit made: a stretch of text, an item, a node. Without `id` an edit of the same update. */
export interface EditRef {
  readonly id?: VertexId | undefined;
  /** Number of the edit within its update. */
  readonly edit: number;
}

/** One code point that an edit brought; `offset` is 0 for an item or a node. */
export interface ElementRef extends EditRef {
  readonly offset: number;
}

/** A place in a sequence: right before an element, or after the last one of an edit. Absent: the beginning. */
export interface Place extends ElementRef {
  readonly side: 'before' | 'after';
}

/** `count` code points of one edit, from `offset` on. */
export interface ElementRange extends ElementRef {
  readonly count: number;
}

/** One edit. Everything is named by the edit that made it, never by a position. PIP-1001 §9. */
export type DocumentEdit =
  | {
      readonly type: 'text-insert';
      readonly part: string;
      readonly at?: Place | undefined;
      readonly text: string;
    }
  | {
      readonly type: 'text-remove';
      readonly part: string;
      readonly ranges: readonly ElementRange[];
    }
  | (MarkedRange<'text-mark'> & { readonly value: Scalar })
  | MarkedRange<'text-unmark'>
  | {
      readonly type: 'map-set';
      readonly part: string;
      readonly key: string;
      readonly value: Scalar;
    }
  | { readonly type: 'map-remove'; readonly part: string; readonly key: string }
  | {
      readonly type: 'list-insert';
      readonly part: string;
      readonly at?: Place | undefined;
      readonly value: Scalar;
    }
  | {
      readonly type: 'list-set';
      readonly part: string;
      readonly item: EditRef;
      readonly value: Scalar;
    }
  | { readonly type: 'list-remove'; readonly part: string; readonly items: readonly EditRef[] }
  | {
      readonly type: 'list-move';
      readonly part: string;
      readonly item: EditRef;
      readonly at?: Place | undefined;
    }
  | {
      readonly type: 'node-create';
      readonly part: string;
      readonly parent?: EditRef | undefined;
      readonly at?: Place | undefined;
    }
  | {
      readonly type: 'node-move';
      readonly part: string;
      readonly node: EditRef;
      readonly parent?: EditRef | undefined;
      readonly at?: Place | undefined;
    }
  | { readonly type: 'node-remove'; readonly part: string; readonly node: EditRef }
  | {
      readonly type: 'node-set';
      readonly part: string;
      readonly node: EditRef;
      readonly key: string;
      readonly value: Scalar;
    };

interface MarkedRange<Type extends string> {
  readonly type: Type;
  readonly part: string;
  /** The first code point under the mark. */
  readonly from: ElementRef;
  /** Where the mark ends; absent: with the text. */
  readonly until?: Place | undefined;
  readonly mark: Mark;
}

/** The edit with everything that it names replaced. */
export function mapRefs(
  edit: DocumentEdit,
  replace: <Ref extends EditRef>(ref: Ref) => Ref,
): DocumentEdit {
  const mapped: Record<string, unknown> = { ...edit };
  for (const field of ['at', 'from', 'until', 'item', 'node', 'parent']) {
    const ref = mapped[field] as EditRef | undefined;
    if (ref !== undefined) mapped[field] = replace(ref);
  }
  if (edit.type === 'text-remove') mapped['ranges'] = edit.ranges.map(replace);
  if (edit.type === 'list-remove') mapped['items'] = edit.items.map(replace);
  return mapped as DocumentEdit;
}

/** A scalar as it stands in the format. */
export type Scalar =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'integer'; readonly integer: number }
  | { readonly type: 'flag'; readonly flag: boolean }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array };

/** The format's form of a value. A number that is no safe integer is a bug: `ParsError`. */
export function scalarFromValue(value: DocumentScalar): Scalar {
  if (typeof value === 'string') return { type: 'text', text: value };
  if (typeof value === 'boolean') return { type: 'flag', flag: value };
  if (typeof value !== 'number') return { type: 'bytes', bytes: value };
  if (!Number.isSafeInteger(value)) throw new ParsError('dag/argument', { what: 'value' });
  // The format has one zero.
  return { type: 'integer', integer: value + 0 };
}

/** The value behind its form in the format. */
export function valueFromScalar(scalar: Scalar): DocumentScalar {
  if (scalar.type === 'text') return scalar.text;
  if (scalar.type === 'flag') return scalar.flag;
  if (scalar.type === 'integer') return scalar.integer;
  return scalar.bytes;
}

/** The bytes of an update: up to 4,096 edits, at most {@link MAX_UPDATE_BYTES}. Beyond that: `ParsError`. PIP-1001 §9.1. */
export function encodeUpdate(edits: readonly DocumentEdit[]): Uint8Array {
  return updateCodec.encode(edits);
}

/** Reads a stranger's update. Never throws; fails with `dag/operation-malformed`. PIP-1001 §9. */
export function decodeUpdate(
  bytes: Uint8Array,
): Result<readonly DocumentEdit[], Failure<DagFailureCode>> {
  const edits = updateCodec.decode(bytes);
  if (!edits.ok) return dagError('dag/operation-malformed', { reason: edits.error.code });
  return ok(edits.value);
}

const text: Schema<string> = schema.text({ maxBytes: MAX_EDIT_TEXT_BYTES });
const name: Schema<string> = schema.text({ min: 1, maxBytes: MAX_NAME_BYTES });
/** The format of a value. */
export const scalarSchema: Schema<Scalar> = schema.union({
  text: [0, schema.struct({ text: [0, text] })],
  integer: [1, schema.struct({ integer: [0, schema.int()] })],
  flag: [2, schema.struct({ flag: [0, schema.bool()] })],
  bytes: [3, schema.struct({ bytes: [0, schema.bytes({ max: MAX_EDIT_TEXT_BYTES })] })],
});
const edit = {
  id: [0, vertexIds.schema, 'optional'],
  edit: [1, schema.uint({ max: MAX_EDITS - 1 })],
} as const;
const element = { ...edit, offset: [2, schema.uint({ max: MAX_EDIT_TEXT_BYTES - 1 })] } as const;
const editRef: Schema<EditRef> = schema.struct(edit);
const place: Schema<Place> = schema.struct({
  ...element,
  side: [3, schema.oneOf(['before', 'after'])],
});
const range: Schema<ElementRange> = schema.struct({
  ...element,
  count: [3, schema.int({ min: 1, max: MAX_EDIT_TEXT_BYTES })],
});
const mark: Schema<Mark> = schema.oneOf(MARKS);
const part = [0, name] as const;
const marked = {
  part,
  from: [1, schema.struct(element)],
  until: [2, place, 'optional'],
  mark: [3, mark],
} as const;

const updateCodec: Codec<readonly DocumentEdit[]> = createCodec(
  'dag document update',
  schema.array(
    schema.union({
      'text-insert': [
        0,
        schema.struct({
          part,
          at: [1, place, 'optional'],
          text: [2, schema.text({ min: 1, maxBytes: MAX_EDIT_TEXT_BYTES })],
        }),
      ],
      'text-remove': [
        1,
        schema.struct({ part, ranges: [1, schema.array(range, { min: 1, max: MAX_REMOVALS })] }),
      ],
      'text-mark': [2, schema.struct({ ...marked, value: [4, scalarSchema] })],
      'text-unmark': [3, schema.struct(marked)],
      'map-set': [4, schema.struct({ part, key: [1, name], value: [2, scalarSchema] })],
      'map-remove': [5, schema.struct({ part, key: [1, name] })],
      'list-insert': [
        6,
        schema.struct({ part, at: [1, place, 'optional'], value: [2, scalarSchema] }),
      ],
      'list-set': [7, schema.struct({ part, item: [1, editRef], value: [2, scalarSchema] })],
      'list-remove': [
        8,
        schema.struct({ part, items: [1, schema.array(editRef, { min: 1, max: MAX_REMOVALS })] }),
      ],
      'list-move': [9, schema.struct({ part, item: [1, editRef], at: [2, place, 'optional'] })],
      'node-create': [
        10,
        schema.struct({ part, parent: [1, editRef, 'optional'], at: [2, place, 'optional'] }),
      ],
      'node-move': [
        11,
        schema.struct({
          part,
          node: [1, editRef],
          parent: [2, editRef, 'optional'],
          at: [3, place, 'optional'],
        }),
      ],
      'node-remove': [12, schema.struct({ part, node: [1, editRef] })],
      'node-set': [
        13,
        schema.struct({ part, node: [1, editRef], key: [2, name], value: [3, scalarSchema] }),
      ],
    }),
    { min: 0, max: MAX_EDITS },
  ),
  { maxBytes: MAX_UPDATE_BYTES },
) as Codec<readonly DocumentEdit[]>;
