import {
  concatBytes,
  eraseBytes,
  expose,
  ParsError,
  type Redacted,
  redact,
  uint32ToBytes,
} from '@pars/base';
import type { Suite } from '@pars/crypto';
import type { CorrespondenceRole } from './correspondence-secret.ts';

/** Parcels that one person may send another with the same day of expiry (PIP-5000 §12). */
export const MAX_PARCELS_PER_DAY: number = 256;
/** How many tags behind the highest known one a reader looks for, on each day (PIP-5000 §12). */
export const TAG_LOOK_AHEAD: number = 16;

/** The tags and note keys of one direction of a correspondence (PIP-5000 §12). */
export interface TagSequence {
  /** 32 bytes for the parcel `number` (0 to 255) among those that expire on `day`. */
  tagOf(day: number, number: number): Uint8Array;
  /** The key of a receipt note in the parcel with this tag. */
  noteKeyOf(tag: Uint8Array): Redacted<Uint8Array>;
  /**
   * 32 bytes that tell the other end whose sketch stands in a bundle: `content`
   * is the content of the sketch record (PIP-1004 §5).
   */
  markOf(content: Uint8Array): Uint8Array;
  /** Overwrites the key; every later call throws. */
  erase(): void;
}

/** The tags that the end with the role `sender` uses; both ends compute the same ones. */
export function createTagSequence(
  suite: Pick<Suite, 'symmetric'>,
  secret: Redacted<Uint8Array>,
  sender: CorrespondenceRole,
): TagSequence {
  const { symmetric } = suite;
  const label = utf8.encode(`pars/1 parcel tags of the ${sender}`);
  const directionKey = redact(symmetric.hkdf(expose(secret), EMPTY, label, 32));
  return {
    tagOf(day, number) {
      if (!(number >= 0 && number < MAX_PARCELS_PER_DAY)) {
        throw new ParsError('session/argument', { what: 'number' });
      }
      const place = concatBytes(uint32ToBytes(day), uint32ToBytes(number));
      return symmetric.hkdf(expose(directionKey), place, TAG_LABEL, 32);
    },
    noteKeyOf: (tag) => redact(symmetric.hkdf(expose(directionKey), tag, NOTE_LABEL, 32)),
    markOf: (content) =>
      symmetric.hkdf(expose(directionKey), symmetric.sha3(content), MARK_LABEL, 32),
    erase: () => eraseBytes(directionKey),
  };
}

/**
 * The shard under which the parcels for a person lie that expire on `day`: the
 * first `shardBits` (0 to 32) bits of a number of 32, the rest zero
 * (PIP-5000 §12). It depends on the static key, which only holders of the card
 * know and which outlives every card.
 */
export function parcelShard(
  suite: Pick<Suite, 'symmetric'>,
  staticKey: Uint8Array,
  day: number,
  shardBits: number,
): number {
  if (shardBits === 0) return 0;
  const { symmetric } = suite;
  const bytes = symmetric.hkdf(
    symmetric.sha3(staticKey),
    uint32ToBytes(day),
    utf8.encode('pars/1 parcel shard'),
    4,
  );
  const whole = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const shift = 32 - shardBits;
  return ((whole >>> shift) << shift) >>> 0;
}

const utf8 = new TextEncoder();
const EMPTY = new Uint8Array(0);
const TAG_LABEL = utf8.encode('pars/1 parcel tag');
const MARK_LABEL = utf8.encode('pars/1 bundle mark');
const NOTE_LABEL = utf8.encode('pars/1 receipt note key');
