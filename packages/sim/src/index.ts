export { createModelledCrypto, type WorldCrypto } from './modelled-crypto.ts';
export {
  ALL_PASSWORDS,
  createWorld,
  PASSWORD,
  type SimulatedNode,
  WORLD_START_MS,
  type World,
  type WorldOptions,
} from './world.ts';
