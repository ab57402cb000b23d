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

/** A register that shows every concurrent value, in ascending order of their vertices' ids. */
export type MvRegister = ReplicatedType<RegisterOperation, readonly Uint8Array[]>;

/** MV-Register (PIP-1001 §8.6): the values of all writes that no other write knew. */
export const mvRegister: ReplicatedKind<RegisterOperation, readonly Uint8Array[], MvRegister> =
  createReplicatedKind({
    name: 'mv-register',
    operation: registerOperationSchema,
    maxOperationBytes: MAX_REGISTER_BYTES + 16,
    state: latestWritesSchema,
    empty: [],
    restore(state, save): MvRegister {
      let writes = state;
      return {
        async apply({ value }, at) {
          writes = await addWrite(writes, value, at);
        },
        value: () => writes.map((write) => write.value.slice()),
        save: () => save(writes),
      };
    },
  });
