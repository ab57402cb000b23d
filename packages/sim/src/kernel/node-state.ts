import type { SimulationRandom } from '@pars/base/fakes';
import type { NodeIndex, NodeSpec, Process } from './process.ts';

/** What the kernel keeps of a node. */
export interface NodeState {
  readonly index: NodeIndex;
  readonly spec: NodeSpec;
  readonly random: SimulationRandom;
  /** Of the current life; `undefined` while the node is down. */
  process: Process | undefined;
  /** Lives begun so far. */
  life: number;
  group: number;
  isAsleep: boolean;
  /** Until when its processor is busy. */
  busyUntilUs: number;
  wallJumpMs: number;
  sentBytes: number;
  receivedBytes: number;
  /** Timers that became due during a sleep. */
  frozen: { readonly slot: number; readonly kind: number }[];
}

/** A node that is down. */
export function createNodeState(
  index: NodeIndex,
  spec: NodeSpec,
  random: SimulationRandom,
): NodeState {
  return {
    index,
    spec,
    random,
    process: undefined,
    life: 0,
    group: 0,
    isAsleep: false,
    busyUntilUs: 0,
    wallJumpMs: 0,
    sentBytes: 0,
    receivedBytes: 0,
    frozen: [],
  };
}
