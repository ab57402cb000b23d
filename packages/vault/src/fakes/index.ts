export { createMemoryMedia, type MediaOperation, type MemoryMedia } from './memory-media.ts';
export { createMemorySecret, type MemorySecret } from './memory-secret.ts';
export {
  createMemoryVaultDisk,
  type MemoryVaultDeps,
  type MemoryVaultDisk,
  type MemoryVaultOptions,
} from './memory-vault-place.ts';
export { createSizedVaults, type SizedVaults } from './sized-vault.ts';
export { createSmallVault, SMALL_VAULT_BYTES, unlockSmallVault } from './small-vault.ts';
