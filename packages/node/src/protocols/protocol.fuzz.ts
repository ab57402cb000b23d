import { type Codec, concatBytes, ParsError, uint32ToBytes } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { cardAnswerCodec, cardRequestCodec } from './card-protocol.ts';
import { readFrame } from './frame.ts';
import { letterAnswerCodec, letterRequestCodec } from './letter-protocol.ts';

const proof = new Uint8Array(32);
const receipt = new Uint8Array(32).fill(1);

/** Any bytes are refused with a code, or are the only encoding of what they give. */
function codecTarget<T>(codec: Codec<T>, samples: readonly T[]): FuzzTarget {
  return {
    name: codec.name,
    corpus: async () => samples.map((sample) => codec.encode(sample)),
    run(input) {
      const decoded = codec.decode(input);
      if (decoded.ok && !isSame(codec.encode(decoded.value), input)) {
        throw new ParsError('node/fuzz', { codec: codec.name });
      }
    },
  };
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/** Bytes as a stream brings them: in chunks of 7. */
async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
}

/** What strangers send to the protocols of a node. */
export const fuzzTargets: readonly FuzzTarget[] = [
  codecTarget(cardRequestCodec, [
    { type: 'fetch', version: 1, proof },
    { type: 'introduce', version: 1, proof, introduction: new Uint8Array(65_024) },
  ]),
  codecTarget(cardAnswerCodec, [
    { type: 'card', card: new Uint8Array(64), oneTimeKey: new Uint8Array(1_600) },
    { type: 'accepted', receipt },
    { type: 'refused' },
    { type: 'later' },
  ]),
  codecTarget(letterRequestCodec, [
    { type: 'letter', version: 1, letter: new Uint8Array(512) },
    { type: 'receipts', version: 1, receipts: [{ messageId: new Uint8Array(16), receipt }] },
  ]),
  codecTarget(letterAnswerCodec, [
    { type: 'stored', receipt },
    { type: 'later' },
    { type: 'refused' },
    { type: 'held' },
    { type: 'noted' },
  ]),
  {
    name: 'node/frame',
    corpus: async () => [concatBytes(uint32ToBytes(9), new Uint8Array(9))],
    async run(input) {
      const frame = await readFrame(chunksOf(input), 1_024);
      if (frame.ok && frame.value.length !== input.length - 4) {
        throw new ParsError('node/fuzz', { codec: 'frame' });
      }
    },
  },
];
