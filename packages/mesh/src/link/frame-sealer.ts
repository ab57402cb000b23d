import { concatBytes, ok, type Redacted, type Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import {
  createFrameKeyChain,
  type FrameKey,
  frameLengthFor,
  frameOverhead,
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

/** Longest run of padding: what one unit holds besides the tag and the length byte. */
const zeros = new Uint8Array(frameUnit);

/** A sealer over a traffic root of 32 bytes, which it takes over. */
export function createFrameSealer(
  symmetric: SymmetricPrimitives,
  root: Redacted<Uint8Array>,
  firstFrame = 0,
): FrameSealer {
  const chain = createFrameKeyChain(symmetric, root, firstFrame);
  const lengthByte = new Uint8Array(1);
  const contentLengthBytes = new Uint8Array(2);

  return {
    seal(parts) {
      const content = new PartReader(parts);
      const wire = new Uint8Array(wireLengthFor(content.remaining));
      let offset = 0;
      while (offset < wire.length) {
        const frameKey = chain.next();
        if (frameKey === undefined) return meshErr('mesh/counter-exhausted');
        const contentLength = Math.min(content.remaining, maxFrameContent);
        const frameLength = frameLengthFor(contentLength);
        lengthByte[0] = frameLength / frameUnit - 1;
        contentLengthBytes[0] = contentLength >>> 8;
        contentLengthBytes[1] = contentLength & 0xff;
        const paddingLength = frameLength - frameOverhead - contentLength;
        const plaintext = [
          contentLengthBytes,
          ...content.take(contentLength),
          zeros.subarray(0, paddingLength),
        ];
        wire[offset] = lengthByte[0];
        sealInto(frameKey, plaintext, wire, offset + 1);
        offset += frameLength;
      }
      return ok(wire);
    },
  };

  function sealInto(
    { key, nonce }: FrameKey,
    plaintext: readonly Uint8Array[],
    wire: Uint8Array,
    offset: number,
  ): void {
    if (symmetric.gcmSealInto !== undefined) {
      symmetric.gcmSealInto(key, nonce, plaintext, lengthByte, wire, offset);
    } else {
      wire.set(symmetric.gcmSeal(key, nonce, concatBytes(...plaintext), lengthByte), offset);
    }
  }
}

function wireLengthFor(contentLength: number): number {
  const fullFrames = Math.floor(contentLength / maxFrameContent);
  const rest = contentLength % maxFrameContent;
  const hasLast = rest > 0 || fullFrames === 0;
  return fullFrames * maxFrameLength + (hasLast ? frameLengthFor(rest) : 0);
}

/** Reads from a list of parts, in order, without joining them. */
class PartReader {
  readonly #parts: readonly Uint8Array[];
  #index = 0;
  #offset = 0;
  remaining: number;

  constructor(parts: Iterable<Uint8Array>) {
    this.#parts = [...parts];
    this.remaining = this.#parts.reduce((total, part) => total + part.length, 0);
  }

  /** Views of the next `length` bytes. */
  take(length: number): Uint8Array[] {
    const views: Uint8Array[] = [];
    let wanted = length;
    while (wanted > 0) {
      const part = this.#parts[this.#index];
      if (part === undefined) throw new RangeError('read past the parts');
      const view = part.subarray(this.#offset, this.#offset + wanted);
      if (view.length > 0) views.push(view);
      wanted -= view.length;
      this.#offset += view.length;
      if (this.#offset === part.length) {
        this.#index += 1;
        this.#offset = 0;
      }
    }
    this.remaining -= length;
    return views;
  }
}
