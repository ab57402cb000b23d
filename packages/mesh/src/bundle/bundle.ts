import type { ClockDep, RandomDep, Redacted } from '@pars/base';
import type {
  HybridKemPrivateKey,
  HybridKemPublicKey,
  HybridSignerKey,
  SigningPublicKeyBytes,
  Suite,
} from '@pars/crypto';
import type { SpaceId } from '@pars/dag';
import type { MeshFailure } from '../errors.ts';
import type { BundleRecord, BundleRecordKind } from './bundle-record.ts';

/** What of the suite a bundle is made and read with. */
export interface BundleSuiteDep {
  readonly suite: Pick<Suite, 'symmetric' | 'kem' | 'signature' | 'password'>;
}

/** What writing a bundle takes. */
export interface BundleWriterDeps extends BundleSuiteDep, ClockDep, RandomDep {
  /** Signs what the bundle holds; only recipients see who it is (PIP-1004 §6). */
  readonly exporter: HybridSignerKey;
}

/** What reading a bundle takes. */
export interface BundleReaderDeps extends BundleSuiteDep, ClockDep {}

/**
 * Who can open a bundle: at least one. At most 16 contacts, and at most 16
 * group keys and passphrases together; equal ones count once. Passphrases and
 * group keys leave no trace in the bytes; contacts do (PIP-1004 §3, Security).
 */
export interface BundleRecipients {
  readonly contacts?: readonly HybridKemPublicKey[];
  /** 32 uniformly random bytes each. */
  readonly groupKeys?: readonly Redacted<Uint8Array>[];
  /** 1 to 1,024 bytes each, as `passwordFromText` gives them; at most 4. */
  readonly passphrases?: readonly Redacted<Uint8Array>[];
}

/** What a reader tries: at most 16 private keys, 256 group keys and 4 passphrases (one Argon2id of 64 MiB each, twice at most). */
export interface BundleKeys {
  readonly contacts?: readonly HybridKemPrivateKey[];
  readonly groupKeys?: readonly Redacted<Uint8Array>[];
  readonly passphrases?: readonly Redacted<Uint8Array>[];
}

/** How a bundle is written. */
export interface BundleOptions {
  readonly recipients: BundleRecipients;
  /** How long it is good for: more than 0, at most 90 days; rounded up to whole days from now. */
  readonly lifetimeMs: number;
  /** The file has at most so many bytes: at least 262,144; default and most: 2^36. */
  readonly limitBytes?: number;
  /** Told after each chunk, and once more at the end. */
  readonly onProgress?: (progress: BundleWriteProgress) => void;
  /** Told of each record that was offered and had no room. */
  readonly onOmitted?: (record: BundleRecord) => void;
  readonly signal?: AbortSignal;
}

/** How far writing has come. */
export interface BundleWriteProgress {
  readonly bytes: number;
  readonly records: number;
  /** Records that were offered and had no room below `limitBytes`. What was not even asked for is not counted. */
  readonly omitted: number;
  readonly done: boolean;
}

/** Chunks `from` to `to`, both inclusive. */
export interface ChunkRange {
  readonly from: number;
  readonly to: number;
}

/** A record that stood in a lost chunk, as far as the exporter's tables tell (PIP-1004 §6). */
export interface MissingRecord {
  readonly chunk: number;
  /** A kind that this version does not know: its number. */
  readonly kind: BundleRecordKind | number;
  /** The space of a vertex, frontier or snapshot. */
  readonly space?: SpaceId;
  /** First 8 bytes of the id of a parcel or vertex; zeros for other kinds. */
  readonly idStart: Uint8Array;
}

/** What came through and what did not. */
export interface BundleDamage {
  /** Chunks that did not open or could not be read, ascending; at most 65,536 ranges are kept. */
  readonly lost: readonly ChunkRange[];
  /** Records of the lost chunks that a table names; at most 65,536 are kept. */
  readonly missing: readonly MissingRecord[];
  /** Lost chunks of which no table came through: nothing is known of their records. */
  readonly untoldChunks: number;
  /** The file ends before its last chunk: what came after is unknown. */
  readonly truncated: boolean;
  /** The first of the two heads is damaged; the second served. */
  readonly headDamaged: boolean;
  /** Bytes after the end of the bundle, which were ignored. */
  readonly excessBytes: number;
}

/** What a reader meets, in the order of the file (PIP-1004 §4 to §6). */
export type BundleEvent =
  /** A key opened it and its time is right. Always first. */
  | { readonly kind: 'opened'; readonly createdMs: number; readonly expiresMs: number }
  /** Who exported it: a signature of this key was checked. Once, normally second. */
  | { readonly kind: 'exporter'; readonly key: SigningPublicKeyBytes }
  /** A chunk that opened, with the records that end in it. `bytesRead` counts the file so far. */
  | {
      readonly kind: 'chunk';
      readonly index: number;
      readonly records: readonly BundleRecord[];
      /** Records of kinds that this version does not know; skipped. */
      readonly unknown: number;
      /** Records that break the layout of their kind (`mesh/bad-bundle-record`); skipped. */
      readonly refused: number;
      readonly bytesRead: number;
    }
  /** The exporter signed these chunks as they are. */
  | { readonly kind: 'attested'; readonly range: ChunkRange }
  /** It goes no further: the last event. Without `opened` before it, nothing was given out. */
  | { readonly kind: 'failed'; readonly failure: MeshFailure }
  /** The end of the file: the last event. */
  | {
      readonly kind: 'end';
      readonly chunks: number;
      readonly bytes: number;
      /** Chunks whose content the exporter signed. Chunks with nothing but statements and padding are never among them. */
      readonly attestedChunks: number;
      readonly damage: BundleDamage;
    };
