import assert from 'node:assert/strict';

/*
 * A second reader of documents, made from the text of PIP-1001 §9 alone: it shares
 * no code with the implementation, and is plain rather than quick. It looks at
 * all vertices at once, where the implementation takes one after the other.
 */

/** A vertex as a vector has it; all bytes in hexadecimal. */
export interface PlainVertex {
  readonly id: string;
  readonly author: string;
  readonly time: number;
  readonly parents: readonly string[];
  readonly update: string;
}

/** What a document shows, as JSON has it; bytes are `{ bytes: hexadecimal }`. */
export interface PlainDocument {
  readonly texts: Readonly<Record<string, readonly { text: string; marks?: object }[]>>;
  readonly maps: Readonly<Record<string, object>>;
  readonly lists: Readonly<Record<string, readonly PlainValue[]>>;
  readonly trees: Readonly<Record<string, readonly object[]>>;
  readonly forks: number;
}

type PlainValue = string | number | boolean | { readonly bytes: string };

/** §9.1 to §9.3, for vertices in any order. */
export function readPlainly(given: readonly PlainVertex[]): PlainDocument {
  const vertices = given.toSorted((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));
  const byId = new Map(vertices.map((vertex) => [vertex.id, vertex]));
  const pasts = new Map<string, ReadonlySet<string>>();
  for (const { id, parents } of vertices) {
    const past = new Set(parents);
    for (const parent of parents) for (const known of pasts.get(parent) ?? []) past.add(known);
    pasts.set(id, past);
  }
  const world: World = { texts: {}, maps: {}, lists: {}, trees: {} };
  for (const { id, time, update } of vertices) {
    const past = pasts.get(id) ?? new Set();
    for (const [number, [kind, fields]] of readUpdate(update).entries()) {
      apply(world, kind, fields, { id, time, number, past });
    }
  }
  return {
    texts: shown(world.texts, showText),
    maps: shown(world.maps, showWrites),
    lists: shown(world.lists, showList),
    trees: shown(world.trees, showTree),
    forks: countForks(vertices, pasts, byId),
  };
}

// Of all that a document is made of.

interface Stamp {
  readonly time: number;
  readonly id: string;
  readonly number: number;
}
interface Run extends Stamp {
  readonly characters: readonly string[];
  readonly removed: Set<number>;
  readonly place: { readonly run: string; readonly offset: number; readonly side: string } | null;
}
type Runs = Map<string, Run>;
interface MarkEdit extends Stamp {
  readonly name: string;
  readonly value: PlainValue | null;
  readonly from: { readonly run: string; readonly offset: number };
  readonly until: Run['place'];
}
type Writes = Map<string, Stamp & { readonly value: PlainValue | null }>;
interface Text {
  readonly runs: Runs;
  readonly marks: MarkEdit[];
}
interface Item {
  place: Stamp & { readonly slot: string };
  value: Stamp & { readonly value: PlainValue };
  removed: boolean;
}
interface List {
  readonly runs: Runs;
  readonly items: Map<string, Item>;
}
interface Move extends Stamp {
  readonly node: string;
  readonly parent: string;
  readonly slot: string | null;
}
interface Tree {
  readonly below: Map<string, Runs>;
  readonly nodes: Map<string, Writes>;
  readonly moves: Move[];
}
interface World {
  readonly texts: Record<string, Text>;
  readonly maps: Record<string, Writes>;
  readonly lists: Record<string, List>;
  readonly trees: Record<string, Tree>;
}
interface Here extends Stamp {
  readonly past: ReadonlySet<string>;
}

const TOP = 'top';

function apply(world: World, kind: number, fields: Fields, here: Here): void {
  const part = textOf(fields.get(0));
  const me = `${here.id}.${here.number}`;
  const stamp = { time: here.time, id: here.id, number: here.number };
  if (kind <= 3) {
    const text = own(world.texts, part, () => ({ runs: new Map(), marks: [] }));
    applyToText(text, kind, fields, here);
  } else if (kind <= 5) {
    const writes = own(world.maps, part, () => new Map());
    write(writes, textOf(fields.get(1)), {
      ...stamp,
      value: kind === 4 ? valueOf(fields, 2) : null,
    });
  } else if (kind <= 9) {
    const list = own(world.lists, part, () => ({ runs: new Map(), items: new Map() }));
    applyToList(list, kind, fields, here, me);
  } else {
    const tree = own(world.trees, part, () => ({
      below: new Map(),
      nodes: new Map(),
      moves: [],
    }));
    applyToTree(tree, kind, fields, here, me);
  }
}

function applyToText({ runs, marks }: Text, kind: number, fields: Fields, here: Here): void {
  const { id, time, number } = here;
  const stamp = { id, time, number };
  if (kind === 0) return addRun(runs, here, [...textOf(fields.get(2))], fields.get(1));
  if (kind === 1) {
    for (const range of fields.get(1) as readonly Fields[]) {
      const run = runs.get(nameOf(range, here));
      const offset = Number(range.get(2));
      if (run === undefined || offset >= run.characters.length) continue;
      for (let at = offset; at < offset + Number(range.get(3)); at += 1) run.removed.add(at);
    }
    return;
  }
  const from = elementOf(runs, fields.get(1) as Fields, here);
  const until = placeOf(runs, fields.get(2), here);
  if (from === undefined || until === undefined) return;
  const value = kind === 2 ? valueOf(fields, 4) : null;
  marks.push({ ...stamp, name: textOf(fields.get(3)), value, from, until });
}

function applyToList(
  { runs, items }: List,
  kind: number,
  fields: Fields,
  here: Here,
  me: string,
): void {
  const { id, time, number } = here;
  const stamp = { id, time, number };
  if (kind === 8) {
    for (const ref of fields.get(1) as readonly Fields[]) {
      const item = items.get(nameOf(ref, here));
      if (item !== undefined) item.removed = true;
    }
    return;
  }
  if (kind === 6) {
    addRun(runs, here, ['-'], fields.get(1));
    const value = { ...stamp, value: valueOf(fields, 2) };
    if (runs.has(me)) items.set(me, { place: { ...stamp, slot: me }, value, removed: false });
    return;
  }
  const item = items.get(nameOf(fields.get(1) as Fields, here));
  if (item === undefined) return;
  // Vertices and edits come in the order of their stamps here, so the last is the greatest.
  if (kind === 7) item.value = { ...stamp, value: valueOf(fields, 2) };
  if (kind === 9) addRun(runs, here, ['-'], fields.get(2));
  if (kind === 9 && runs.has(me)) item.place = { ...stamp, slot: me };
}

function applyToTree(tree: Tree, kind: number, fields: Fields, here: Here, me: string): void {
  const { id, time, number } = here;
  const stamp = { id, time, number };
  const node = kind === 10 ? me : nameOf(fields.get(1) as Fields, here);
  const writes = tree.nodes.get(node);
  if (kind !== 10 && writes === undefined) return;
  if (kind === 12) tree.moves.push({ ...stamp, node, parent: TOP, slot: null });
  if (kind === 13)
    write(writes as Writes, textOf(fields.get(2)), { ...stamp, value: valueOf(fields, 3) });
  if (kind > 11) return;
  const [parentField, placeField] = [fields.get(kind - 9), fields.get(kind - 8)];
  const parent = parentField === undefined ? TOP : nameOf(parentField as Fields, here);
  if (parent !== TOP && !tree.nodes.has(parent)) return;
  const runs = tree.below.get(parent) ?? new Map();
  tree.below.set(parent, runs);
  addRun(runs, here, ['-'], placeField);
  if (!runs.has(me)) return;
  if (kind === 10) tree.nodes.set(me, new Map());
  tree.moves.push({ ...stamp, node, parent, slot: me });
}

function own<T>(parts: Record<string, T>, name: string, create: () => T): T {
  const key = `part ${name}`;
  parts[key] ??= create();
  return parts[key];
}

function write(writes: Writes, key: string, one: Stamp & { value: PlainValue | null }): void {
  writes.set(key, one);
}

function addRun(runs: Runs, here: Here, characters: readonly string[], at: Data | undefined): void {
  const place = placeOf(runs, at, here);
  if (place === undefined) return;
  const parent = place === null ? undefined : runs.get(place.run);
  const isMiddle = parent !== undefined && place?.offset !== parent.characters.length - 1;
  if (place?.side === 'after' && isMiddle) return;
  const { id, time, number } = here;
  runs.set(`${id}.${number}`, { id, time, number, characters, removed: new Set(), place });
}

/** What an edit names; 'nothing' is the name of no edit. */
function nameOf(ref: Fields, { id, number, past }: Here): string {
  const [vertex, edit] = [ref.get(0), Number(ref.get(1))];
  if (vertex === undefined) return edit < number ? `${id}.${edit}` : 'nothing';
  const name = (vertex as Uint8Array).toHex();
  return past.has(name) ? `${name}.${edit}` : 'nothing';
}

function elementOf(runs: Runs, ref: Fields, here: Here): MarkEdit['from'] | undefined {
  const run = nameOf(ref, here);
  const offset = Number(ref.get(2));
  return offset < (runs.get(run)?.characters.length ?? 0) ? { run, offset } : undefined;
}

/** `null`: none is named; `undefined`: there is none such. */
function placeOf(runs: Runs, at: Data | undefined, here: Here): Run['place'] | undefined {
  if (at === undefined) return null;
  const element = elementOf(runs, at as Fields, here);
  return element === undefined ? undefined : { ...element, side: textOf((at as Fields).get(3)) };
}

// §8.7: the order of a text.

interface Element {
  readonly run: string;
  readonly offset: number;
}

function order(runs: Runs): readonly Element[] {
  const hanging = new Map<string, string[]>();
  for (const [name, { place }] of runs) {
    const key = place === null ? 'start' : `${place.run} ${place.offset} ${place.side}`;
    hanging.set(key, [...(hanging.get(key) ?? []), name]);
  }
  const elements: Element[] = [];
  const readAll = (key: string) => {
    for (const name of (hanging.get(key) ?? []).toSorted((a, b) => compareEdits(runs, a, b))) {
      const length = runs.get(name)?.characters.length ?? 0;
      for (let offset = 0; offset < length; offset += 1) {
        readAll(`${name} ${offset} before`);
        elements.push({ run: name, offset });
      }
      readAll(`${name} ${length - 1} after`);
    }
  };
  readAll('start');
  return elements;
}

function compareEdits(runs: Runs, a: string, b: string): number {
  const [one, two] = [runs.get(a) as Run, runs.get(b) as Run];
  if (one.id !== two.id) return one.id < two.id ? -1 : 1;
  return one.number - two.number;
}

// What is shown.

function shown<Part, Shown extends object>(
  parts: Record<string, Part>,
  show: (part: Part) => Shown,
): Record<string, Shown> {
  const all = Object.entries(parts).map(([name, part]) => [name.slice(5), show(part)] as const);
  return Object.fromEntries(all.filter(([, value]) => Object.keys(value).length > 0));
}

function showText({ runs, marks }: Text): readonly { text: string; marks?: object }[] {
  const elements = order(runs);
  const indexes = new Map(elements.map(({ run, offset }, at) => [`${run} ${offset}`, at]));
  const indexOf = ({ run, offset }: Element) => indexes.get(`${run} ${offset}`) as number;
  const ranges = marks.map((mark) => {
    const { until } = mark;
    const end =
      until === null ? elements.length : indexOf(until) + (until.side === 'after' ? 1 : 0);
    return { mark, start: indexOf(mark.from), end };
  });
  const spans: { text: string; marks?: object }[] = [];
  for (const [at, { run, offset }] of elements.entries()) {
    const { characters, removed } = runs.get(run) as Run;
    if (removed.has(offset)) continue;
    const counting: Record<string, PlainValue | null> = {};
    // In the order of their stamps: the last one counts.
    for (const { mark, start, end } of ranges) {
      if (start <= at && at < end) counting[mark.name] = mark.value;
    }
    const entries = Object.entries(counting).filter(([, value]) => value !== null);
    const covering = Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const character = characters[offset] as string;
    const last = spans.at(-1);
    if (last !== undefined && JSON.stringify(last.marks ?? {}) === JSON.stringify(covering)) {
      last.text += character;
    } else {
      spans.push({ text: character, ...(entries.length === 0 ? {} : { marks: covering }) });
    }
  }
  return spans;
}

function showWrites(writes: Writes): Record<string, PlainValue> {
  return Object.fromEntries(
    Array.from(writes, ([key, { value }]) => [key, value] as const).filter(
      (entry): entry is readonly [string, PlainValue] => entry[1] !== null,
    ),
  );
}

function showList({ runs, items }: List): readonly PlainValue[] {
  const standing = Array.from(items.values()).filter(({ removed }) => !removed);
  const bySlot = new Map(standing.map(({ place, value }) => [place.slot, value.value]));
  return order(runs).flatMap(({ run }) => {
    const value = bySlot.get(run);
    return value === undefined ? [] : [value];
  });
}

function showTree({ below, nodes, moves }: Tree): readonly object[] {
  const standing = new Map<string, Move>();
  for (const move of moves) {
    let fits = true;
    let steps = 0;
    for (let at = move.slot === null ? TOP : move.parent; at !== TOP && fits; steps += 1) {
      if (at === move.node || steps === 256) fits = false;
      at = standing.get(at)?.parent ?? TOP;
    }
    if (fits) standing.set(move.node, move);
  }
  const list: object[] = [];
  const showBelow = (parent: string) => {
    for (const { run } of order(below.get(parent) ?? new Map())) {
      for (const [name, { slot }] of standing) {
        if (slot !== run) continue;
        const values = showWrites(nodes.get(name) as Writes);
        list.push({ name, ...(parent === TOP ? {} : { parent }), values });
        showBelow(name);
      }
    }
  };
  showBelow(TOP);
  return list;
}

function countForks(
  vertices: readonly PlainVertex[],
  pasts: ReadonlyMap<string, ReadonlySet<string>>,
  byId: ReadonlyMap<string, PlainVertex>,
): number {
  const lastsByAuthor = new Map<string, Set<string>>();
  // In the order of (time, id): the last one that a vertex knows is its previous one.
  for (const { id, author } of vertices) {
    const mine = vertices.filter((one) => one.author === author && pasts.get(id)?.has(one.id));
    const lasts = lastsByAuthor.get(author) ?? new Set();
    const previous = mine.at(-1);
    if (previous !== undefined && byId.has(previous.id)) lasts.delete(previous.id);
    lasts.add(id);
    lastsByAuthor.set(author, lasts);
  }
  let forks = 0;
  for (const lasts of lastsByAuthor.values()) forks += Math.min(64, lasts.size - 1);
  return forks;
}

// §9.1: the format.

type Data = number | boolean | string | Uint8Array | readonly Data[] | Fields;
interface Fields extends ReadonlyMap<number, Data> {}
type Check = (data: Data | undefined) => boolean;

function valueOf(fields: Fields, key: number): PlainValue {
  const [, inner] = fields.get(key) as readonly [number, Fields];
  const value = inner.get(0);
  return value instanceof Uint8Array ? { bytes: value.toHex() } : (value as PlainValue);
}

/** Of a field that the format says is text. */
function textOf(data: Data | undefined): string {
  assert.ok(typeof data === 'string');
  return data;
}

/** No edits when the update breaks the format. */
function readUpdate(hexadecimal: string): readonly (readonly [number, Fields])[] {
  const bytes = Uint8Array.fromHex(hexadecimal);
  if (bytes.length > 65_536) return [];
  const data = readCbor(bytes);
  const isEdit = (edit: Data) =>
    Array.isArray(edit) && edit.length === 2 && EDITS[Number(edit[0])]?.(edit[1]) === true;
  if (!Array.isArray(data) || data.length > 4096 || !data.every(isEdit)) return [];
  return data as unknown as readonly (readonly [number, Fields])[];
}

const size = (text: string) => Buffer.byteLength(text);
const isUint =
  (most: number): Check =>
  (data) =>
    typeof data === 'number' && data >= 0 && data <= most;
const isText =
  (least: number, most: number): Check =>
  (data) =>
    typeof data === 'string' && size(data) >= least && size(data) <= most;
const isList =
  (most: number, check: Check): Check =>
  (data) =>
    Array.isArray(data) && data.length >= 1 && data.length <= most && data.every(check);
const oneOf =
  (names: readonly string[]): Check =>
  (data) =>
    names.includes(data as string);
const maybe =
  (check: Check): Check =>
  (data) =>
    data === undefined || check(data);
/** Field `n` is checked by the `n`th; no others. */
const fields =
  (...checks: readonly Check[]): Check =>
  (data) =>
    data instanceof Map &&
    checks.every((check, key) => check(data.get(key))) &&
    [...data.keys()].every((key) => Number(key) < checks.length);

const isId: Check = (data) => data instanceof Uint8Array && data.length === 32;
const isEditNumber = isUint(4095);
const isOffset = isUint(16_383);
const isName = isText(1, 64);
const isPlace = maybe(fields(maybe(isId), isEditNumber, isOffset, oneOf(['before', 'after'])));
const isElement = fields(maybe(isId), isEditNumber, isOffset);
const isCount: Check = (data) => isUint(16_384)(data) && data !== 0;
const isRange = fields(maybe(isId), isEditNumber, isOffset, isCount);
const isRef = fields(maybe(isId), isEditNumber);
const isMark = oneOf('bold italic underline strike code link comment heading'.split(' '));
const VALUES: readonly Check[] = [
  fields(isText(0, 16_384)),
  fields((data) => typeof data === 'number' && Number.isSafeInteger(data)),
  fields((data) => typeof data === 'boolean'),
  fields((data) => data instanceof Uint8Array && data.length <= 16_384),
];
const isValue: Check = (data) =>
  Array.isArray(data) && data.length === 2 && VALUES[data[0]]?.(data[1]) === true;
const EDITS: readonly Check[] = [
  fields(isName, isPlace, isText(1, 16_384)),
  fields(isName, isList(256, isRange)),
  fields(isName, isElement, isPlace, isMark, isValue),
  fields(isName, isElement, isPlace, isMark),
  fields(isName, isName, isValue),
  fields(isName, isName),
  fields(isName, isPlace, isValue),
  fields(isName, isRef, isValue),
  fields(isName, isList(256, isRef)),
  fields(isName, isRef, isPlace),
  fields(isName, maybe(isRef), isPlace),
  fields(isName, isRef, maybe(isRef), isPlace),
  fields(isName, isRef),
  fields(isName, isRef, isName, isValue),
];

/** Deterministic CBOR with unsigned keys of maps; `undefined` for anything else. */
function readCbor(bytes: Uint8Array): Data | undefined {
  let at = 0;
  const refuse = (): never => {
    throw new RangeError('no deterministic CBOR');
  };
  const take = (count: number) => {
    if (at + count > bytes.length) refuse();
    at += count;
    return bytes.subarray(at - count, at);
  };
  const number = (short: number): number => {
    if (short < 24) return short;
    if (short > 27) refuse();
    const long = BigInt(`0x${take(2 ** (short - 24)).toHex()}`);
    const least = short === 24 ? 24n : 1n << BigInt(2 ** (short - 22));
    if (long < least || long > BigInt(Number.MAX_SAFE_INTEGER)) refuse();
    return Number(long);
  };
  const item = (depth: number): Data => {
    if (depth > 16) refuse();
    const [head] = take(1) as unknown as [number];
    const kind = head >> 5;
    if (head === 0xf4 || head === 0xf5) return head === 0xf5;
    if (kind > 5) refuse();
    const count = number(head & 31);
    if (kind === 0) return count;
    // −1 − count, within ±(2^53 − 1).
    if (kind === 1) return -1 - count;
    if (kind === 2) return take(count).slice();
    if (kind === 3)
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(take(count));
    if (kind === 4) return Array.from({ length: Math.min(count, 65_537) }, () => item(depth + 1));
    const map = new Map<number, Data>();
    let last = -1;
    for (let entry = 0; entry < count; entry += 1) {
      const key = item(depth + 1);
      if (typeof key !== 'number' || key <= last) return refuse();
      last = key;
      map.set(key, item(depth + 1));
    }
    return map;
  };
  try {
    const data = item(0);
    return at === bytes.length ? data : undefined;
  } catch {
    return undefined;
  }
}
