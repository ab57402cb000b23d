import { type Schema, schema } from '@pars/base';
import { MAX_STATE_ENTRIES } from '../crdt/replicated-type.ts';
import type { SavedRun } from '../crdt/rga-format.ts';
import { restoreRuns, savedRuns } from '../crdt/rga-saved.ts';
import { createRunTree } from '../crdt/rga-tree.ts';
import {
  type DocumentScalar,
  MARKS,
  MAX_EDIT_TEXT_BYTES,
  MAX_NAME_BYTES,
  type Scalar,
  scalarFromValue,
  scalarSchema,
  valueFromScalar,
} from './document-edit.ts';
import type { MapPart } from './document-state.ts';
import type { EditStamp } from './edit-stamp.ts';
import { createListPart, type ListPart } from './list-part.ts';
import { createTextPart, type TextPart } from './text-part.ts';
import { createTreePart, type TreePart } from './tree-part.ts';

type SavedValue = Scalar | undefined;

/** A text at rest. */
export interface SavedText {
  readonly runs: readonly SavedRun<Uint8Array>[];
  readonly marks: readonly {
    readonly stamp: EditStamp;
    readonly mark: (typeof MARKS)[number];
    readonly value?: Scalar | undefined;
    readonly from: { readonly id: Uint8Array; readonly offset: number };
    readonly until?:
      | { readonly id: Uint8Array; readonly offset: number; readonly side: 'before' | 'after' }
      | undefined;
  }[];
}

/** A map at rest. */
export type SavedMap = readonly {
  readonly key: string;
  readonly stamp: EditStamp;
  readonly value?: Scalar | undefined;
}[];

/** A list at rest. */
export interface SavedList {
  readonly runs: readonly SavedRun<Uint8Array>[];
  readonly items: readonly {
    readonly id: Uint8Array;
    /** The slot has the id of the edit. */
    readonly placed: EditStamp;
    readonly value: Scalar;
    readonly written: EditStamp;
    readonly isRemoved: boolean;
  }[];
}

/** A tree at rest; nodes by their numbers in the list. */
export interface SavedTree {
  readonly nodes: readonly { readonly id: Uint8Array; readonly values: SavedMap }[];
  readonly sequences: readonly {
    readonly parent?: number | undefined;
    readonly runs: readonly SavedRun<Uint8Array>[];
  }[];
  readonly moves: readonly {
    readonly stamp: EditStamp;
    readonly node: number;
    readonly parent?: number | undefined;
    readonly isRemoval: boolean;
  }[];
}

export function saveText({ tree, marks }: TextPart): SavedText {
  return {
    runs: savedRuns(tree.runs()),
    marks: marks.map(({ stamp, mark, value, from, until }) => ({
      stamp,
      mark,
      value: savedValue(value),
      from: { id: from.run.id, offset: from.offset },
      until:
        until === undefined
          ? undefined
          : { id: until.parent.id, offset: until.offset, side: until.side },
    })),
  };
}

/** This and the next ones: `undefined` for what no save gives. */
export function restoreText(saved: SavedText): TextPart | undefined {
  const part = createTextPart();
  if (restoreRuns(part.tree, saved.runs) === undefined) return undefined;
  for (const { stamp, mark, value, from, until } of saved.marks) {
    const run = part.tree.run(from.id);
    const parent = until === undefined ? undefined : part.tree.run(until.id);
    if (run === undefined || (until !== undefined && parent === undefined)) return undefined;
    part.marks.push({
      stamp,
      mark,
      value: restoredValue(value),
      from: { run, offset: from.offset },
      until:
        until === undefined || parent === undefined
          ? undefined
          : { parent, offset: until.offset, side: until.side },
    });
  }
  return part;
}

export function saveMap(map: MapPart): SavedMap {
  return Array.from(map, ([key, { stamp, value }]) => ({ key, stamp, value: savedValue(value) }));
}

export function restoreMap(saved: SavedMap): MapPart {
  return new Map(
    saved.map(({ key, stamp, value }) => [key, { stamp, value: restoredValue(value) }]),
  );
}

export function saveList(list: ListPart): SavedList {
  return {
    runs: savedRuns(list.slots.runs()),
    items: Array.from(list.items(), ({ id, placed, value, written, isRemoved }) => ({
      id,
      placed,
      value: scalarFromValue(value),
      written,
      isRemoved,
    })),
  };
}

export function restoreList(saved: SavedList): ListPart | undefined {
  const slots = createRunTree();
  if (restoreRuns(slots, saved.runs) === undefined) return undefined;
  const list = createListPart(slots);
  for (const { id, placed, value, written, isRemoved } of saved.items) {
    const slot = slots.run(placed.id);
    const isNew =
      slot !== undefined &&
      list.restore({ id, slot, placed, value: valueFromScalar(value), written, isRemoved });
    if (!isNew) return undefined;
  }
  const isOwned = slots
    .visible(0, Number.POSITIVE_INFINITY)
    .every(({ run }) => list.itemIn(run) !== undefined && run.characters.length === 1);
  return isOwned ? list : undefined;
}

export function saveTree(tree: TreePart): SavedTree {
  const nodes = Array.from(tree.nodes());
  const numberByNode = new Map(nodes.map((node, number) => [node, number]));
  return {
    nodes: nodes.map(({ id, values }) => ({ id, values: saveMap(values) })),
    sequences: [undefined, ...nodes].flatMap((parent) => {
      const runs = savedRuns<Uint8Array>(tree.slots(parent).runs());
      if (runs.length === 0) return [];
      return [{ parent: parent === undefined ? undefined : numberByNode.get(parent), runs }];
    }),
    moves: tree.moves().map(({ stamp, node, parent, slot }) => ({
      stamp,
      node: numberByNode.get(node) as number,
      parent: parent === undefined ? undefined : numberByNode.get(parent),
      isRemoval: slot === undefined,
    })),
  };
}

export function restoreTree(saved: SavedTree): TreePart | undefined {
  const tree = createTreePart();
  const nodes = saved.nodes.map(({ id, values }) => {
    const entries = values.flatMap(({ key, stamp, value }) =>
      value === undefined ? [] : [[key, { stamp, value: valueFromScalar(value) }] as const],
    );
    return { id, values: new Map(entries), standing: undefined };
  });
  for (const { parent, runs } of saved.sequences) {
    const isKnown = parent === undefined || nodes[parent] !== undefined;
    const slots = tree.slots(parent === undefined ? undefined : nodes[parent]);
    if (!isKnown || restoreRuns(slots, runs) === undefined) return undefined;
  }
  const moves = saved.moves.map(({ stamp, node, parent, isRemoval }) => {
    const above = parent === undefined ? undefined : nodes[parent];
    const slot = isRemoval ? undefined : tree.slots(above).run(stamp.id);
    return { stamp, node: nodes[node], parent: above, slot, isRemoval };
  });
  const isWhole = moves.every(({ node, slot, isRemoval }) => {
    return node !== undefined && (slot !== undefined) !== isRemoval;
  });
  if (!isWhole) return undefined;
  return tree.restore(nodes, moves as Parameters<TreePart['restore']>[1]) ? tree : undefined;
}

function savedValue(value: DocumentScalar | undefined): SavedValue {
  return value === undefined ? undefined : scalarFromValue(value);
}

function restoredValue(value: SavedValue): DocumentScalar | undefined {
  return value === undefined ? undefined : valueFromScalar(value);
}

const entries = { max: MAX_STATE_ENTRIES } as const;
const editId: Schema<Uint8Array> = schema.bytes({ length: 36 });
const offset: Schema<number> = schema.uint({ max: MAX_EDIT_TEXT_BYTES - 1 });
const number: Schema<number> = schema.uint({ max: MAX_STATE_ENTRIES });
const side: Schema<'before' | 'after'> = schema.oneOf(['before', 'after']);
const stamp: Schema<EditStamp> = schema.struct({ time: [0, schema.uint()], id: [1, editId] });

const runsSchema: Schema<readonly SavedRun<Uint8Array>[]> = schema.array(
  schema.struct({
    id: [0, editId],
    parent: [1, number, 'optional'],
    offset: [2, offset, 'optional'],
    side: [3, side, 'optional'],
    text: [4, schema.text({ min: 1, maxBytes: MAX_EDIT_TEXT_BYTES })],
    removed: [5, schema.array(schema.uint({ max: MAX_EDIT_TEXT_BYTES }), entries)],
  }),
  entries,
);

export const savedTextSchema: Schema<SavedText> = schema.struct({
  runs: [0, runsSchema],
  marks: [
    1,
    schema.array(
      schema.struct({
        stamp: [0, stamp],
        mark: [1, schema.oneOf(MARKS)],
        value: [2, scalarSchema, 'optional'],
        from: [3, schema.struct({ id: [0, editId], offset: [1, offset] })],
        until: [
          4,
          schema.struct({ id: [0, editId], offset: [1, offset], side: [2, side] }),
          'optional',
        ],
      }),
      entries,
    ),
  ],
});

export const savedMapSchema: Schema<SavedMap> = schema.array(
  schema.struct({
    key: [0, schema.text({ maxBytes: MAX_NAME_BYTES })],
    stamp: [1, stamp],
    value: [2, scalarSchema, 'optional'],
  }),
  entries,
);

export const savedListSchema: Schema<SavedList> = schema.struct({
  runs: [0, runsSchema],
  items: [
    1,
    schema.array(
      schema.struct({
        id: [0, editId],
        placed: [1, stamp],
        value: [2, scalarSchema],
        written: [3, stamp],
        isRemoved: [4, schema.bool()],
      }),
      entries,
    ),
  ],
});

export const savedTreeSchema: Schema<SavedTree> = schema.struct({
  nodes: [
    0,
    schema.array(schema.struct({ id: [0, editId], values: [1, savedMapSchema] }), entries),
  ],
  sequences: [
    1,
    schema.array(
      schema.struct({ parent: [0, number, 'optional'], runs: [1, runsSchema] }),
      entries,
    ),
  ],
  moves: [
    2,
    schema.array(
      schema.struct({
        stamp: [0, stamp],
        node: [1, number],
        parent: [2, number, 'optional'],
        isRemoval: [3, schema.bool()],
      }),
      entries,
    ),
  ],
});
