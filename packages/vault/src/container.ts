import type { RandomDep } from '@pars/base';
import type { Suite } from '@pars/crypto';
import type { Geometry, VolumeNumber } from './geometry.ts';
import type { MediaDep } from './media.ts';
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
  readonly secrets: { readonly decoy: Uint8Array; readonly hidden: Uint8Array } | undefined;
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
}

/** The state of an unlocked container, between two flushes. */
export interface OpenContainer {
  readonly geometry: Geometry;
  readonly commitKey: Uint8Array;
  /** Volume 0 first. */
  readonly volumes: readonly OpenVolume[];
  /** The last committed flush. */
  flush: number;
  redo: Redo | undefined;
  /** Days since 1970-01-01, never going back, and its extra flushes. */
  extra: { day: number; count: number };
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
