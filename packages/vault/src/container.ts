import type { RandomDep } from '@pars/base';
import type { Suite } from '@pars/crypto';
import type { ExtraFlushes } from './extra-flushes.ts';
import type { Geometry, VolumeNumber } from './geometry.ts';
import type { KeySetNumber } from './key-page.ts';
import type { MediaDep } from './media.ts';
import type { VolumeSecrets } from './root-record.ts';
import type { RootKeys } from './root-stripe.ts';
import type { VolumeIndex } from './volume-index.ts';
import type { VolumeWriter } from './volume-writer.ts';

/** What reading and writing a container needs. */
export interface ContainerDeps extends MediaDep, RandomDep {
  readonly suite: Pick<Suite, 'symmetric'>;
}

/** An unlocked volume inside an open container. */
export interface OpenVolume {
  readonly number: VolumeNumber;
  readonly maskKey: Uint8Array;
  /** Under which its roots are found and sealed from now on. */
  readonly rootKeys: RootKeys;
  readonly index: VolumeIndex;
  readonly writer: VolumeWriter;
  /** Its root carries these; volume 1 only. */
  readonly secrets: VolumeSecrets | undefined;
  /** The latest root and where its copies are. */
  root: { readonly flush: number; readonly slots: readonly number[] };
  /** A part of the map is unreadable: no writing. */
  readonly isDamaged: boolean;
}

/** What the last committed flush may have left undone, to be done again before the next (PIP-3000 §5). */
export interface Redo {
  readonly window: number;
  readonly bytes: Uint8Array;
  readonly stripe: number;
  readonly erasedSlots: readonly number[];
  /** The key set that is not in force: what a crash in a change of passwords left there. */
  readonly staleKeySet: KeySetNumber;
}

/** The state of an unlocked container, between two flushes. */
export interface OpenContainer {
  readonly geometry: Geometry;
  readonly commitKey: Uint8Array;
  /** The secret of volume 0, 32 bytes: what a change of passwords seals anew. */
  readonly decoySecret: Uint8Array;
  /** The key set of the salt page that is in force. */
  readonly keySet: KeySetNumber;
  /** Volume 0 first. */
  readonly volumes: readonly OpenVolume[];
  /** The last committed flush. */
  flush: number;
  redo: Redo | undefined;
  /** Days since 1970-01-01, never going back, and its extra flushes. */
  extra: ExtraFlushes;
  /** Roots of a volume that is written no more: the next flush erases them as if it were. */
  readonly retired: readonly OpenVolume['root'][];
}

/** Overwrites every key of it that can be overwritten. */
export function forgetContainer(container: OpenContainer): void {
  for (const { index, maskKey, rootKeys, secrets } of container.volumes) {
    index.erase();
    for (const key of [maskKey, rootKeys.tag, rootKeys.seal]) key.fill(0);
    for (const key of [secrets?.decoy, secrets?.hidden, secrets?.root]) key?.fill(0);
  }
  container.commitKey.fill(0);
  container.decoySecret.fill(0);
}

/**
 * How many flushes without this volume all its readable pages and its root
 * survive (PIP-3000 §7); negative once something is lost.
 */
export function marginOf(container: OpenContainer, volume: OpenVolume): number {
  const { windows } = container.geometry;
  const rootLeft = windows - 1 - (container.flush - volume.root.flush);
  return Math.min(rootLeft, volume.index.margin(container.flush) ?? rootLeft);
}
