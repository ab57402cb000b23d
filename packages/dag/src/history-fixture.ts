import { concatBytes, uint32ToBytes, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createJavaScriptProvider } from '@pars/crypto';
import { bytesToKey } from './byte-key.ts';
import type { VertexGate } from './replica/admission.ts';
import {
  decodeVertex,
  draftVertex,
  encodeVertex,
  type HashDep,
  type SpaceId,
  type Vertex,
  type VertexId,
} from './vertex.ts';

/** SHA3-256 of the JavaScript provider. */
export const hashDep: HashDep = {
  hash: createJavaScriptProvider({ random: createSimulationRandom('dag') }).symmetric,
};
export const testSpace: SpaceId = new Uint8Array(32).fill(7) as SpaceId;
export const openGate: VertexGate = { admit: async () => ({ ok: true, value: undefined }) };

/** A history that is all in memory, with the plainest possible answers: the model of the tests. */
export interface ModelHistory {
  readonly vertices: readonly Vertex[];
  /** The payload is `content` behind 4 bytes that make the vertex unlike any other here. */
  add(parents: readonly Vertex[], content?: Uint8Array): Vertex;
  find(id: VertexId): Vertex | undefined;
  /** Whether `a` is an ancestor of `b` or `b` itself. */
  reaches(a: Vertex, b: Vertex): boolean;
  /** Those of `among` that no other of them has as an ancestor. */
  maximal(among: readonly Vertex[]): readonly Vertex[];
}

export function createModelHistory(deps: HashDep = hashDep): ModelHistory {
  const vertices: Vertex[] = [];
  const vertexByKey = new Map<string, Vertex>();
  const pastByKey = new Map<string, ReadonlySet<string>>();
  const reaches = (a: Vertex, b: Vertex) =>
    pastByKey.get(bytesToKey(b.id))?.has(bytesToKey(a.id)) === true;
  return {
    vertices,
    find: (id) => vertexByKey.get(bytesToKey(id)),
    add(parents, content = new Uint8Array(0)) {
      const payload = concatBytes(uint32ToBytes(vertices.length), content);
      const vertex = makeVertex(deps, parents, payload);
      const key = bytesToKey(vertex.id);
      const past = new Set([key]);
      for (const parent of parents) {
        for (const known of pastByKey.get(bytesToKey(parent.id)) ?? []) past.add(known);
      }
      pastByKey.set(key, past);
      vertexByKey.set(key, vertex);
      vertices.push(vertex);
      return vertex;
    },
    reaches,
    maximal: (among) => among.filter((a) => !among.some((b) => a !== b && reaches(a, b))),
  };
}

/** A vertex with these parents, in any order. */
export function makeVertex(
  deps: HashDep,
  parents: readonly { readonly id: VertexId; readonly time: number }[],
  payload: Uint8Array,
  proof: Uint8Array = new Uint8Array(0),
): Vertex {
  const time = 1 + parents.reduce((greatest, parent) => Math.max(greatest, parent.time), 0);
  const ids = parents.map((parent) => parent.id).toSorted(compareIds);
  const draft = draftVertex(deps, testSpace, { parents: ids, time, payload });
  return unwrap(decodeVertex(deps, testSpace, encodeVertex(draft, proof)));
}

/** Each number picks the parents of one vertex: its bits choose among the last 12 vertices. */
export function historyFromPicks(picks: readonly number[]): ModelHistory {
  const history = createModelHistory();
  for (const pick of picks) {
    const recent = history.vertices.slice(-12);
    const chosen = recent.filter((_, index) => ((pick >> index) & 1) === 1);
    history.add(history.maximal(chosen));
  }
  return history;
}

/** The ids in hexadecimal, sorted. */
export function idTexts(ids: readonly VertexId[]): readonly string[] {
  return ids.map((id) => id.toHex()).toSorted();
}

function compareIds(a: VertexId, b: VertexId): number {
  return a.toHex() < b.toHex() ? -1 : 1;
}
