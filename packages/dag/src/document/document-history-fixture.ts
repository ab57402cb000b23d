import type { SimulationRandom } from '@pars/base/fakes';
import type { VertexId } from '../vertex.ts';
import {
  type DocumentEdit,
  type EditRef,
  encodeUpdate,
  MARKS,
  type Place,
  type Scalar,
} from './document-edit.ts';
import type { PlainVertex } from './document-reader-fixture.ts';

/** A history as vectors have them, where ids are any bytes. */
export interface PlainHistory {
  readonly vertices: readonly PlainVertex[];
  /** Returns the id. Bytes instead of edits are an update that may break the format. */
  add(
    author: number,
    parents: readonly string[],
    edits: readonly DocumentEdit[] | Uint8Array,
    id: string,
  ): string;
}

export function createPlainHistory(): PlainHistory {
  const vertices: PlainVertex[] = [];
  return {
    vertices,
    add(author, parents, edits, id) {
      const above = vertices.filter((vertex) => parents.includes(vertex.id));
      const time = 1 + Math.max(0, ...above.map((vertex) => vertex.time));
      const update = edits instanceof Uint8Array ? edits : encodeUpdate(edits);
      const signer = new Uint8Array(32).fill(author).toHex();
      vertices.push({ id, author: signer, time, parents, update: update.toHex() });
      return id;
    },
  };
}

/** Writers of whom some do as they please: wrong places, forward references, cycles, forks. */
export function hostileHistory(random: SimulationRandom, vertexCount: number): PlainHistory {
  const history = createPlainHistory();
  /** By what kind of edit made it. */
  const made: Made[] = [];
  for (let at = 0; at < vertexCount; at += 1) {
    const { vertices } = history;
    const parents = new Set<string>();
    const most = Math.min(3, vertices.length);
    const wanted = most === 0 ? 0 : 1 + random.below(most);
    while (parents.size < wanted) {
      // Mostly above recent ones.
      const back = Math.min(vertices.length, random.chance(0.8) ? 4 : vertices.length);
      parents.add((vertices[vertices.length - 1 - random.below(back)] as PlainVertex).id);
    }
    const id = random.bytes(32).toHex();
    const edits = Array.from({ length: random.below(9) }, (_, edit) => {
      const next = anyEdit(random, edit, made);
      made.push({ id, edit, type: next.type });
      return next;
    });
    history.add(1 + random.below(4), [...parents], edits, id);
  }
  return history;
}

interface Made {
  readonly id: string;
  readonly edit: number;
  readonly type: DocumentEdit['type'];
}

function anyEdit(random: SimulationRandom, number: number, made: readonly Made[]): DocumentEdit {
  const part = random.chance(0.95) ? 'p' : 'q';
  const ref = (...types: readonly DocumentEdit['type'][]): EditRef => {
    const fitting = made.filter(({ type }) => types.includes(type));
    if (fitting.length > 0 && random.chance(0.85)) {
      const { id, edit } = random.pick(random.chance(0.5) ? fitting.slice(-8) : fitting);
      const isOwn = id === made.at(-1)?.id && edit < number && random.chance(0.9);
      return isOwn ? { edit } : { id: Uint8Array.fromHex(id) as VertexId, edit };
    }
    if (random.chance(0.5)) return { edit: random.below(number + 2) };
    return { id: new Uint8Array(32).fill(255) as VertexId, edit: random.below(6) };
  };
  const element = (...types: readonly DocumentEdit['type'][]) => ({
    ...ref(...types),
    offset: random.below(types[0] === 'text-insert' && random.chance(0.9) ? 3 : 1),
  });
  const maybePlace = (...types: readonly DocumentEdit['type'][]): Place | undefined =>
    random.chance(0.3)
      ? undefined
      : { ...element(...types), side: random.chance(0.5) ? 'before' : 'after' };
  const at = (...types: readonly DocumentEdit['type'][]): { readonly at?: Place } => {
    const place = maybePlace(...types);
    return place === undefined ? {} : { at: place };
  };
  const scalar = (): Scalar =>
    random.pick([
      { type: 'integer', integer: random.below(9) - 4 },
      { type: 'text', text: random.pick(['', 'a', 'پ\u0000\u202e']) },
      { type: 'flag', flag: random.chance(0.5) },
      { type: 'bytes', bytes: random.bytes(random.below(3)) },
    ] as const);
  const key = random.pick(['k', '__proto__', 'constructor']);
  const textAt = at('text-insert');
  const slotAt = at('list-insert', 'list-move');
  const childAt = random.chance(0.7) ? {} : at('node-create', 'node-move');
  const parent = random.chance(0.6) ? { parent: ref('node-create') } : {};
  const until = random.chance(0.8) ? maybePlace('text-insert') : undefined;
  const mark = random.pick(MARKS.slice(0, 3));
  const from = element('text-insert');
  const marked = { part, from, ...(until === undefined ? {} : { until }), mark };
  return random.pick<() => DocumentEdit>([
    () => ({ type: 'text-insert', part, ...textAt, text: random.pick(['x', 'ab', 'c😀e']) }),
    () => ({ type: 'text-insert', part, ...textAt, text: random.pick(['\ufeff\u0000', 'é']) }),
    () => ({ type: 'text-insert', part, ...textAt, text: random.pick(['y', 'mn']) }),
    () => ({
      type: 'text-remove',
      part,
      ranges: [1, 2].map(() => ({ ...element('text-insert'), count: 1 + random.below(3) })),
    }),
    () => ({ type: 'text-mark', ...marked, value: scalar() }),
    () => ({ type: 'text-unmark', ...marked }),
    () => ({ type: 'map-set', part, key, value: scalar() }),
    () => ({ type: 'map-remove', part, key }),
    () => ({ type: 'list-insert', part, ...slotAt, value: scalar() }),
    () => ({ type: 'list-insert', part, ...slotAt, value: scalar() }),
    () => ({ type: 'list-set', part, item: ref('list-insert'), value: scalar() }),
    () => ({ type: 'list-remove', part, items: [ref('list-insert')] }),
    () => ({ type: 'list-move', part, item: ref('list-insert'), ...slotAt }),
    () => ({ type: 'list-move', part, item: ref('list-insert'), ...slotAt }),
    () => ({ type: 'node-create', part, ...parent, ...childAt }),
    () => ({ type: 'node-create', part, ...parent }),
    () => ({ type: 'node-move', part, node: ref('node-create'), ...parent, ...childAt }),
    () => ({ type: 'node-move', part, node: ref('node-create'), ...parent }),
    () => ({ type: 'node-remove', part, node: ref('node-create') }),
    () => ({ type: 'node-set', part, node: ref('node-create'), key, value: scalar() }),
  ])();
}
