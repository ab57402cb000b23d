import { hex } from '@pars/base';
import { LoroDoc, type LoroMap, type LoroTree, type TreeID } from 'loro-crdt/base64';
import {
  type DocumentEdit,
  type DocumentScalar,
  MARKS,
  type Mark,
  type NodeRef,
  valueFromScalar,
} from './document-edit.ts';
import type { DocumentNode, DocumentValue, TextSpan } from './document-engine.ts';

/** Which node of the library's tree stands for which edit, both ways. */
export interface NodeNames {
  idOf(name: string): TreeID | undefined;
  nameOf(id: TreeID): string | undefined;
  add(name: string, id: TreeID): void;
  entries(): IterableIterator<[string, TreeID]>;
}

/** An empty table, or one on top of another that it does not change. */
export function createNodeNames(below?: NodeNames): NodeNames {
  const idByName = new Map<string, TreeID>();
  const nameById = new Map<TreeID, string>();
  return {
    idOf: (name) => idByName.get(name) ?? below?.idOf(name),
    nameOf: (id) => nameById.get(id) ?? below?.nameOf(id),
    add(name, id) {
      idByName.set(name, id);
      nameById.set(id, name);
    },
    entries: () => idByName.entries(),
  };
}

/** A document of the library in the one configuration that all replicas share. */
export function createLoro(): LoroDoc {
  const doc = new LoroDoc();
  configure(doc);
  return doc;
}

/** Text typed at the end of a mark belongs to it, except for those that name a passage. */
export function configure(doc: LoroDoc): void {
  const style = (mark: Mark) => ({ expand: PASSAGES.has(mark) ? 'none' : 'after' }) as const;
  doc.configTextStyle(Object.fromEntries(MARKS.map((mark) => [mark, style(mark)])));
}

const PASSAGES: ReadonlySet<Mark> = new Set(['link', 'comment', 'code']);

/** Does one edit to the current state; `false`, without any change, when it does not fit. */
export function applyEdit(
  doc: LoroDoc,
  nodes: NodeNames,
  edit: DocumentEdit,
  label: string,
  index: number,
): boolean {
  switch (edit.type) {
    case 'text-insert':
    case 'text-remove':
    case 'text-mark':
    case 'text-unmark':
      return applyToText(doc, edit);
    case 'map-set':
      doc.getMap(rootOf('m', edit.part)).set(`k:${edit.key}`, valueFromScalar(edit.value));
      return true;
    case 'map-remove':
      if (doc.getMap(rootOf('m', edit.part)).get(`k:${edit.key}`) === undefined) return false;
      doc.getMap(rootOf('m', edit.part)).delete(`k:${edit.key}`);
      return true;
    case 'list-insert':
    case 'list-set':
    case 'list-remove':
    case 'list-move':
      return applyToList(doc, edit);
    default:
      return applyToTree(doc, nodes, edit, label, index);
  }
}

type EditOf<Kind extends string> = Extract<DocumentEdit, { readonly type: `${Kind}-${string}` }>;

function applyToText(doc: LoroDoc, edit: EditOf<'text'>): boolean {
  const text = doc.getText(rootOf('t', edit.part));
  const length = text.convertPos(text.length, 'utf16', 'unicode') ?? 0;
  const end = edit.at + ('count' in edit ? edit.count : 0);
  if (end > length) return false;
  const start = text.convertPos(edit.at, 'unicode', 'utf16') ?? 0;
  if (edit.type === 'text-insert') {
    text.insert(start, edit.text);
    return true;
  }
  const stop = text.convertPos(end, 'unicode', 'utf16') ?? text.length;
  if (edit.type === 'text-remove') text.delete(start, stop - start);
  else if (edit.type === 'text-unmark') text.unmark({ start, end: stop }, edit.mark);
  else text.mark({ start, end: stop }, edit.mark, valueFromScalar(edit.value));
  return true;
}

function applyToList(doc: LoroDoc, edit: EditOf<'list'>): boolean {
  const list = doc.getMovableList(rootOf('l', edit.part));
  const { length } = list;
  if (edit.type === 'list-insert') {
    if (edit.at > length) return false;
    list.insert(edit.at, valueFromScalar(edit.value));
  } else if (edit.type === 'list-remove') {
    if (edit.at + edit.count > length) return false;
    list.delete(edit.at, edit.count);
  } else if (edit.type === 'list-set') {
    if (edit.at >= length) return false;
    list.set(edit.at, valueFromScalar(edit.value));
  } else {
    if (edit.at >= length || edit.to >= length) return false;
    list.move(edit.at, edit.to);
  }
  return true;
}

function applyToTree(
  doc: LoroDoc,
  nodes: NodeNames,
  edit: EditOf<'node'>,
  label: string,
  index: number,
): boolean {
  const tree = doc.getTree(rootOf('n', edit.part));
  tree.enableFractionalIndex(0);
  const find = (ref: NodeRef) => {
    const id = nodes.idOf(nodeName(ref, label));
    return id !== undefined && isThere(tree, id) ? id : undefined;
  };
  if (edit.type === 'node-remove' || edit.type === 'node-set') {
    const id = find(edit.node);
    if (id === undefined) return false;
    if (edit.type === 'node-remove') tree.delete(id);
    else dataOf(tree, id)?.set(`k:${edit.key}`, valueFromScalar(edit.value));
    return true;
  }
  const parent = edit.parent === undefined ? undefined : find(edit.parent);
  if (edit.parent !== undefined && parent === undefined) return false;
  const siblings = childrenOf(tree, parent);
  if (edit.type === 'node-create') {
    if (edit.at > siblings.length) return false;
    nodes.add(`${label}.${index}`, tree.createNode(parent, edit.at).id);
    return true;
  }
  const id = find(edit.node);
  if (id === undefined || isBelow(tree, parent, id)) return false;
  const others = siblings.includes(id) ? siblings.length - 1 : siblings.length;
  if (edit.at > others) return false;
  tree.move(id, parent, edit.at);
  return true;
}

/** The name of the node that an edit of the update `label` means. */
function nodeName({ id, edit }: NodeRef, label: string): string {
  return `${id === undefined ? label : hex.encode(id)}.${edit}`;
}

function isThere(tree: LoroTree, id: TreeID): boolean {
  return tree.has(id) && !tree.isNodeDeleted(id);
}

function childrenOf(tree: LoroTree, parent: TreeID | undefined): readonly TreeID[] {
  const children = parent === undefined ? tree.roots() : tree.getNodeByID(parent)?.children();
  return (children ?? []).map((child) => child.id);
}

function isBelow(tree: LoroTree, from: TreeID | undefined, node: TreeID): boolean {
  let at = from;
  while (at !== undefined) {
    if (at === node) return true;
    at = tree.getNodeByID(at)?.parent()?.id;
  }
  return false;
}

function dataOf(tree: LoroTree, id: TreeID): LoroMap | undefined {
  return tree.getNodeByID(id)?.data;
}

/** Everything that a document shows. */
export function readValue(doc: LoroDoc, nodes: NodeNames): DocumentValue {
  const texts: Record<string, readonly TextSpan[]> = Object.create(null);
  const maps: Record<string, Readonly<Record<string, DocumentScalar>>> = Object.create(null);
  const lists: Record<string, readonly DocumentScalar[]> = Object.create(null);
  const trees: Record<string, readonly DocumentNode[]> = Object.create(null);
  for (const root of Object.keys(doc.getShallowValue()).toSorted()) {
    const part = decodeURIComponent(root.slice(2));
    const kind = root.slice(0, 1);
    if (kind === 't') {
      const spans = spansOf(doc, root);
      if (spans.length > 0) texts[part] = spans;
    } else if (kind === 'm') {
      const values = valuesOf(doc.getMap(root));
      if (Object.keys(values).length > 0) maps[part] = values;
    } else if (kind === 'l') {
      const values = doc.getMovableList(root).toArray() as readonly DocumentScalar[];
      if (values.length > 0) lists[part] = values;
    } else {
      const listed = nodesOf(doc.getTree(root), nodes);
      if (listed.length > 0) trees[part] = listed;
    }
  }
  return { texts, maps, lists, trees };
}

/** The library takes neither a zero nor a slash in the name of a part. */
function rootOf(kind: 't' | 'm' | 'l' | 'n', part: string): string {
  return `${kind}:${encodeURIComponent(part)}`;
}

/** How many code points a text has. */
export function codePointsOf(doc: LoroDoc, part: string): number {
  const text = doc.getText(rootOf('t', part));
  return text.convertPos(text.length, 'utf16', 'unicode') ?? 0;
}

function spansOf(doc: LoroDoc, root: string): readonly TextSpan[] {
  const spans: TextSpan[] = [];
  for (const { insert, attributes } of doc.getText(root).toDelta()) {
    if (typeof insert !== 'string') continue;
    const marks = sorted(Object.entries(attributes ?? {}));
    const span =
      marks.length === 0 ? { text: insert } : { text: insert, marks: Object.fromEntries(marks) };
    spans.push(span as TextSpan);
  }
  return spans;
}

function valuesOf(map: LoroMap): Readonly<Record<string, DocumentScalar>> {
  const entries = map.entries().map(([key, value]) => [key.slice(2), value] as const);
  // No prototype: a key of a stranger may be called anything.
  return Object.assign(Object.create(null), Object.fromEntries(sorted(entries)));
}

function nodesOf(tree: LoroTree, names: NodeNames): readonly DocumentNode[] {
  const listed: DocumentNode[] = [];
  const open = tree.roots().toReversed();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const name = names.nameOf(node.id);
    const parent = node.parent();
    const above = parent === undefined ? undefined : names.nameOf(parent.id);
    if (name === undefined) continue;
    listed.push({
      name,
      ...(above === undefined ? {} : { parent: above }),
      values: valuesOf(node.data),
    });
    open.push(...(node.children() ?? []).toReversed());
  }
  return listed;
}

function sorted<T>(entries: readonly (readonly [string, T])[]): (readonly [string, T])[] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}
