import { compareBytes, type Schema, schema } from '@pars/base';
import { bytesToKey } from '../byte-key.ts';
import {
  createReplicatedKind,
  MAX_STATE_ENTRIES,
  type ReplicatedKind,
  type ReplicatedType,
} from './replicated-type.ts';

/** Puts an element into the set. */
export interface GSetOperation {
  /** 0 to 1,024 bytes. */
  readonly element: Uint8Array;
}

/** A set that only grows. */
export interface GSet extends ReplicatedType<GSetOperation, readonly Uint8Array[]> {
  /** Elements in ascending order of their bytes. */
  value(): readonly Uint8Array[];
  has(element: Uint8Array): boolean;
}

/** Longest element of a set, in bytes. */
export const MAX_ELEMENT_BYTES = 1024;
/** An element of a set. */
export const elementSchema: Schema<Uint8Array> = schema.bytes({ max: MAX_ELEMENT_BYTES });

/** G-Set: all elements that were ever put in (PIP-1001 §8.3). */
export const gSet: ReplicatedKind<GSetOperation, readonly Uint8Array[], GSet> =
  createReplicatedKind({
    name: 'g-set',
    operation: schema.struct({ element: [0, elementSchema] }),
    maxOperationBytes: MAX_ELEMENT_BYTES + 16,
    state: schema.array(elementSchema, { max: MAX_STATE_ENTRIES }),
    empty: [],
    restore(state, save): GSet {
      const elementByKey = new Map(state.map((element) => [bytesToKey(element), element]));
      const value = () =>
        Array.from(elementByKey.values(), (element) => element.slice()).toSorted(compareBytes);
      return {
        async apply({ element }) {
          const key = bytesToKey(element);
          if (!elementByKey.has(key)) elementByKey.set(key, element.slice());
        },
        has: (element) => elementByKey.has(bytesToKey(element)),
        value,
        save: () => save(value()),
      };
    },
  });
