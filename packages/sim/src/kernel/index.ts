export { sumBytes } from './counters.ts';
export { cryptoCosts } from './crypto-costs.ts';
export { createKernel, type Kernel } from './kernel.ts';
export type { LinkProfile } from './link-class.ts';
export {
  type NodeIndex,
  type NodeSpec,
  type Process,
  type ProcessContext,
  type Traffic,
  traffic,
} from './process.ts';
