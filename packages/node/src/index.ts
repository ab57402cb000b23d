export { FIRST_NETWORK } from './carrier/first-network.ts';
export type { NodeEngineDeps, NodeEngineOptions } from './engine-deps.ts';
export type { NodeBugCode, NodeFailureCode } from './errors.ts';
export type { NodeEvent } from './event-hub.ts';
export { createNodeEngine, type NodeEngine } from './node-engine.ts';
