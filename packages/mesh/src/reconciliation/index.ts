export { dayIdsFrom } from './day-set.ts';
export { type ParcelShelf, shelfFromStore } from './parcel-shelf.ts';
export { watchProgress } from './progress-watchdog.ts';
export { createSyncAnswerer } from './sync-answerer.ts';
export { createSyncAsker } from './sync-asker.ts';
export { runSync, type SyncDriverDeps, type SyncDriverOptions } from './sync-driver.ts';
export { createSyncFrameReader, type SyncFrameReader } from './sync-frame.ts';
export type { SyncDeps, SyncEffect, SyncMachine, SyncOptions } from './sync-machine.ts';
