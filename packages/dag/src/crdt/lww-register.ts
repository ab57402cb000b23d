import {
  addWrite,
  latestWritesSchema,
  MAX_REGISTER_BYTES,
  type RegisterOperation,
  registerOperationSchema,
} from './latest-writes.ts';
import {
  createReplicatedKind,
  type ReplicatedKind,
  type ReplicatedType,
} from './replicated-type.ts';

/** A register with one value, or `undefined` before the first write. */
export type LwwRegister = ReplicatedType<RegisterOperation, Uint8Array | undefined>;

/**
 * LWW-Register (PIP-1001 §8.5): a write replaces those that it knew; of
 * concurrent ones the greatest vertex id counts. No clock has a say, nor has
 * logical time: who writes more elsewhere does not win here.
 */
export const lwwRegister: ReplicatedKind<RegisterOperation, Uint8Array | undefined, LwwRegister> =
  createReplicatedKind({
    name: 'lww-register',
    operation: registerOperationSchema,
    maxOperationBytes: MAX_REGISTER_BYTES + 16,
    state: latestWritesSchema,
    empty: [],
    restore(state, save): LwwRegister {
      // All concurrent writes stay: the greatest may fall to a write that did not know the others.
      let writes = state;
      return {
        async apply({ value }, at) {
          writes = await addWrite(writes, value, at);
        },
        value: () => writes.at(-1)?.value.slice(),
        save: () => save(writes),
      };
    },
  });
