export { type Counters, sumBytes } from './counters.ts';
export { cryptoCosts } from './crypto-costs.ts';
export type { EventHandle } from './event-queue.ts';
export { createKernel, type Kernel, type KernelOptions, type TraceEvent } from './kernel.ts';
export type { LinkProfile } from './link-class.ts';
export {
  type Ending,
  type NodeIndex,
  type NodeSpec,
  type Process,
  type ProcessContext,
  type Traffic,
  traffic,
} from './process.ts';
