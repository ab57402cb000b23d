import { compareBytes, type Schema, schema } from '@pars/base';
import { bytesToKey } from '../byte-key.ts';
import { type VertexId, vertexIds } from '../vertex.ts';
import { elementSchema, MAX_ELEMENT_BYTES } from './g-set.ts';
import {
  createReplicatedKind,
  MAX_STATE_ENTRIES,
  type Moment,
  type ReplicatedKind,
  type ReplicatedType,
} from './replicated-type.ts';

/** Puts an element in, or takes out what its author saw of it. 0 to 1,024 bytes. */
export type OrSetOperation =
  | { readonly type: 'add'; readonly element: Uint8Array }
  | { readonly type: 'remove'; readonly element: Uint8Array };

/** A set in which a removal takes back only the additions that it knew. */
export interface OrSet extends ReplicatedType<OrSetOperation, readonly Uint8Array[]> {
  /** Elements in ascending order of their bytes. */
  value(): readonly Uint8Array[];
  has(element: Uint8Array): boolean;
}

interface Entry {
  readonly element: Uint8Array;
  /** Additions that no other operation on the element has in its past. */
  readonly additions: readonly VertexId[];
}

const entrySchema: Schema<Entry> = schema.struct({
  element: [0, elementSchema],
  additions: [1, schema.array(vertexIds.schema, { min: 1, max: MAX_STATE_ENTRIES })],
});

/**
 * OR-Set (PIP-1001 §8.4): an element is in while some addition of it is in the
 * past of no other operation on it, so an addition wins over a concurrent
 * removal. The past is that of the history: nobody can claim to have seen what
 * they did not, and no tombstone remains.
 */
export const orSet: ReplicatedKind<OrSetOperation, readonly Uint8Array[], OrSet> =
  createReplicatedKind({
    name: 'or-set',
    operation: schema.union({
      add: [0, schema.struct({ element: [0, elementSchema] })],
      remove: [1, schema.struct({ element: [0, elementSchema] })],
    }),
    maxOperationBytes: MAX_ELEMENT_BYTES + 16,
    state: schema.array(entrySchema, { max: MAX_STATE_ENTRIES }),
    empty: [],
    restore(state, save): OrSet {
      const entryByKey = new Map(state.map((entry) => [bytesToKey(entry.element), entry]));
      return {
        async apply(operation, at) {
          const key = bytesToKey(operation.element);
          const additions = await notBefore(entryByKey.get(key)?.additions ?? [], at);
          if (operation.type === 'add') additions.push(at.id);
          const element = operation.element.slice();
          if (additions.length > 0) entryByKey.set(key, { element, additions });
          else entryByKey.delete(key);
        },
        has: (element) => entryByKey.has(bytesToKey(element)),
        value: () =>
          Array.from(entryByKey.values(), (entry) => entry.element.slice()).toSorted(compareBytes),
        save: () => save(sortedEntries(entryByKey.values())),
      };
    },
  });

/** Those of `ids` that the moment does not know. */
async function notBefore(ids: readonly VertexId[], at: Moment): Promise<VertexId[]> {
  const kept: VertexId[] = [];
  for (const id of ids) if (!(await at.includes(id))) kept.push(id);
  return kept;
}

function sortedEntries(entries: Iterable<Entry>): readonly Entry[] {
  return Array.from(entries, ({ element, additions }) => ({
    element,
    additions: additions.toSorted(compareBytes),
  })).toSorted((a, b) => compareBytes(a.element, b.element));
}
