import { schema } from '@pars/base';
import {
  createReplicatedKind,
  type ReplicatedKind,
  type ReplicatedType,
} from './replicated-type.ts';

/** Adds to a count that only grows. */
export interface GCounterOperation {
  /** 1 to 2^32-1. */
  readonly amount: number;
}

/** A count that only grows: 0 to 2^64-1, where it stays. */
export type GCounter = ReplicatedType<GCounterOperation, bigint>;

/** G-Counter: the sum of all amounts (PIP-1001 §8.1). */
export const gCounter: ReplicatedKind<GCounterOperation, bigint, GCounter> = createReplicatedKind({
  name: 'g-counter',
  operation: schema.struct({ amount: [0, schema.int({ min: 1, max: 2 ** 32 - 1 })] }),
  maxOperationBytes: 16,
  state: schema.struct({ total: [0, schema.bigUint({ max: 2n ** 64n - 1n })] }),
  empty: { total: 0n },
  restore(state, save): GCounter {
    let { total } = state;
    return {
      async apply({ amount }) {
        total = addSaturating(total, amount);
      },
      value: () => total,
      save: () => save({ total }),
    };
  },
});

/** The sum, at most 2^64-1: the order of additions makes no difference to that. */
export function addSaturating(total: bigint, amount: number): bigint {
  const sum = total + BigInt(amount);
  return sum < MAX_TOTAL ? sum : MAX_TOTAL;
}

const MAX_TOTAL = 2n ** 64n - 1n;
