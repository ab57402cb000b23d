import { expose, type Redacted } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { label } from './link-keys.ts';
import { tagLength } from './link-wire.ts';

/** Wire lengths of frames are multiples of this many bytes (PIP-1000 §7). */
export const frameUnit = 256;
/** Longest frame on the wire: 64 KiB. */
export const maxFrameLength: number = 256 * frameUnit;
/** Bytes of a frame that carry no content: length byte, content length, tag. */
export const frameOverhead: number = 1 + 2 + tagLength;
/** Most content bytes in one frame: 65,517. */
export const maxFrameContent: number = maxFrameLength - frameOverhead;
/** Frames under one key (PIP-1000 §7). */
export const framesPerKey = 1_024;
/** Frames in one direction of a link, at most. */
export const maxFrames: number = 2 ** 48;

const framesLabel = label('pars/1 link frames');
const emptySalt = new Uint8Array(0);
const keyLength = 32;
const nonceLength = 12;

/** Wire length in bytes of the frame that carries `contentLength` bytes (0 to 65,517). */
export function frameLengthFor(contentLength: number): number {
  return Math.ceil((contentLength + frameOverhead) / frameUnit) * frameUnit;
}

/** The key and nonce of one frame; valid until the next call of {@link FrameKeyChain.next}. */
export interface FrameKey {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}

/** Keys and nonces of one direction, frame by frame; replaced keys are gone. */
export interface FrameKeyChain {
  /** The next frame's key and nonce, or `undefined` after 2^48 frames. */
  next(): FrameKey | undefined;
}

/** Starts the chain from a root of 32 bytes, which it takes over and overwrites. */
export function createFrameKeyChain(
  symmetric: SymmetricPrimitives,
  root: Redacted<Uint8Array>,
  firstFrame = 0,
): FrameKeyChain {
  let chain = expose(root);
  let key = new Uint8Array(keyLength);
  let mask = new Uint8Array(nonceLength);
  const nonce = new Uint8Array(nonceLength);
  let frame = firstFrame;

  return {
    next() {
      if (frame >= maxFrames) return undefined;
      if (frame % framesPerKey === 0 || frame === firstFrame) turn();
      writeNonce();
      frame += 1;
      return { key, nonce };
    },
  };

  /** Next chain secret, key and nonce mask; the old ones are overwritten. */
  function turn(): void {
    const okm = symmetric.hkdf(chain, emptySalt, framesLabel, 2 * keyLength + nonceLength);
    chain.fill(0);
    key.fill(0);
    chain = okm.slice(0, keyLength);
    key = okm.slice(keyLength, 2 * keyLength);
    mask = okm.slice(2 * keyLength);
    okm.fill(0);
  }

  /** Mask XOR the frame's number (48 bits, big endian, at the end). */
  function writeNonce(): void {
    nonce.set(mask);
    let rest = frame;
    for (let index = nonceLength - 1; index >= nonceLength - 6; index -= 1) {
      nonce[index] = (nonce[index] ?? 0) ^ (rest % 256);
      rest = Math.floor(rest / 256);
    }
  }
}
