import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type ParcelRecording, recordParcels } from './parcel-recording-fixture.ts';

/*
 * A second reader of parcels, written from PIP-1002 alone: it shares no line
 * with the implementation.
 */

const recordings = JSON.parse(
  readFileSync(new URL('./parcel.vectors.json', import.meta.url), 'utf8'),
) as readonly ParcelRecording[];
const sha3 = (...parts: readonly (Uint8Array | string)[]) => {
  const hash = createHash('sha3-256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const bytes = (text: string) => Buffer.from(text, 'hex');
const uint32 = (value: number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
};

test('recording again gives the frozen bytes', async () => {
  assert.deepEqual(await recordParcels(), recordings);
});

for (const recording of recordings) {
  describe(`the recorded ${recording.name} parcel`, () => {
    const header = bytes(recording.header);
    const body = bytes(recording.body);
    const size = header.length + body.length;
    const bucket = [1, 4, 8, 16, 64, 256].indexOf(size / 1_024);
    const priority = ['normal', 'high', 'emergency'].indexOf(recording.priority);

    test('has the written layout', () => {
      const fields = Buffer.concat([
        Buffer.from([1, 1, bucket, priority]),
        uint32(recording.expirySlot),
        uint32(recording.shard),
        bytes(recording.tag),
        sha3(body),
        Buffer.from([1]),
      ]);
      assert.deepEqual(header.subarray(0, 77), fields);
      assert.ok(header.subarray(209).every((byte) => byte === 0));
      assert.equal(recording.id, sha3(header).toString('hex'));
    });

    test('carries work that was done for it', () => {
      const { puzzleBits } = recording.network;
      const seed = sha3('pars/1 parcel postage', header.subarray(0, 76));
      const solution = header.subarray(77, 209);
      const nonce = solution.subarray(0, 4);
      const indices = Array.from({ length: 32 }, (_, at) => solution.readUInt32BE(4 + 4 * at));
      let nodes = indices.map((index) => {
        const block = sha3(seed, nonce, uint32(index >>> 1));
        const half = block.subarray(12 * (index & 1), 12 * (index & 1) + 12);
        const words = Array.from(
          { length: 6 },
          (_, at) => half.readUInt16BE(2 * at) % 2 ** puzzleBits,
        );
        return { first: index, words };
      });
      for (let round = 1; round <= 5; round += 1) {
        const joined = [];
        for (let at = 0; at < nodes.length; at += 2) {
          const [left, right] = [nodes[at], nodes[at + 1]];
          assert.ok(left && right && left.first < right.first);
          const words = left.words.map((word, place) => word ^ (right.words[place] ?? 0));
          joined.push({ first: left.first, words });
        }
        nodes = joined;
        const vanished = round === 5 ? 6 : round;
        assert.ok(nodes.every(({ words }) => words.slice(0, vanished).every((word) => word === 0)));
      }
      assert.equal(new Set(indices).size, 32);
      assert.ok(indices.every((index) => index < 2 ** (puzzleBits + 1)));
      const surcharge = ([0, 3, 6][priority] ?? 0) + ([0, 1, 2, 2, 3, 4][bucket] ?? 0);
      const stamp = sha3('pars/1 parcel stamp', seed, solution);
      assert.equal((stamp.readUInt32BE(0) >>> (32 - surcharge - 1)) >>> 1, 0);
    });

    test('has a receipt of the written form', () => {
      const possession = sha3('pars/1 parcel possession', bytes(recording.challenge), header, body);
      const claim = [Buffer.from([2]), uint32(recording.expirySlot)] as const;
      const id = bytes(recording.id);
      const proof = sha3('pars/1 parcel receipt', possession, ...claim, id);
      const receipt = Buffer.concat([Buffer.from([1, 1]), ...claim, id, proof]);
      assert.equal(recording.receipt, receipt.toString('hex'));
    });
  });
}
