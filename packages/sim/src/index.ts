export { createModelledCrypto, type WorldCrypto } from './modelled-crypto.ts';
export {
  createWorld,
  PASSWORD,
  type SimulatedNode,
  WORLD_START_MS,
  type World,
} from './world.ts';
