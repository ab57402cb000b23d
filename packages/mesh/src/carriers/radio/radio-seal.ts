import { concatBytes, equalBytes } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { maxRadioFrameLength } from './kiss.ts';
import type { RadioGroupKeys } from './radio-key.ts';

/** Bytes of the tag in front of a frame; they are its nonce as well (PIP-1007 §5). */
export const radioTagLength = 12;
/** Station and counter, 4 bytes each. */
const headerLength = 8;
/** Bytes of a message in a frame at most. */
export const maxRadioMessageLength: number = maxRadioFrameLength - radioTagLength - headerLength;

/** What a frame says, and who says it. */
export interface RadioFrame {
  /** The station's number, 0 to 2^32 - 1. */
  readonly station: number;
  /** Its frame's number, 0 to 2^32 - 1; rises with each. */
  readonly counter: number;
  /** 1 to 210 bytes. */
  readonly message: Uint8Array;
}

/**
 * The frame on the air (PIP-1007 §5): tag ‖ ciphertext, without any byte in
 * clear. The tag is a keyed hash of all that is sealed, and the nonce of the
 * cipher: a counter that comes twice, after a backup was restored, betrays
 * nothing but that a frame was repeated.
 */
export function sealRadioFrame(
  symmetric: SymmetricPrimitives,
  keys: RadioGroupKeys,
  frame: RadioFrame,
): Uint8Array {
  const plaintext = new Uint8Array(headerLength + frame.message.length);
  const view = new DataView(plaintext.buffer);
  view.setUint32(0, frame.station);
  view.setUint32(4, frame.counter);
  plaintext.set(frame.message, headerLength);
  const tag = tagOf(symmetric, keys, plaintext);
  return concatBytes(tag, applyKeyStream(symmetric, keys, tag, plaintext));
}

/** Reads a frame of this group; `undefined` for noise, for another group's and for changed ones. Total. */
export function openRadioFrame(
  symmetric: SymmetricPrimitives,
  keys: RadioGroupKeys,
  bytes: Uint8Array,
): RadioFrame | undefined {
  const isFrame =
    bytes.length > radioTagLength + headerLength && bytes.length <= maxRadioFrameLength;
  if (!isFrame) return undefined;
  const tag = bytes.subarray(0, radioTagLength);
  const plaintext = applyKeyStream(symmetric, keys, tag, bytes.subarray(radioTagLength));
  if (!equalBytes(tag, tagOf(symmetric, keys, plaintext))) return undefined;
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.length);
  const message = plaintext.slice(headerLength);
  return { station: view.getUint32(0), counter: view.getUint32(4), message };
}

function tagOf(
  symmetric: SymmetricPrimitives,
  keys: RadioGroupKeys,
  plaintext: Uint8Array,
): Uint8Array {
  return symmetric.sha3(keys.tagKey, plaintext).slice(0, radioTagLength);
}

/** AES-256 in counter mode, as AES-256-GCM has it; its own tag is dropped. Twice gives the input back. */
function applyKeyStream(
  symmetric: SymmetricPrimitives,
  keys: RadioGroupKeys,
  nonce: Uint8Array,
  input: Uint8Array,
): Uint8Array {
  const sealed = symmetric.gcmSeal(keys.frameKey, nonce, input, new Uint8Array(0));
  return sealed.subarray(0, input.length);
}
