import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { recordSpreading, type SpreadingRecording } from './spreading-recording-fixture.ts';

/* A second reader, written from PIP-1008 alone: it shares no line with the implementation. */

const recording = JSON.parse(
  readFileSync(new URL('./spreading.vectors.json', import.meta.url), 'utf8'),
) as SpreadingRecording;

test('recording again gives the frozen bytes', () => {
  assert.deepEqual(recordSpreading(), recording);
});

test('short ids are the lower 48 bits of SipHash-1-3', () => {
  for (const { id, short } of recording.shorts) {
    const full = sipHash13(Buffer.from(recording.salt, 'hex'), Buffer.from(id, 'hex'));
    assert.equal((full & (2n ** 48n - 1n)).toString(16).padStart(12, '0'), short);
  }
});

test('messages lie as the tables say', () => {
  const gossip = new Map(recording.gossip.map(({ type, bytes }) => [type, bytes]));
  assert.equal(gossip.get('hello'), `000101${'01'.repeat(16)}`);
  assert.equal(gossip.get('parcel'), `11${'02'.repeat(1_024)}`);
  assert.equal(gossip.get('part'), `22040000fc00${'03'.repeat(1_024)}`);
  assert.equal(gossip.get('have'), '33000000000001ffffffffffff');
  assert.equal(gossip.get('pull'), '40010203040506');
  assert.equal(gossip.get('gone'), '50000000000007');
  assert.equal(gossip.get('graft'), '60');
  assert.equal(gossip.get('prune'), '70');
});

/** SipHash with one round for a block and three at the end. */
function sipHash13(key: Buffer, message: Buffer): bigint {
  const mask = 2n ** 64n - 1n;
  const rotate = (x: bigint, by: bigint) => ((x << by) | (x >> (64n - by))) & mask;
  const [k0, k1] = [key.readBigUInt64LE(0), key.readBigUInt64LE(8)];
  let [a, b, c, d] = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ];
  const round = () => {
    a = (a + b) & mask;
    b = rotate(b, 13n) ^ a;
    a = rotate(a, 32n);
    c = (c + d) & mask;
    d = rotate(d, 16n) ^ c;
    a = (a + d) & mask;
    d = rotate(d, 21n) ^ a;
    c = (c + b) & mask;
    b = rotate(b, 17n) ^ c;
    c = rotate(c, 32n);
  };
  const words = [0, 8, 16, 24].map((at) => message.readBigUInt64LE(at));
  for (const word of [...words, BigInt(message.length) << 56n]) {
    d ^= word;
    round();
    a ^= word;
  }
  c ^= 0xffn;
  for (let time = 0; time < 3; time += 1) round();
  return a ^ b ^ c ^ d;
}
