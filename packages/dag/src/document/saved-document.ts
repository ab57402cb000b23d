import { type Codec, createCodec, type Schema, schema } from '@pars/base';
import { type SpaceId, spaceIds, vertexIds } from '../vertex.ts';
import type { AuthorChain } from './author-chains.ts';
import { MAX_NAME_BYTES } from './document-edit.ts';
import { createDocumentState, type DocumentState } from './document-state.ts';
import {
  restoreList,
  restoreMap,
  restoreText,
  restoreTree,
  type SavedList,
  type SavedMap,
  type SavedText,
  type SavedTree,
  savedListSchema,
  savedMapSchema,
  savedTextSchema,
  savedTreeSchema,
  saveList,
  saveMap,
  saveText,
  saveTree,
} from './saved-parts.ts';

/** A document as it rests on the disk of its owner. Local: no other device reads it. */
export interface SavedDocument {
  readonly version: number;
  readonly space: SpaceId;
  /** What of the replica's log is in it. */
  readonly sequence: number;
  readonly voidUpdates: number;
  readonly state: SavedState;
  readonly chains: readonly AuthorChain[];
}

/** Of the format. */
export const SAVED_VERSION = 2;

interface SavedState {
  readonly texts: readonly Named<SavedText>[];
  readonly maps: readonly Named<SavedMap>[];
  readonly lists: readonly Named<SavedList>[];
  readonly trees: readonly Named<SavedTree>[];
}

interface Named<Part> {
  readonly name: string;
  readonly part: Part;
}

/** Everything in a document, at rest. */
export function saveState({ texts, maps, lists, trees }: DocumentState): SavedState {
  return {
    texts: named(texts, saveText),
    maps: named(maps, saveMap),
    lists: named(lists, saveList),
    trees: named(trees, saveTree),
  };
}

/** `undefined` for what {@link saveState} never gives. */
export function restoreState(saved: SavedState): DocumentState | undefined {
  const state = createDocumentState();
  const isWhole =
    restoreParts(saved.texts, state.texts, restoreText) &&
    restoreParts(saved.maps, state.maps, restoreMap) &&
    restoreParts(saved.lists, state.lists, restoreList) &&
    restoreParts(saved.trees, state.trees, restoreTree);
  return isWhole ? state : undefined;
}

function named<Part, Saved>(
  parts: ReadonlyMap<string, Part>,
  save: (part: Part) => Saved,
): readonly Named<Saved>[] {
  return Array.from(parts, ([name, part]) => ({ name, part: save(part) }));
}

function restoreParts<Part, Saved>(
  saved: readonly Named<Saved>[],
  parts: Map<string, Part>,
  restore: (saved: Saved) => Part | undefined,
): boolean {
  for (const { name, part } of saved) {
    const restored = restore(part);
    if (restored === undefined || parts.has(name)) return false;
    parts.set(name, restored);
  }
  return true;
}

const MAX_BYTES = 16 * 1024 * 1024;
const MAX_ENTRIES = 2 ** 20;

function namedSchema<Part>(part: Schema<Part>): Schema<readonly Named<Part>[]> {
  return schema.array(
    schema.struct({ name: [0, schema.text({ maxBytes: MAX_NAME_BYTES })], part: [1, part] }),
    { max: MAX_ENTRIES },
  ) as Schema<readonly Named<Part>[]>;
}

/** At most 16 MiB, one value of a `Store`. */
export const savedDocumentCodec: Codec<SavedDocument> = createCodec(
  'dag document state',
  schema.struct({
    version: [0, schema.uint()],
    space: [1, spaceIds.schema],
    sequence: [2, schema.uint()],
    voidUpdates: [3, schema.uint()],
    state: [
      4,
      schema.struct({
        texts: [0, namedSchema(savedTextSchema)],
        maps: [1, namedSchema(savedMapSchema)],
        lists: [2, namedSchema(savedListSchema)],
        trees: [3, namedSchema(savedTreeSchema)],
      }),
    ],
    chains: [
      5,
      schema.array(
        schema.struct({
          author: [0, schema.bytes({ length: 32 })],
          vertices: [
            1,
            schema.array(schema.struct({ id: [0, vertexIds.schema], time: [1, schema.uint()] }), {
              max: MAX_ENTRIES,
            }),
          ],
        }),
        { max: MAX_ENTRIES },
      ),
    ],
  }),
  { maxBytes: MAX_BYTES },
);
