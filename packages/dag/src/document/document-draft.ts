import { equalBytes, hex, ParsError } from '@pars/base';
import type { RunPlace } from '../crdt/rga-run.ts';
import { type VertexId, vertexIds } from '../vertex.ts';
import { coalesceEdits } from './coalesce-edits.ts';
import {
  type DocumentEdit,
  type DocumentScalar,
  type EditRef,
  type ElementRange,
  encodeUpdate,
  MAX_EDIT_TEXT_BYTES,
  MAX_EDITS,
  MAX_REMOVALS,
  MAX_UPDATE_BYTES,
  type Mark,
  mapRefs,
  type Place,
  scalarFromValue,
  valueFromScalar,
} from './document-edit.ts';
import {
  applyEdit,
  createDocumentState,
  createMapPart,
  type DocumentState,
  partOf,
  readMaps,
  readParts,
  readTrees,
} from './document-state.ts';
import type { DocumentValue } from './document-value.ts';
import { createDraftList, type DraftList } from './draft-list.ts';
import { createDraftText, type DraftText } from './draft-text.ts';
import { editIdOf, nameOfEdit, splitEditId } from './edit-stamp.ts';
import { createListPart } from './list-part.ts';
import { restoreTree, saveTree } from './saved-parts.ts';
import { createTextPart } from './text-part.ts';
import { createTreePart, type TreeNode, type TreePart } from './tree-part.ts';

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
  /** Items of a list; 0 where there is none. */
  listLength(part: string): number;
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
  /** To be called before the document changes: the draft goes on with what it has seen. */
  freeze(): void;
  close(): void;
}

/** Writes on `live`, which it does not change. `time` is that of the vertex to come. */
export function openDraft(live: DocumentState, time: number): OpenDraft {
  const edits: DocumentEdit[] = [];
  const seen = createSeenState(live);
  let isClosed = false;

  /** Refuses what the format cannot carry, before anything is changed. */
  function check(edit: DocumentEdit): void {
    if (isClosed) throw new ParsError('dag/closed');
    encodeUpdate([mapRefs(edit, (ref) => (ref.id === undefined ? { ...ref, edit: 0 } : ref))]);
  }

  function record(edit: DocumentEdit): void {
    check(edit);
    const stamp = { time, id: editIdOf(OWN, edits.length) };
    const isDone = applyEdit(seen.state, edit, stamp, {
      id: OWN,
      time,
      knows: () => true,
    });
    if (!isDone) throw new ParsError('dag/argument', { what: edit.type });
    edits.push(edit);
  }

  function insertText(part: string, at: number, text: string): void {
    let place = at;
    for (const portion of portionsOf(text)) {
      check({ type: 'text-insert', part, text: portion });
      const characters = [...portion];
      const id = editIdOf(OWN, edits.length);
      const where = placeOf(seen.text(part).insert(id, place, characters));
      edits.push({ type: 'text-insert', part, at: where, text: portion });
      place += characters.length;
    }
  }

  function removeText(part: string, at: number, count: number): void {
    check({ type: 'map-remove', part, key: 'k' });
    if (count < 1) throw new ParsError('dag/argument', { what: 'count' });
    const ranges: ElementRange[] = [];
    for (const { run, offset } of seen.text(part).remove(at, count)) {
      const ref = refOf(run.id);
      const last = ranges.at(-1);
      const isNext =
        last?.id === ref.id && last?.edit === ref.edit && last.offset + last.count === offset;
      if (last !== undefined && isNext)
        ranges[ranges.length - 1] = { ...last, count: last.count + 1 };
      else ranges.push({ ...ref, offset, count: 1 });
    }
    for (let start = 0; start < ranges.length; start += MAX_REMOVALS) {
      edits.push({ type: 'text-remove', part, ranges: ranges.slice(start, start + MAX_REMOVALS) });
    }
  }

  function mark(
    part: string,
    at: number,
    count: number,
    name: Mark,
    value: DocumentScalar | undefined,
  ): void {
    check({ type: 'map-remove', part, key: 'k' });
    if (count < 1) throw new ParsError('dag/argument', { what: 'count' });
    const text = seen.text(part);
    const range = text.rangeOf(at, count, name);
    const from = { ...refOf(range.from.run.id), offset: range.from.offset };
    const body = { part, from, until: placeOf(range.until), mark: name };
    const edit: DocumentEdit =
      value === undefined
        ? { type: 'text-unmark', ...body }
        : { type: 'text-mark', ...body, value: scalarFromValue(value) };
    check(edit);
    text.mark({ time, id: editIdOf(OWN, edits.length) }, name, range, value);
    edits.push(edit);
  }

  function itemsAt(part: string, at: number, count: number): readonly EditRef[] {
    check({ type: 'map-remove', part, key: 'k' });
    if (count < 1) throw new ParsError('dag/argument', { what: 'count' });
    return seen.list(part).itemsAt(at, count).map(refOf);
  }
  const itemAt = (part: string, at: number) => itemsAt(part, at, 1)[0] as EditRef;

  function nodeOf(tree: TreePart, name: string | undefined): TreeNode | undefined {
    if (name === undefined) return undefined;
    const id = editIdOfName(name);
    const node = id === undefined ? undefined : tree.node(id);
    if (node === undefined || !tree.isThere(node)) {
      throw new ParsError('dag/argument', { what: 'node' });
    }
    return node;
  }

  function nodePlace(
    tree: TreePart,
    parent: TreeNode | undefined,
    at: number,
    except?: TreeNode,
  ): { readonly parent?: EditRef; readonly at?: Place | undefined } {
    for (let above = parent; above !== undefined; above = tree.parentOf(above)) {
      if (above === except) throw new ParsError('dag/argument', { what: 'node-move' });
    }
    const others = tree.children(parent).filter(({ node }) => node !== except);
    requirePlace(at, others.length);
    const place = placeOf(tree.slots(parent).placeBehind(others[at - 1]?.slot));
    return { ...(parent === undefined ? {} : { parent: refOf(parent.id) }), at: place };
  }

  let placed:
    | { readonly edits: readonly DocumentEdit[]; readonly starts: readonly number[] }
    | undefined;
  const placedNow = () => {
    if (placed === undefined) {
      const whole = coalesceEdits(edits);
      placed = { edits: whole, starts: splitEdits(whole) };
    }
    return placed;
  };

  const draft: DocumentDraft = {
    value: () => seen.value(),
    textLength: (part) => seen.textLength(part),
    insertText,
    removeText,
    markText: mark,
    unmarkText: (part, at, count, name) => mark(part, at, count, name, undefined),
    setEntry(part, key, value) {
      seen.map(part);
      record({ type: 'map-set', part, key, value: scalarFromValue(value) });
    },
    removeEntry(part, key) {
      if (seen.map(part).get(key)?.value === undefined) {
        throw new ParsError('dag/argument', { what: 'map-remove' });
      }
      record({ type: 'map-remove', part, key });
    },
    listLength: (part) => seen.list(part).length,
    insertItem(part, at, value) {
      const scalar = scalarFromValue(value);
      const edit: DocumentEdit = { type: 'list-insert', part, value: scalar };
      check(edit);
      const own = editIdOf(OWN, edits.length);
      const place = seen.list(part).insert(own, at, valueFromScalar(scalar));
      edits.push({ ...edit, at: placeOf(place) });
    },
    setItem(part, at, value) {
      const item = itemAt(part, at);
      const scalar = scalarFromValue(value);
      const edit: DocumentEdit = { type: 'list-set', part, item, value: scalar };
      check(edit);
      seen.list(part).set(at, valueFromScalar(scalar));
      edits.push(edit);
    },
    removeItems(part, at, count) {
      const items = itemsAt(part, at, count);
      seen.list(part).remove(at, count);
      for (let start = 0; start < items.length; start += MAX_REMOVALS) {
        edits.push({ type: 'list-remove', part, items: items.slice(start, start + MAX_REMOVALS) });
      }
    },
    moveItem(part, at, to) {
      const item = itemAt(part, at);
      const place = seen.list(part).move(editIdOf(OWN, edits.length), at, to);
      edits.push({ type: 'list-move', part, item, at: placeOf(place) });
    },
    createNode(part, parent, at) {
      const tree = seen.tree(part);
      record({ type: 'node-create', part, ...nodePlace(tree, nodeOf(tree, parent), at) });
      return nameOfEdit(editIdOf(OWN, edits.length - 1));
    },
    moveNode(part, name, parent, at) {
      const tree = seen.tree(part);
      const node = nodeOf(tree, name) as TreeNode;
      const place = nodePlace(tree, nodeOf(tree, parent), at, node);
      record({ type: 'node-move', part, node: refOf(node.id), ...place });
    },
    removeNode(part, name) {
      const node = nodeOf(seen.tree(part), name) as TreeNode;
      record({ type: 'node-remove', part, node: refOf(node.id) });
    },
    setNodeValue(part, name, key, value) {
      const node = refOf((nodeOf(seen.tree(part), name) as TreeNode).id);
      record({ type: 'node-set', part, node, key, value: scalarFromValue(value) });
    },
    get isEmpty() {
      return edits.length === 0;
    },
  };
  return {
    draft,
    get updateCount() {
      return placedNow().starts.length;
    },
    update(number, written) {
      const { edits: whole, starts } = placedNow();
      const own = whole.slice(starts[number], starts[number + 1]);
      return encodeUpdate(own.map((edit) => named(edit, starts, number, written)));
    },
    freeze: () => seen.freeze(),
    close() {
      isClosed = true;
    },
  };
}

/** Stands for the vertex that is not written yet. */
const OWN: VertexId = new Uint8Array(32).fill(0xff) as VertexId;
/** Bytes that a reference into an earlier update of the same draft adds, and to spare. */
const REFERENCE_BYTES = 40;

/** What the writer sees: copies of the parts that they touched, the rest as it is. */
interface SeenState {
  readonly state: DocumentState;
  text(part: string): DraftText;
  textLength(part: string): number;
  map(part: string): ReturnType<typeof createMapPart>;
  list(part: string): DraftList;
  tree(part: string): TreePart;
  value(): DocumentValue;
  freeze(): void;
}

function createSeenState(live: DocumentState): SeenState {
  const state = createDocumentState();
  const texts = new Map<string, DraftText>();
  const lists = new Map<string, DraftList>();
  let source = live;

  const text = (part: string) =>
    partOf(texts, part, () => createDraftText(source.texts.get(part) ?? createTextPart()));
  const map = (part: string) =>
    partOf(state.maps, part, () => new Map(source.maps.get(part) ?? createMapPart()));
  const list = (part: string) =>
    partOf(lists, part, () => createDraftList(source.lists.get(part) ?? createListPart()));
  const tree = (part: string) =>
    partOf(state.trees, part, () => {
      const from = source.trees.get(part);
      return (from === undefined ? undefined : restoreTree(saveTree(from))) ?? createTreePart();
    });

  return {
    state,
    text,
    textLength: (part) => texts.get(part)?.length ?? source.texts.get(part)?.tree.visibleCount ?? 0,
    map,
    list,
    tree,
    value() {
      for (const part of source.texts.keys()) text(part);
      for (const part of source.lists.keys()) list(part);
      return {
        texts: readParts(texts, (draft) => draft.spans()),
        maps: readMaps(new Map([...source.maps, ...state.maps])),
        lists: readParts(lists, (draft) => draft.values()),
        trees: readTrees(new Map([...source.trees, ...state.trees])),
      };
    },
    freeze() {
      for (const part of source.texts.keys()) text(part);
      for (const part of source.maps.keys()) map(part);
      for (const part of source.lists.keys()) list(part);
      for (const part of source.trees.keys()) tree(part);
      for (const draft of [...texts.values(), ...lists.values()]) draft.freeze();
      source = createDocumentState();
    },
  };
}

/** How an edit of the draft names what another made. */
function refOf(id: Uint8Array): EditRef {
  const { vertex, edit } = splitEditId(id);
  return equalBytes(vertex, OWN) ? { edit } : { id: vertex as VertexId, edit };
}

function placeOf(place: RunPlace | undefined): Place | undefined {
  if (place === undefined) return undefined;
  return { ...refOf(place.parent.id), offset: place.offset, side: place.side };
}

function requirePlace(at: number, most: number): void {
  if (!Number.isSafeInteger(at) || at < 0 || at > most) {
    throw new ParsError('dag/argument', { what: 'place' });
  }
}

/** The edit behind a name as a value shows it. */
function editIdOfName(name: string): Uint8Array | undefined {
  const [idText = '', editText = ''] = name.split('.');
  const id = hex.decode(idText, { maxBytes: 32 });
  const edit = Number(editText);
  if (!id.ok || !vertexIds.fromBytes(id.value).ok) return undefined;
  if (!Number.isInteger(edit) || edit < 0 || edit >= 2 ** 32) return undefined;
  return editIdOf(id.value, edit);
}

/** The edit as it stands in its update: what earlier updates of the draft made by their vertices. */
function named(
  edit: DocumentEdit,
  starts: readonly number[],
  number: number,
  written: readonly VertexId[],
): DocumentEdit {
  return mapRefs(edit, (ref) => {
    if (ref.id !== undefined) return ref;
    let owner = number;
    while ((starts[owner] ?? 0) > ref.edit) owner -= 1;
    const inside = ref.edit - (starts[owner] ?? 0);
    return owner === number
      ? { ...ref, edit: inside }
      : { ...ref, id: written[owner], edit: inside };
  });
}

/** Where updates begin so that each fits its bounds. */
function splitEdits(edits: readonly DocumentEdit[]): readonly number[] {
  const starts: number[] = [];
  let bytes = 0;
  for (const [index, edit] of edits.entries()) {
    let references = 0;
    const short = mapRefs(edit, (ref) => {
      references += 1;
      return ref.id === undefined ? { ...ref, edit: 0 } : ref;
    });
    const size = encodeUpdate([short]).length + references * REFERENCE_BYTES;
    const isFull = bytes + size > MAX_UPDATE_BYTES - 8 || index - (starts.at(-1) ?? 0) >= MAX_EDITS;
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
