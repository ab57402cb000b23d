export { createMemoryMedia, type MediaOperation, type MemoryMedia } from './memory-media.ts';
export { createMemorySecret, type MemorySecret } from './memory-secret.ts';
export { createSmallVault, SMALL_VAULT_BYTES, unlockSmallVault } from './small-vault.ts';
