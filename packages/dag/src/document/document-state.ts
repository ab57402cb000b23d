import { bytesToKey } from '../byte-key.ts';
import type { Run, RunPlace } from '../crdt/rga-run.ts';
import type { RunTree } from '../crdt/rga-tree.ts';
import type { VertexId } from '../vertex.ts';
import {
  type DocumentEdit,
  type DocumentScalar,
  type EditRef,
  type ElementRef,
  mapRefs,
  type Place,
  valueFromScalar,
} from './document-edit.ts';
import type { DocumentNode, DocumentValue } from './document-value.ts';
import { compareStamps, type EditStamp, editIdOf, nameOfEdit } from './edit-stamp.ts';
import { createListPart, type ListPart } from './list-part.ts';
import { createTextPart, readSpans, type TextPart } from './text-part.ts';
import { createTreePart, type TreeNode, type TreePart } from './tree-part.ts';

/** The entries of a map; without a value where the latest edit removed one. */
export type MapPart = Map<
  string,
  { readonly stamp: EditStamp; readonly value: DocumentScalar | undefined }
>;

/** Everything that a document is made of, by the names of its parts. */
export interface DocumentState {
  readonly texts: Map<string, TextPart>;
  readonly maps: Map<string, MapPart>;
  readonly lists: Map<string, ListPart>;
  readonly trees: Map<string, TreePart>;
}

/** Where an update stands. */
export interface UpdateMoment {
  readonly id: VertexId;
  /** The logical time of the vertex. */
  readonly time: number;
  /** Whether a vertex that the update names is before it. */
  knows(past: VertexId): boolean;
}

export function createDocumentState(): DocumentState {
  return { texts: new Map(), maps: new Map(), lists: new Map(), trees: new Map() };
}

/**
 * Does the edits of an update, each vertex once and ancestors first. One that names
 * what is not there, or not known to its vertex, does nothing. Returns how many
 * did something. No earlier state is looked at, so it costs the same however
 * old the state was that the author saw. PIP-1001 §9.2.
 */
export function applyUpdate(
  state: DocumentState,
  edits: readonly DocumentEdit[],
  at: UpdateMoment,
): number {
  let applied = 0;
  for (const [number, edit] of edits.entries()) {
    const stamp: EditStamp = { time: at.time, id: editIdOf(at.id, number) };
    if (applyEdit(state, edit, stamp, at)) applied += 1;
  }
  return applied;
}

/** Does one edit; `false`, and nothing is changed, when it names what is not there. */
export function applyEdit(
  state: DocumentState,
  edit: DocumentEdit,
  stamp: EditStamp,
  at: UpdateMoment,
): boolean {
  switch (edit.type) {
    case 'text-insert':
    case 'text-remove':
    case 'text-mark':
    case 'text-unmark':
      return applyToText(partOf(state.texts, edit.part, createTextPart), edit, stamp, at);
    case 'map-set':
    case 'map-remove': {
      const value = edit.type === 'map-set' ? valueFromScalar(edit.value) : undefined;
      writeEntry(partOf(state.maps, edit.part, createMapPart), edit.key, stamp, value);
      return true;
    }
    case 'list-insert':
    case 'list-set':
    case 'list-remove':
    case 'list-move':
      return applyToList(partOf(state.lists, edit.part, createListPart), edit, stamp, at);
    default:
      return applyToTree(partOf(state.trees, edit.part, createTreePart), edit, stamp, at);
  }
}

/** Writes an entry unless a later edit did already. */
export function writeEntry(
  map: MapPart,
  key: string,
  stamp: EditStamp,
  value: DocumentScalar | undefined,
): void {
  const written = map.get(key);
  if (written === undefined || compareStamps(written.stamp, stamp) < 0) {
    map.set(key, { stamp, value });
  }
}

type EditOf<Kind extends string> = Extract<DocumentEdit, { readonly type: `${Kind}-${string}` }>;

function applyToText(
  { tree, marks }: TextPart,
  edit: EditOf<'text'>,
  stamp: EditStamp,
  at: UpdateMoment,
): boolean {
  if (edit.type === 'text-insert') {
    const place = findPlace(tree, edit.at, at);
    return place !== NOWHERE && tree.add(stamp.id, [...edit.text], place) !== undefined;
  }
  if (edit.type === 'text-remove') {
    let isWhole = true;
    for (const range of edit.ranges) {
      const run = findElement(tree, range, at);
      if (run === undefined) isWhole = false;
      else tree.remove(run, range.offset, range.count);
    }
    return isWhole;
  }
  const run = findElement(tree, edit.from, at);
  const until = findPlace(tree, edit.until, at);
  if (run === undefined || until === NOWHERE) return false;
  const value = edit.type === 'text-mark' ? valueFromScalar(edit.value) : undefined;
  const from = { run, offset: edit.from.offset };
  marks.push({ stamp, mark: edit.mark, value, from, until });
  return true;
}

function applyToList(
  list: ListPart,
  edit: EditOf<'list'>,
  stamp: EditStamp,
  at: UpdateMoment,
): boolean {
  const find = (ref: EditRef) => {
    const id = idOf(ref, at);
    return id === undefined ? undefined : list.item(id);
  };
  if (edit.type === 'list-insert') {
    const place = findPlace(list.slots, edit.at, at);
    return place !== NOWHERE && list.insert(stamp, place, valueFromScalar(edit.value));
  }
  if (edit.type === 'list-remove') {
    const items = edit.items.map(find);
    for (const item of items) if (item !== undefined) list.remove(item);
    return !items.includes(undefined);
  }
  const item = find(edit.item);
  if (item === undefined) return false;
  if (edit.type === 'list-set') {
    list.set(item, stamp, valueFromScalar(edit.value));
    return true;
  }
  const place = findPlace(list.slots, edit.at, at);
  return place !== NOWHERE && list.move(item, stamp, place);
}

function applyToTree(
  tree: TreePart,
  edit: EditOf<'node'>,
  stamp: EditStamp,
  at: UpdateMoment,
): boolean {
  const find = (ref: EditRef | undefined) => {
    const id = ref === undefined ? undefined : idOf(ref, at);
    return id === undefined ? undefined : tree.node(id);
  };
  const node = edit.type === 'node-create' ? undefined : find(edit.node);
  if (edit.type !== 'node-create' && node === undefined) return false;
  if (edit.type === 'node-remove' || edit.type === 'node-set') {
    if (edit.type === 'node-remove') tree.remove(node as TreeNode, stamp);
    else tree.set(node as TreeNode, edit.key, stamp, valueFromScalar(edit.value));
    return true;
  }
  const parent = find(edit.parent);
  if (edit.parent !== undefined && parent === undefined) return false;
  const place = findPlace(tree.slots(parent), edit.at, at);
  return place !== NOWHERE && tree.place(node?.id ?? stamp.id, stamp, parent, place);
}

function idOf({ id, edit }: EditRef, at: UpdateMoment): Uint8Array | undefined {
  if (id === undefined) return editIdOf(at.id, edit);
  return at.knows(id) ? editIdOf(id, edit) : undefined;
}

function findElement(tree: RunTree, ref: ElementRef, at: UpdateMoment): Run | undefined {
  const id = idOf(ref, at);
  const run = id === undefined ? undefined : tree.run(id);
  return run !== undefined && ref.offset < run.characters.length ? run : undefined;
}

const NOWHERE = Symbol('nowhere');

function findPlace(
  tree: RunTree,
  place: Place | undefined,
  at: UpdateMoment,
): RunPlace | undefined | typeof NOWHERE {
  if (place === undefined) return undefined;
  const { offset, side } = place;
  const parent = findElement(tree, place, at);
  return parent === undefined ? NOWHERE : { parent, offset, side };
}

/** The part of that name; a new one where there is none. */
export function partOf<T>(parts: Map<string, T>, name: string, create: () => T): T {
  const part = parts.get(name) ?? create();
  parts.set(name, part);
  return part;
}

/** An empty map. */
export function createMapPart(): MapPart {
  return new Map();
}

/** What a person sees. PIP-1001 §9.2. */
export function readDocument(state: DocumentState): DocumentValue {
  return {
    texts: readParts(state.texts, ({ tree, marks }) =>
      readSpans(tree.elements(), (_, { run, offset }) => run.removed[offset] === 0, marks),
    ),
    maps: readMaps(state.maps),
    lists: readParts(state.lists, (list) => list.shown().map(({ item }) => item.value)),
    trees: readTrees(state.trees),
  };
}

/** Each part that holds something, in the order of their names. */
export function readParts<Part, Value extends { readonly length: number }>(
  parts: ReadonlyMap<string, Part>,
  read: (part: Part) => Value,
): Readonly<Record<string, Value>> {
  // No prototype: a part of a stranger may be called anything.
  const values: Record<string, Value> = Object.create(null);
  for (const name of Array.from(parts.keys()).toSorted()) {
    const value = read(parts.get(name) as Part);
    if (value.length > 0) values[name] = value;
  }
  return values;
}

/** As {@link DocumentValue} has them. */
export function readMaps(maps: ReadonlyMap<string, MapPart>): DocumentValue['maps'] {
  const values: Record<string, Readonly<Record<string, DocumentScalar>>> = Object.create(null);
  for (const name of Array.from(maps.keys()).toSorted()) {
    const value = readEntries(maps.get(name) as MapPart);
    if (Object.keys(value).length > 0) values[name] = value;
  }
  return values;
}

/** As {@link DocumentValue} has them. */
export function readTrees(trees: ReadonlyMap<string, TreePart>): DocumentValue['trees'] {
  return readParts(trees, readNodes);
}

function readEntries(
  entries: ReadonlyMap<string, { readonly value: DocumentScalar | undefined }>,
): Readonly<Record<string, DocumentScalar>> {
  const values: Record<string, DocumentScalar> = Object.create(null);
  for (const key of Array.from(entries.keys()).toSorted()) {
    const value = entries.get(key)?.value;
    if (value !== undefined) values[key] = value;
  }
  return values;
}

/** Without recursion: a tree may be as deep as it has nodes. */
function readNodes(tree: TreePart): readonly DocumentNode[] {
  const nodes: DocumentNode[] = [];
  const open = tree.children(undefined).toReversed();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node } = next;
    const parent = tree.parentOf(node);
    nodes.push({
      name: nameOfEdit(node.id),
      ...(parent === undefined ? {} : { parent: nameOfEdit(parent.id) }),
      values: readEntries(node.values),
    });
    // One by one: strangers may create more here than a call has arguments.
    for (const child of tree.children(node).toReversed()) open.push(child);
  }
  return nodes;
}

/** The ids of other vertices that an update names, each once. */
export function idsNamedBy(edits: readonly DocumentEdit[]): ReadonlyMap<string, VertexId> {
  const ids = new Map<string, VertexId>();
  for (const edit of edits) {
    mapRefs(edit, (ref) => {
      if (ref.id !== undefined) ids.set(bytesToKey(ref.id), ref.id);
      return ref;
    });
  }
  return ids;
}
