import { ok, type Redacted, type Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import { createFrameKeyChain, frameUnit } from './link-frame.ts';
import { tagLength } from './link-wire.ts';

/** Decrypts one direction of a link from chunks of any size. Holds at most one frame (64 KiB). */
export interface FrameOpener {
  /**
   * The contents of the frames that `chunk` completes, in order; frames of
   * padding give nothing. The arrays do not alias `chunk`. After a failure
   * every call fails. Codes: `mesh/frame-refused`, `mesh/counter-exhausted`.
   */
  open(chunk: Uint8Array): Result<readonly Uint8Array[], MeshFailure>;
  /** Says that no bytes will follow. Code: `mesh/frame-truncated` inside a frame. */
  end(): Result<void, MeshFailure>;
}

const contentOffset = 2;

/** An opener over a traffic root of 32 bytes, which it takes over. */
export function createFrameOpener(
  symmetric: SymmetricPrimitives,
  root: Redacted<Uint8Array>,
  firstFrame = 0,
): FrameOpener {
  const chain = createFrameKeyChain(symmetric, root, firstFrame);
  /** The frame that is being received, and how much of it is here. */
  let partial: Uint8Array | undefined;
  let partialLength = 0;
  let failure: MeshFailure | undefined;

  return {
    open(chunk) {
      if (failure !== undefined) return { ok: false, error: failure };
      const contents: Uint8Array[] = [];
      let offset = 0;
      while (offset < chunk.length) {
        const frame = takeFrame(chunk, offset);
        offset = frame.nextOffset;
        if (frame.bytes === undefined) break;
        const content = openFrame(frame.bytes);
        if (!content.ok) {
          failure = content.error;
          return content;
        }
        if (content.value.length > 0) contents.push(content.value);
      }
      return ok(contents);
    },
    end() {
      if (failure !== undefined) return { ok: false, error: failure };
      return partial === undefined ? ok(undefined) : meshErr('mesh/frame-truncated');
    },
  };

  /** The next whole frame: a view of `chunk` where it lies within, else put together in `partial`. */
  function takeFrame(
    chunk: Uint8Array,
    offset: number,
  ): { readonly bytes: Uint8Array | undefined; readonly nextOffset: number } {
    if (partial === undefined) {
      const length = ((chunk[offset] ?? 0) + 1) * frameUnit;
      if (chunk.length - offset >= length) {
        return { bytes: chunk.subarray(offset, offset + length), nextOffset: offset + length };
      }
      partial = new Uint8Array(length);
      partialLength = 0;
    }
    const take = Math.min(partial.length - partialLength, chunk.length - offset);
    partial.set(chunk.subarray(offset, offset + take), partialLength);
    partialLength += take;
    if (partialLength < partial.length) return { bytes: undefined, nextOffset: offset + take };
    const bytes = partial;
    partial = undefined;
    return { bytes, nextOffset: offset + take };
  }

  function openFrame(frame: Uint8Array): Result<Uint8Array, MeshFailure> {
    const frameKey = chain.next();
    if (frameKey === undefined) return meshErr('mesh/counter-exhausted');
    const plaintext = symmetric.gcmOpen(
      frameKey.key,
      frameKey.nonce,
      frame.subarray(1),
      frame.subarray(0, 1),
    );
    if (plaintext?.length !== frame.length - 1 - tagLength) return meshErr('mesh/frame-refused');
    const contentLength = ((plaintext[0] ?? 0) << 8) | (plaintext[1] ?? 0);
    const end = contentOffset + contentLength;
    const isPadded = end <= plaintext.length && isZero(plaintext, end);
    return isPadded ? ok(plaintext.subarray(contentOffset, end)) : meshErr('mesh/frame-refused');
  }
}

function isZero(bytes: Uint8Array, from: number): boolean {
  for (let index = from; index < bytes.length; index += 1) {
    if (bytes[index] !== 0) return false;
  }
  return true;
}
