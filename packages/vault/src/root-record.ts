import { uint32FromBytes, uint32ToBytes } from '@pars/base';
import { TOPS_PER_ROOT, type VolumeNumber } from './geometry.ts';
import type { DecoySecrets } from './key-page.ts';
import { readUint48, writeUint48 } from './uint48.ts';

/** Bytes of a root record (PIP-3000 §4). */
export const ROOT_RECORD_BYTES = 260;

/** A key of one version of a page (PIP-3000 §6). */
export interface VersionKey {
  /** 1 to 2^48 - 1. */
  readonly version: number;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** What the whole of a volume hangs from (PIP-3000 §4). */
export interface RootRecord {
  readonly volume: VolumeNumber;
  /** The flush that wrote it. */
  readonly flush: number;
  /** Days since 1970-01-01, and the extra flushes of that day; of volume 0. */
  readonly day: number;
  readonly extraFlushes: number;
  /** Keys of the top map pages; `undefined` where there is none. */
  readonly tops: readonly (VersionKey | undefined)[];
  /** Only in a root of volume 1. */
  readonly secrets: VolumeSecrets | undefined;
}

/** What a root of volume 1 tells, 32 bytes each (PIP-3000 §4). */
export interface VolumeSecrets extends DecoySecrets {
  /** The secret of volume 1. */
  readonly hidden: Uint8Array;
}

const TOPS_OFFSET = 12;
const TOP_BYTES = 38;
const SECRETS_OFFSET = TOPS_OFFSET + TOPS_PER_ROOT * TOP_BYTES;

/**
 * volume 1 ‖ flush 6 ‖ day 4 ‖ extra flushes 1 ‖ 4 × (version 6 ‖ key 32) ‖
 * secret of volume 0 [32] ‖ secret of volume 1 [32] ‖ root secret of volume 0 [32] (PIP-3000 §4).
 */
export function encodeRootRecord(record: RootRecord): Uint8Array {
  const bytes = new Uint8Array(ROOT_RECORD_BYTES);
  bytes[0] = record.volume;
  writeUint48(bytes, 1, record.flush);
  bytes.set(uint32ToBytes(record.day), 7);
  bytes[11] = record.extraFlushes;
  record.tops.forEach((top, index) => {
    if (top === undefined) return;
    writeUint48(bytes, TOPS_OFFSET + index * TOP_BYTES, top.version);
    bytes.set(top.key, TOPS_OFFSET + index * TOP_BYTES + 6);
  });
  if (record.secrets !== undefined) {
    bytes.set(record.secrets.decoy, SECRETS_OFFSET);
    bytes.set(record.secrets.hidden, SECRETS_OFFSET + 32);
    bytes.set(record.secrets.root, SECRETS_OFFSET + 64);
  }
  return bytes;
}

/** The record, or `undefined` for another length or volume number. */
export function decodeRootRecord(bytes: Uint8Array): RootRecord | undefined {
  const volume = bytes[0];
  if (bytes.length !== ROOT_RECORD_BYTES || (volume !== 0 && volume !== 1)) return undefined;
  const tops = Array.from({ length: TOPS_PER_ROOT }, (_, index) => {
    const offset = TOPS_OFFSET + index * TOP_BYTES;
    const version = readUint48(bytes, offset);
    return version === 0
      ? undefined
      : { version, key: bytes.slice(offset + 6, offset + TOP_BYTES) };
  });
  return {
    volume,
    flush: readUint48(bytes, 1),
    day: uint32FromBytes(bytes, 7),
    extraFlushes: bytes[11] ?? 0,
    tops,
    secrets:
      volume === 0
        ? undefined
        : {
            decoy: bytes.slice(SECRETS_OFFSET, SECRETS_OFFSET + 32),
            hidden: bytes.slice(SECRETS_OFFSET + 32, SECRETS_OFFSET + 64),
            root: bytes.slice(SECRETS_OFFSET + 64, SECRETS_OFFSET + 96),
          },
  };
}
