import type { ParcelId } from '../../parcel/index.ts';
import type { RadioMemory } from './radio-memory.ts';

/** What the owner of a radio station has to do. */
export type RadioEffect =
  /** Send these frames one after another, at most 230 bytes each; they take `airMs` milliseconds on the air. */
  | { readonly kind: 'transmit'; readonly frames: readonly Uint8Array[]; readonly airMs: number }
  /** Read the parcel and call `loaded`. */
  | { readonly kind: 'load'; readonly id: ParcelId }
  /** A parcel came in: put it into the store and call `judged`. `station` is who sent its last part. */
  | {
      readonly kind: 'parcel';
      readonly id: ParcelId;
      readonly parcel: Uint8Array;
      readonly station: number;
    }
  /** A station says that it has the parcel now: that hop is done, nothing more. */
  | { readonly kind: 'taken'; readonly id: ParcelId; readonly station: number }
  /** Write it durably, then call `remembered` with it. Until the first time nothing is sent. */
  | { readonly kind: 'remember'; readonly memory: RadioMemory };

/** Counts since the start. */
export interface RadioCounts {
  /** Milliseconds on the air. */
  readonly airMs: number;
  readonly framesSent: number;
  readonly framesHeard: number;
  /** Noise, other groups, changed ones. */
  readonly framesForeign: number;
  readonly framesRepeated: number;
  /** Of this group, but against the rules. */
  readonly framesBad: number;
  readonly parcelsIn: number;
}
