export {
  createMemoryMeshNetwork,
  type MemoryMeshHostDeps,
  type MemoryMeshHostOptions,
  type MemoryMeshNetwork,
} from './memory-mesh-network.ts';
