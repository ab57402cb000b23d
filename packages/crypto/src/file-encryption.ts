import {
  concatBytes,
  equalBytes,
  err,
  expose,
  type Failure,
  ok,
  type Redacted,
  type Result,
  redact,
} from '@pars/base';
import type { CryptoDeps } from './create-suite.ts';
import { assertLength, assertRange } from './errors.ts';
import {
  cutIntoPieces,
  FILE_CHUNK_LENGTH,
  FILE_HEADER_LENGTH,
  MAX_FILE_CHUNKS,
  SEALED_CHUNK_LENGTH,
} from './file-chunks.ts';
import { derivationInfo, isSuite1, SUITE_ID } from './suite-id.ts';

/** 32 random bytes that open one file. */
export type FileKey = Redacted<Uint8Array>;

/** Files in authenticated chunks of 64 KiB, as streams and at random (PIP-2000 §8). */
export interface FileEncryption {
  /** A fresh 32-byte key. One key may encrypt many files: each file draws its own salt. */
  generateKey(): FileKey;
  /**
   * The encrypted file, chunk by chunk: the header first, then one array per
   * chunk. Reads the source only as fast as the result is read. Throws what
   * the source or the signal throws, and `crypto/argument-range` past 256 TiB.
   */
  encrypt(request: {
    readonly key: FileKey;
    /** 1 to 255 bytes of printable ASCII naming the use. */
    readonly context: string;
    readonly plaintext: AsyncIterable<Uint8Array>;
    readonly signal?: AbortSignal;
  }): AsyncGenerator<Uint8Array, void, undefined>;
  /**
   * The content, one result per chunk, each authenticated before it is given
   * out. After a failure nothing follows. Whoever reads must treat what came
   * before a failure as a prefix of the file: the file is whole only when the
   * iteration ends without a failure.
   */
  decrypt(request: {
    readonly key: FileKey;
    readonly context: string;
    readonly sealed: AsyncIterable<Uint8Array>;
    readonly signal?: AbortSignal;
  }): AsyncGenerator<Result<Uint8Array, Failure>, void, undefined>;
  /** For random access: checks the 65-byte header against key and context. */
  openHeader(request: {
    readonly key: FileKey;
    readonly context: string;
    readonly header: Uint8Array;
  }): Result<FileChunkOpener, Failure>;
}

/** Opens single chunks of one file (PIP-2000 §8.4). */
export interface FileChunkOpener {
  /**
   * The content of chunk `index` (from 0, below 2³²). `isLast` must be what the
   * writer saw: a chunk opened with `isLast: true` proves where the file ends.
   * Fails with `crypto/file-damaged`.
   */
  openChunk(request: {
    readonly index: number;
    readonly isLast: boolean;
    readonly sealed: Uint8Array;
  }): Promise<Result<Uint8Array, Failure>>;
}

const KEY_LENGTH = 32;
const SALT_LENGTH = 32;
const NONCE_PREFIX_LENGTH = 19;
const TAG_LENGTH = 16;
const EMPTY = new Uint8Array(0);
const KEY_LABEL = 'pars/1 file';

interface StreamKeys {
  readonly key: Uint8Array;
  readonly noncePrefix: Uint8Array;
  readonly commitment: Uint8Array;
}

/** File encryption over a provider (PIP-2000 §8). */
export function createFileEncryption(deps: CryptoDeps): FileEncryption {
  const { provider, random } = deps;
  const { xChaCha20Poly1305: aead, symmetric } = provider;

  function deriveStreamKeys(fileKey: FileKey, context: string, salt: Uint8Array): StreamKeys {
    const bytes = expose(fileKey);
    assertLength(bytes, KEY_LENGTH, 'file key');
    const okm = symmetric.hkdf(bytes, salt, derivationInfo(KEY_LABEL, context), 83);
    return {
      key: okm.subarray(0, 32),
      noncePrefix: okm.subarray(32, 51),
      commitment: okm.subarray(51),
    };
  }

  function openHeader(
    request: Parameters<FileEncryption['openHeader']>[0],
  ): Result<FileChunkOpener, Failure> {
    const { key: fileKey, context, header } = request;
    if (header.length === 0) return err('crypto/bad-length');
    if (!isSuite1(header)) return err('crypto/unknown-suite');
    if (header.length !== FILE_HEADER_LENGTH) return err('crypto/bad-length');
    const salt = header.subarray(1, 1 + SALT_LENGTH);
    const keys = deriveStreamKeys(fileKey, context, salt);
    if (!equalBytes(keys.commitment, header.subarray(1 + SALT_LENGTH))) {
      return err('crypto/file-wrong-key');
    }
    return ok(
      Object.freeze({
        async openChunk({ index, isLast, sealed }: Parameters<FileChunkOpener['openChunk']>[0]) {
          assertRange(index, 0, MAX_FILE_CHUNKS - 1, 'chunk index');
          const damaged = err('crypto/file-damaged', { chunk: index });
          if (!isChunkLength(sealed.length, index, isLast)) return damaged;
          const nonce = chunkNonce(keys.noncePrefix, index, isLast);
          const content = await aead.open(keys.key, nonce, sealed, EMPTY);
          return content === undefined ? damaged : ok(content);
        },
      }),
    );
  }

  return Object.freeze({
    generateKey(): FileKey {
      return redact(random.bytes(KEY_LENGTH));
    },

    async *encrypt(request: Parameters<FileEncryption['encrypt']>[0]) {
      const { key: fileKey, context, plaintext, signal } = request;
      const salt = random.bytes(SALT_LENGTH);
      const { key, noncePrefix, commitment } = deriveStreamKeys(fileKey, context, salt);
      try {
        yield concatBytes(Uint8Array.of(SUITE_ID), salt, commitment);
        let index = 0;
        for await (const { bytes, isLast } of cutIntoPieces(plaintext, () => FILE_CHUNK_LENGTH)) {
          signal?.throwIfAborted();
          assertRange(index, 0, MAX_FILE_CHUNKS - 1, 'chunk index');
          yield await aead.seal(key, chunkNonce(noncePrefix, index, isLast), bytes, EMPTY);
          index += 1;
        }
      } finally {
        key.fill(0);
      }
    },

    async *decrypt(request: Parameters<FileEncryption['decrypt']>[0]) {
      const { key, context, sealed, signal } = request;
      let opener: FileChunkOpener | undefined;
      let index = 0;
      for await (const { bytes, isLast } of cutIntoPieces(sealed, sealedPieceLength)) {
        signal?.throwIfAborted();
        if (opener === undefined) {
          const opened = openHeader({ key, context, header: bytes });
          if (!opened.ok || isLast) {
            yield isCutHeader(bytes) || opened.ok ? err('crypto/file-truncated') : opened;
            return;
          }
          opener = opened.value;
          continue;
        }
        const content = await openOrExplain(opener, { index, isLast, sealed: bytes });
        yield content;
        if (!content.ok) return;
        index += 1;
        if (index === MAX_FILE_CHUNKS && !isLast) {
          yield err('crypto/too-long');
          return;
        }
      }
    },

    openHeader,
  });
}

/** The header is the first piece of an encrypted file. */
function sealedPieceLength(piece: number): number {
  return piece === 0 ? FILE_HEADER_LENGTH : SEALED_CHUNK_LENGTH;
}

/** Tells a file that was cut off from one that was altered, as far as that can be proven. */
async function openOrExplain(
  opener: FileChunkOpener,
  chunk: Parameters<FileChunkOpener['openChunk']>[0],
): Promise<Result<Uint8Array, Failure>> {
  const content = await opener.openChunk(chunk);
  if (content.ok || !chunk.isLast) return content;
  if (chunk.sealed.length <= TAG_LENGTH) return err('crypto/file-truncated');
  if (chunk.sealed.length < SEALED_CHUNK_LENGTH) return content;
  const asInnerChunk = await opener.openChunk({ ...chunk, isLast: false });
  return asInnerChunk.ok ? err('crypto/file-truncated') : content;
}

/** Whether the stream ended inside a header of this suite. */
function isCutHeader(header: Uint8Array): boolean {
  return header.length < FILE_HEADER_LENGTH && (header.length === 0 || isSuite1(header));
}

/** Only an empty file has an empty chunk; only the last chunk may be short. */
function isChunkLength(sealedLength: number, index: number, isLast: boolean): boolean {
  if (!isLast) return sealedLength === SEALED_CHUNK_LENGTH;
  const least = index === 0 ? TAG_LENGTH : TAG_LENGTH + 1;
  return sealedLength >= least && sealedLength <= SEALED_CHUNK_LENGTH;
}

/** prefix 19 ‖ chunk index 4, big-endian ‖ last flag 1 (PIP-2000 §8.3). */
function chunkNonce(prefix: Uint8Array, index: number, isLast: boolean): Uint8Array {
  const nonce = new Uint8Array(NONCE_PREFIX_LENGTH + 5);
  nonce.set(prefix);
  new DataView(nonce.buffer).setUint32(NONCE_PREFIX_LENGTH, index);
  nonce[NONCE_PREFIX_LENGTH + 4] = isLast ? 1 : 0;
  return nonce;
}
