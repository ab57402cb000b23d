import { ok, type Redacted, type Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import {
  createFrameKeyChain,
  frameLengthFor,
  frameUnit,
  maxFrameContent,
  maxFrameLength,
} from './link-frame.ts';

/** Encrypts one direction of a link. */
export interface FrameSealer {
  /**
   * The frames that carry the concatenation of `parts`, ready for the wire
   * (PIP-1000 §7). No content makes one frame of padding. Code:
   * `mesh/counter-exhausted`, and then the link is over.
   */
  seal(parts: Iterable<Uint8Array>): Result<Uint8Array, MeshFailure>;
}

const contentOffset = 2;

/** A sealer over a traffic root of 32 bytes, which it takes over. */
export function createFrameSealer(
  symmetric: SymmetricPrimitives,
  root: Redacted<Uint8Array>,
  firstFrame = 0,
): FrameSealer {
  const chain = createFrameKeyChain(symmetric, root, firstFrame);
  const lengthByte = new Uint8Array(1);
  let scratch = new Uint8Array(4 * frameUnit);

  return {
    seal(parts) {
      const content = new PartReader(parts);
      const wire = new Uint8Array(wireLengthFor(content.remaining));
      let offset = 0;
      while (offset < wire.length) {
        const contentLength = Math.min(content.remaining, maxFrameContent);
        const frameLength = frameLengthFor(contentLength);
        const frameKey = chain.next();
        if (frameKey === undefined) return meshErr('mesh/counter-exhausted');

        const plaintext = scratchOf(frameLength - 17);
        plaintext[0] = contentLength >>> 8;
        plaintext[1] = contentLength & 0xff;
        content.readInto(plaintext, contentOffset, contentLength);
        plaintext.fill(0, contentOffset + contentLength);
        lengthByte[0] = frameLength / frameUnit - 1;

        wire[offset] = lengthByte[0];
        wire.set(
          symmetric.gcmSeal(frameKey.key, frameKey.nonce, plaintext, lengthByte),
          offset + 1,
        );
        offset += frameLength;
      }
      return ok(wire);
    },
  };

  /** Reused between calls, since sealing is synchronous. */
  function scratchOf(length: number): Uint8Array {
    if (scratch.length < length) scratch = new Uint8Array(maxFrameLength);
    return scratch.subarray(0, length);
  }
}

function wireLengthFor(contentLength: number): number {
  const fullFrames = Math.floor(contentLength / maxFrameContent);
  const rest = contentLength % maxFrameContent;
  const hasLast = rest > 0 || fullFrames === 0;
  return fullFrames * maxFrameLength + (hasLast ? frameLengthFor(rest) : 0);
}

/** Copies from a list of parts, in order, without joining them first. */
class PartReader {
  readonly #parts: readonly Uint8Array[];
  #index = 0;
  #offset = 0;
  remaining: number;

  constructor(parts: Iterable<Uint8Array>) {
    this.#parts = [...parts];
    this.remaining = this.#parts.reduce((total, part) => total + part.length, 0);
  }

  readInto(target: Uint8Array, targetOffset: number, length: number): void {
    let written = 0;
    while (written < length) {
      const part = this.#parts[this.#index];
      if (part === undefined) throw new RangeError('read past the parts');
      const take = Math.min(part.length - this.#offset, length - written);
      target.set(part.subarray(this.#offset, this.#offset + take), targetOffset + written);
      written += take;
      this.#offset += take;
      if (this.#offset === part.length) {
        this.#index += 1;
        this.#offset = 0;
      }
    }
    this.remaining -= length;
  }
}
