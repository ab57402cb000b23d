export type { NextPasswords, PasswordChange, PasswordsChanged } from './change-passwords.ts';
export {
  ERASABLE_SECRET_BYTES,
  type ErasableSecret,
  type ErasableSecretDep,
} from './erasable-secret.ts';
export type { VaultBugCode, VaultFailure, VaultFailureCode } from './errors.ts';
export { MAX_EXTRA_FLUSHES } from './extra-flushes.ts';
export { containerBytes, type Tier, type VolumeNumber } from './geometry.ts';
export type { PageSink } from './load-pages.ts';
export type { Media, MediaDep } from './media.ts';
export type { VaultMove, VaultMoved } from './move-container.ts';
export type { NewPasswords } from './new-passwords.ts';
export {
  changePasswords,
  createVault,
  moveVault,
  type NewVault,
  unlockVault,
} from './open-vault.ts';
export { type PanicDeps, type PanicOutcome, type PanicRequest, panicVault } from './panic.ts';
export { type RandomiseProgress, randomiseMedia } from './randomise.ts';
export { createSlab, openSlab, type Slab, type SlabRefs } from './slab/open-slab.ts';
export type { ChunkRef, PutChunk, SlabVolume } from './slab/slab.ts';
export {
  type FileSource,
  openSlabFiles,
  type SlabFile,
  type SlabFiles,
  type StoredFile,
  slabFileSchema,
  slabRefsOf,
} from './slab/slab-files.ts';
export { slabBytes } from './slab/slab-geometry.ts';
export type { UnlockRequest } from './unlock-container.ts';
export type { UnlockKind } from './unlock-kind.ts';
export type { PageVolume, Vault, VaultDeps } from './vault.ts';
export type {
  NewPlacedVault,
  SecretKeeperKind,
  VaultPlace,
  VaultPlaceInfo,
} from './vault-place.ts';
export { TICK_MS } from './vault-session.ts';
export type { PageWrites } from './volume-writer.ts';
