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
/** Most operations that an author may have before them for an update of theirs to count. */
export const MAX_DOCUMENT_OPERATIONS: number = 2 ** 22;

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

/** A node of a tree by the edit that created it; without `id` an edit of the same update. */
export interface NodeRef {
  readonly id?: VertexId | undefined;
  /** Number of the edit within its update. */
  readonly edit: number;
}

/** One edit. Positions and counts of text are in code points, of lists in values. PIP-1001 §9. */
export type DocumentEdit =
  | {
      readonly type: 'text-insert';
      readonly part: string;
      readonly at: number;
      readonly text: string;
    }
  | TextRange<'text-remove'>
  | (TextRange<'text-mark'> & { readonly mark: Mark; readonly value: Scalar })
  | (TextRange<'text-unmark'> & { readonly mark: Mark })
  | {
      readonly type: 'map-set';
      readonly part: string;
      readonly key: string;
      readonly value: Scalar;
    }
  | { readonly type: 'map-remove'; readonly part: string; readonly key: string }
  | ListSlot<'list-insert'>
  | ListSlot<'list-set'>
  | {
      readonly type: 'list-remove';
      readonly part: string;
      readonly at: number;
      readonly count: number;
    }
  | { readonly type: 'list-move'; readonly part: string; readonly at: number; readonly to: number }
  | {
      readonly type: 'node-create';
      readonly part: string;
      readonly parent?: NodeRef | undefined;
      readonly at: number;
    }
  | {
      readonly type: 'node-move';
      readonly part: string;
      readonly node: NodeRef;
      readonly parent?: NodeRef | undefined;
      readonly at: number;
    }
  | { readonly type: 'node-remove'; readonly part: string; readonly node: NodeRef }
  | {
      readonly type: 'node-set';
      readonly part: string;
      readonly node: NodeRef;
      readonly key: string;
      readonly value: Scalar;
    };

interface TextRange<Type extends string> {
  readonly type: Type;
  readonly part: string;
  readonly at: number;
  readonly count: number;
}

interface ListSlot<Type extends string> {
  readonly type: Type;
  readonly part: string;
  readonly at: number;
  readonly value: Scalar;
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
  return { type: 'integer', integer: value };
}

/** The value behind its form in the format. */
export function valueFromScalar(scalar: Scalar): DocumentScalar {
  if (scalar.type === 'text') return scalar.text;
  if (scalar.type === 'flag') return scalar.flag;
  if (scalar.type === 'integer') return scalar.integer;
  return scalar.bytes;
}

/** The bytes of an update: 1 to 4,096 edits, at most {@link MAX_UPDATE_BYTES}. Beyond that: `ParsError`. PIP-1001 §9. */
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
const place: Schema<number> = schema.uint({ max: 2 ** 32 });
const count: Schema<number> = schema.int({ min: 1, max: 2 ** 32 });
const scalar: Schema<Scalar> = schema.union({
  text: [0, schema.struct({ text: [0, text] })],
  integer: [1, schema.struct({ integer: [0, schema.int()] })],
  flag: [2, schema.struct({ flag: [0, schema.bool()] })],
  bytes: [3, schema.struct({ bytes: [0, schema.bytes({ max: MAX_EDIT_TEXT_BYTES })] })],
});
const node: Schema<NodeRef> = schema.struct({
  id: [0, vertexIds.schema, 'optional'],
  edit: [1, schema.uint({ max: MAX_EDITS - 1 })],
});
const mark: Schema<Mark> = schema.oneOf(MARKS);
const part = [0, name] as const;
const range = { part, at: [1, place], count: [2, count] } as const;
const slot = { part, at: [1, place], value: [2, scalar] } as const;

const updateCodec: Codec<readonly DocumentEdit[]> = createCodec(
  'dag document update',
  schema.array(
    schema.union({
      'text-insert': [
        0,
        schema.struct({
          part,
          at: [1, place],
          text: [2, schema.text({ min: 1, maxBytes: MAX_EDIT_TEXT_BYTES })],
        }),
      ],
      'text-remove': [1, schema.struct(range)],
      'text-mark': [2, schema.struct({ ...range, mark: [3, mark], value: [4, scalar] })],
      'text-unmark': [3, schema.struct({ ...range, mark: [3, mark] })],
      'map-set': [4, schema.struct({ part, key: [1, name], value: [2, scalar] })],
      'map-remove': [5, schema.struct({ part, key: [1, name] })],
      'list-insert': [6, schema.struct(slot)],
      'list-set': [7, schema.struct(slot)],
      'list-remove': [8, schema.struct(range)],
      'list-move': [9, schema.struct({ part, at: [1, place], to: [2, place] })],
      'node-create': [10, schema.struct({ part, parent: [1, node, 'optional'], at: [2, place] })],
      'node-move': [
        11,
        schema.struct({ part, node: [1, node], parent: [2, node, 'optional'], at: [3, place] }),
      ],
      'node-remove': [12, schema.struct({ part, node: [1, node] })],
      'node-set': [
        13,
        schema.struct({ part, node: [1, node], key: [2, name], value: [3, scalar] }),
      ],
    }),
    { min: 1, max: MAX_EDITS },
  ),
  { maxBytes: MAX_UPDATE_BYTES },
) as Codec<readonly DocumentEdit[]>;
