import { ParsError, type RandomDep, type Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import type { MeshFailure } from '../errors.ts';
import type { DayIds, ParcelId } from '../parcel/index.ts';
import { maxSyncMessage } from './sync-message.ts';

/** What the owner of a sync has to do, in this order (PIP-1003 §8). */
export type SyncEffect =
  /** Send this message. */
  | { readonly kind: 'send'; readonly message: Uint8Array }
  /** Read this parcel and call `loaded`; the next one is asked for after that. */
  | { readonly kind: 'read'; readonly id: ParcelId }
  /** Offer this parcel to the own store and call `admitted` before anything else is received. */
  | { readonly kind: 'admit'; readonly parcel: Uint8Array }
  /** Both sides have what the other had. */
  | { readonly kind: 'end' }
  /** The other side broke the rules or a bound: close, and forget this machine. */
  | { readonly kind: 'fail'; readonly failure: MeshFailure };

/** One side of a sync between two stores. It outlives links: what was learnt is kept. */
export interface SyncMachine {
  /** A new link is up; what was under way on the last one is asked for again. */
  connected(): readonly SyncEffect[];
  /** Takes a message of the other side. */
  receive(message: Uint8Array): readonly SyncEffect[];
  /** The answer to `read`; `undefined` when the parcel is not held any more. */
  loaded(parcel: Uint8Array | undefined): readonly SyncEffect[];
  /** The answer to `admit`: what the store said. */
  admitted(result: Result<'stored' | 'known', MeshFailure>): readonly SyncEffect[];
  /** Grows with everything that brings the sync forward; a watchdog looks at it. */
  readonly progress: number;
}

/** How a side of a sync behaves. */
export interface SyncOptions {
  /** The ids of the own parcels, as of the call. Called at the begin of a sync. */
  readonly snapshot: () => readonly DayIds[];
  /**
   * The longest message that this side asks for, 256 to 32,766 bytes; default
   * 4,096. A link that breaks loses at most about this much.
   */
  readonly messageLength?: number;
}

/** What both sides of a sync are built on. */
export interface SyncDeps extends RandomDep {
  readonly symmetric: SymmetricPrimitives;
}

const defaultMessageLength = 4_096;

/** The length, or its default. Throws `mesh/argument` unless it is 256 to 32,766. */
export function requireMessageLength(messageLength: number = defaultMessageLength): number {
  if (!Number.isInteger(messageLength) || messageLength < 256 || messageLength > maxSyncMessage) {
    throw new ParsError('mesh/argument', { what: 'messageLength' });
  }
  return messageLength;
}
