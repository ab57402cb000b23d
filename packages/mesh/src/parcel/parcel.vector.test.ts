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
        Buffer.from([recording.token === undefined ? 1 : 2]),
      ]);
      assert.deepEqual(header.subarray(0, 77), fields);
      if (recording.token === undefined) {
        assert.ok(header.subarray(209).every((byte) => byte === 0));
      }
      assert.equal(recording.id, sha3(header).toString('hex'));
    });

    test('carries work that was done for it', () => {
      const { puzzleBits } = recording.network;
      const hasToken = recording.token !== undefined;
      const day = uint32(Math.floor(recording.expirySlot / 288));
      const seed = hasToken
        ? sha3(
            'pars/1 parcel token',
            header.subarray(0, 4),
            day,
            header.subarray(8, 12),
            header.subarray(177, 209),
          )
        : sha3('pars/1 parcel postage', header.subarray(0, 76));
      const nonce = header.subarray(77, 81);
      const indices = Array.from({ length: 32 }, (_, at) =>
        hasToken ? header.readUIntBE(81 + 3 * at, 3) : header.readUInt32BE(81 + 4 * at),
      );
      const solution = Buffer.concat([nonce, ...indices.map(uint32)]);
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

    if (recording.token !== undefined) {
      test('is signed by its token, whose secret gives the key', () => {
        const token = bytes(recording.token ?? '');
        const secret = token.subarray(12, 44);
        const salt = header.subarray(209, 224);
        assert.deepEqual(token.subarray(44, 59), salt);
        const step = (i: number, j: number, node: Buffer) =>
          sha3('pars/1 token chain', salt, Buffer.from([i, j]), node).subarray(0, 16);
        const chain = (i: number, node: Buffer, from: number, to: number) => {
          let at = node;
          for (let j = from; j < to; j += 1) at = step(i, j, at);
          return at;
        };
        const begins = Array.from({ length: 18 }, (_, i) =>
          sha3('pars/1 token secret', secret, Buffer.from([i])).subarray(0, 16),
        );
        const ends = begins.map((begin, i) => chain(i, begin, 0, 255));
        const key = sha3('pars/1 token key', salt, ...ends);
        assert.deepEqual(key, header.subarray(177, 209));
        const digest = sha3('pars/1 token message', key, header.subarray(0, 76)).subarray(0, 16);
        const sum = digest.reduce((total, digit) => total + 255 - digit, 0);
        const digits = [...digest, sum >> 8, sum & 255];
        const signature = begins.map((begin, i) => chain(i, begin, 0, digits[i] ?? 0));
        assert.deepEqual(Buffer.concat(signature), header.subarray(224));
      });
    }

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
