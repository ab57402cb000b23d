import { schema } from '@pars/base';
import { addSaturating } from './g-counter.ts';
import {
  createReplicatedKind,
  type ReplicatedKind,
  type ReplicatedType,
} from './replicated-type.ts';

/** Adds to a count, or takes from it. */
export interface PnCounterOperation {
  /** -(2^32-1) to 2^32-1. */
  readonly amount: number;
}

/** A count that grows and shrinks: what was added and what was taken are 0 to 2^64-1 each. */
export type PnCounter = ReplicatedType<PnCounterOperation, bigint>;

/** PN-Counter: the sum of what was added less the sum of what was taken (PIP-1001 §8.2). */
export const pnCounter: ReplicatedKind<PnCounterOperation, bigint, PnCounter> =
  createReplicatedKind({
    name: 'pn-counter',
    operation: schema.struct({
      amount: [0, schema.int({ min: -(2 ** 32 - 1), max: 2 ** 32 - 1 })],
    }),
    maxOperationBytes: 16,
    state: schema.struct({
      added: [0, schema.bigUint({ max: 2n ** 64n - 1n })],
      taken: [1, schema.bigUint({ max: 2n ** 64n - 1n })],
    }),
    empty: { added: 0n, taken: 0n },
    restore(state, save): PnCounter {
      let { added, taken } = state;
      return {
        async apply({ amount }) {
          // Two sums that only grow: one that saturates both ways would depend on the order.
          if (amount > 0) added = addSaturating(added, amount);
          else taken = addSaturating(taken, -amount);
        },
        value: () => added - taken,
        save: () => save({ added, taken }),
      };
    },
  });
