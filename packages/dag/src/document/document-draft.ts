import { ParsError } from '@pars/base';
import type { VertexId } from '../vertex.ts';
import {
  type DocumentEdit,
  type DocumentScalar,
  encodeUpdate,
  MAX_EDIT_TEXT_BYTES,
  MAX_EDITS,
  MAX_UPDATE_BYTES,
  type Mark,
  type NodeRef,
  scalarFromValue,
} from './document-edit.ts';
import type { DocumentValue, EngineView } from './document-engine.ts';

/**
 * What one person writes on top of what they see. Every call changes `value` at
 * once; nobody else sees it before it is committed. Positions and counts of text
 * are in code points. A place that is not there is a bug: `ParsError`.
 */
export interface DocumentDraft {
  value(): DocumentValue;
  /** Code points of a text; 0 where there is none. */
  textLength(part: string): number;
  insertText(part: string, at: number, text: string): void;
  removeText(part: string, at: number, count: number): void;
  /** `link`, `comment` and `heading` carry a value; for the others `true` is usual. */
  markText(part: string, at: number, count: number, mark: Mark, value: DocumentScalar): void;
  unmarkText(part: string, at: number, count: number, mark: Mark): void;
  setEntry(part: string, key: string, value: DocumentScalar): void;
  removeEntry(part: string, key: string): void;
  insertItem(part: string, at: number, value: DocumentScalar): void;
  setItem(part: string, at: number, value: DocumentScalar): void;
  removeItems(part: string, at: number, count: number): void;
  /** Puts the item that is at `at` to where it then is at `to`. */
  moveItem(part: string, at: number, to: number): void;
  /** Returns the name of the new node, valid within this draft only: after the commit it has its final name. */
  createNode(part: string, parent: string | undefined, at: number): string;
  moveNode(part: string, node: string, parent: string | undefined, at: number): void;
  removeNode(part: string, node: string): void;
  setNodeValue(part: string, node: string, key: string, value: DocumentScalar): void;
  /** Whether nothing was written yet. */
  readonly isEmpty: boolean;
}

/** A draft, and what its document needs to commit it. */
export interface OpenDraft {
  readonly draft: DocumentDraft;
  /** How many vertices the edits take. */
  readonly updateCount: number;
  /** The bytes of the `number`th update, once all before it have got their vertices. */
  update(number: number, written: readonly VertexId[]): Uint8Array;
  close(): void;
}

/** Edits with references to the draft's own nodes by the number of the creating edit in the whole draft. */
export function openDraft(
  view: EngineView,
  refOfName: (name: string) => NodeRef | undefined,
): OpenDraft {
  const edits: DocumentEdit[] = [];
  let isClosed = false;

  function record(edit: DocumentEdit): void {
    if (isClosed) throw new ParsError('dag/closed');
    // Refuses what the format cannot carry, before anything is changed.
    encodeUpdate([edit]);
    if (!view.apply(edit, OWN, edits.length))
      throw new ParsError('dag/argument', { what: edit.type });
    edits.push(edit);
  }

  function ref(name: string): NodeRef {
    if (name.startsWith(`${OWN}.`)) return { edit: Number(name.slice(OWN.length + 1)) };
    const found = refOfName(name);
    if (found === undefined) throw new ParsError('dag/argument', { what: 'node' });
    return found;
  }
  const parentRef = (name: string | undefined) => (name === undefined ? {} : { parent: ref(name) });

  /** Where each update begins, in edits. */
  let starts: readonly number[] | undefined;
  const startsNow = () => {
    starts ??= splitEdits(edits);
    return starts;
  };

  const draft: DocumentDraft = {
    value: () => view.value(),
    textLength: (part) => view.textLength(part),
    insertText(part, at, text) {
      let place = at;
      for (const portion of portionsOf(text)) {
        record({ type: 'text-insert', part, at: place, text: portion });
        place += [...portion].length;
      }
    },
    removeText: (part, at, count) => record({ type: 'text-remove', part, at, count }),
    markText: (part, at, count, mark, value) =>
      record({ type: 'text-mark', part, at, count, mark, value: scalarFromValue(value) }),
    unmarkText: (part, at, count, mark) => record({ type: 'text-unmark', part, at, count, mark }),
    setEntry: (part, key, value) =>
      record({ type: 'map-set', part, key, value: scalarFromValue(value) }),
    removeEntry: (part, key) => record({ type: 'map-remove', part, key }),
    insertItem: (part, at, value) =>
      record({ type: 'list-insert', part, at, value: scalarFromValue(value) }),
    setItem: (part, at, value) =>
      record({ type: 'list-set', part, at, value: scalarFromValue(value) }),
    removeItems: (part, at, count) => record({ type: 'list-remove', part, at, count }),
    moveItem: (part, at, to) => record({ type: 'list-move', part, at, to }),
    createNode(part, parent, at) {
      record({ type: 'node-create', part, ...parentRef(parent), at });
      return `${OWN}.${edits.length - 1}`;
    },
    moveNode: (part, node, parent, at) =>
      record({ type: 'node-move', part, node: ref(node), ...parentRef(parent), at }),
    removeNode: (part, node) => record({ type: 'node-remove', part, node: ref(node) }),
    setNodeValue: (part, node, key, value) =>
      record({ type: 'node-set', part, node: ref(node), key, value: scalarFromValue(value) }),
    get isEmpty() {
      return edits.length === 0;
    },
  };
  return {
    draft,
    get updateCount() {
      return startsNow().length;
    },
    update(number, written) {
      const start = startsNow()[number] ?? 0;
      const portion = edits.slice(start, startsNow()[number + 1]);
      return encodeUpdate(portion.map((edit) => placed(edit, startsNow(), number, written)));
    },
    close() {
      isClosed = true;
      view.free();
    },
  };
}

/** Stands for the vertex that is not written yet. */
const OWN = 'own';
/** Bytes that a reference into an earlier update of the same draft adds, and to spare. */
const REFERENCE_BYTES = 80;

/** The edit as it stands in its update: nodes of earlier updates of the draft by their vertices. */
function placed(
  edit: DocumentEdit,
  starts: readonly number[],
  number: number,
  written: readonly VertexId[],
): DocumentEdit {
  const own = (ref: NodeRef): NodeRef => {
    if (ref.id !== undefined) return ref;
    let owner = number;
    while ((starts[owner] ?? 0) > ref.edit) owner -= 1;
    const inside = ref.edit - (starts[owner] ?? 0);
    return owner === number ? { edit: inside } : { id: written[owner], edit: inside };
  };
  if (!edit.type.startsWith('node-')) return edit;
  const node = 'node' in edit ? { node: own(edit.node) } : {};
  const parent = 'parent' in edit && edit.parent !== undefined ? { parent: own(edit.parent) } : {};
  return { ...edit, ...node, ...parent } as DocumentEdit;
}

/** Where updates begin so that each fits its bounds. */
function splitEdits(edits: readonly DocumentEdit[]): readonly number[] {
  const starts: number[] = [];
  let bytes = 0;
  for (const [index, edit] of edits.entries()) {
    const size = encodeUpdate([edit]).length + REFERENCE_BYTES;
    const isFull = bytes + size > MAX_UPDATE_BYTES || index - (starts.at(-1) ?? 0) >= MAX_EDITS;
    if (starts.length === 0 || isFull) {
      starts.push(index);
      bytes = 0;
    }
    bytes += size;
  }
  return starts;
}

/** The text in portions that an edit can carry, cut between code points. */
function portionsOf(text: string): readonly string[] {
  const portions: string[] = [];
  // A code unit takes at most three bytes of UTF-8.
  const most = Math.floor(MAX_EDIT_TEXT_BYTES / 3);
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + most);
    const unit = text.charCodeAt(end - 1);
    if (end < text.length && unit >= 0xd800 && unit < 0xdc00) end -= 1;
    portions.push(text.slice(start, end));
    start = end;
  }
  return portions;
}
