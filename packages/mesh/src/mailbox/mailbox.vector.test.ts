import assert from 'node:assert/strict';
import { createHash, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type MailboxRecording, recordMailbox } from './mailbox-recording-fixture.ts';

/* A second reader, written from PIP-1006 (and PIP-1003 §4) alone: it shares no line with the implementation. */

const recording = JSON.parse(
  readFileSync(new URL('./mailbox.vectors.json', import.meta.url), 'utf8'),
) as MailboxRecording;

const bytesOf = (text: string) => Buffer.from(text, 'hex');
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const sha3 = (...parts: readonly (string | Buffer)[]) => {
  const hash = createHash('sha3-256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

test('recording again gives the frozen bytes', () => {
  assert.deepEqual(recordMailbox(), recording);
});

test('the shard of a mailbox is the beginning of a derivation', () => {
  const [key, salt] = [bytesOf(recording.mailboxKey), u32(recording.day)];
  const whole = Buffer.from(hkdfSync('sha512', key, salt, 'pars/1 parcel shard', 4));
  for (const [at, bits] of [4, 12, 32].entries()) {
    const kept = Number(BigInt(whole.readUInt32BE(0)) >> BigInt(32 - bits)) * 2 ** (32 - bits);
    assert.equal(recording.shards[at], kept);
  }
});

test('the place of a shard is a hash, and its keepers are the nearest to it', () => {
  const place = sha3('pars/1 shard place', u32(recording.shard), u32(recording.day));
  assert.equal(place, recording.place);
  const distance = (id: string) => BigInt(`0x${id}`) ^ BigInt(`0x${place}`);
  const nearest = recording.known.toSorted((a, b) => (distance(a) < distance(b) ? -1 : 1));
  assert.deepEqual(recording.keepers, nearest.slice(0, 7));
});

test('items show 40 bits of the tag, 21 of the id and 3 of the bucket', () => {
  for (const { bucket, id, item, tag } of recording.parcels) {
    const idBits = BigInt(`0x${id.slice(0, 6)}`) >> 3n;
    const whole = (BigInt(`0x${tag.slice(0, 10)}`) << 24n) | (idBits << 3n) | BigInt(bucket);
    assert.equal(item, whole.toString(16).padStart(16, '0'));
  }
});

test('a range goes on from an item, in order, and is filled up with zeros', () => {
  const items = recording.parcels.map(({ item }) => item).toSorted();
  assert.equal(recording.range, items.slice(2).join('').padEnd(128, '0'));
});

test('the sketch is that of PIP-1003 over scrambled items', () => {
  const salt = BigInt(`0x${recording.salt}`);
  const symbols = Array.from({ length: 16 }, () => ({ sum: 0n, check: 0, count: 0 }));
  for (const { item, scrambled } of recording.parcels) {
    const short = scramble(BigInt(`0x${item}`), salt);
    assert.equal(short.toString(16).padStart(16, '0'), scrambled);
    const [high, low] = [Number(short >> 32n), Number(short & 0xffff_ffffn)];
    for (const at of walk(high, low, symbols.length)) {
      const symbol = symbols[at];
      assert.ok(symbol);
      symbol.sum ^= short;
      symbol.check = (symbol.check ^ finish((finish(low) ^ high) >>> 0)) >>> 0;
      symbol.count += 1;
    }
  }
  const text = symbols.map(({ check, count, sum }) =>
    [
      sum.toString(16).padStart(16, '0'),
      u32(check).toString('hex'),
      u32(count).toString('hex'),
    ].join(''),
  );
  assert.equal(recording.sketch, text.join(''));
});

test('a proof names the keeper that gives it', () => {
  const parts = [recording.challenge, recording.known[0] ?? '', recording.parcel].map(bytesOf);
  assert.equal(recording.proof, sha3('pars/1 mailbox proof', ...parts));
});

test('messages lie as the tables say', () => {
  const messages = new Map(recording.messages.map(({ bytes, type }) => [type, bytes]));
  const shardDay = '5a00000000004fe6';
  assert.equal(messages.get('store'), `010101${'01'.repeat(32)}${'02'.repeat(1_024)}`);
  assert.equal(messages.get('stored'), `020101${'03'.repeat(71)}`);
  assert.equal(messages.get('refused'), `03010102${'04'.repeat(32)}`);
  assert.equal(
    messages.get('visit'),
    `040101${shardDay}0205060708090a0b0c010203040506070800${'ff'.repeat(8)}3f`,
  );
  assert.equal(
    messages.get('visited'),
    `050101000000050002030010a000${'06'.repeat(32)}${'07'.repeat(16)}${'00'.repeat(16)}${'08'.repeat(16)}`,
  );
  assert.equal(messages.get('offer'), `060101${shardDay}00000000000000010000000000000002`);
  assert.equal(messages.get('lacking'), '07010100099080');
  assert.equal(messages.get('prove'), `080101${shardDay}${'09'.repeat(32)}0000000000000003`);
  assert.equal(messages.get('proofs'), `090101${'0a'.repeat(32)}${'00'.repeat(32)}`);
});

/** The finish of MurmurHash3. */
function finish(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) >>> 0;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) >>> 0;
  return (h ^ (h >>> 16)) >>> 0;
}

/** Four rounds: (L, R) becomes (R, L xor F(R)). */
function scramble(item: bigint, salt: bigint): bigint {
  let l = Number(item >> 32n);
  let r = Number(item & 0xffff_ffffn);
  const keys = [Number(salt >> 32n), Number(salt & 0xffff_ffffn)];
  for (let round = 1; round <= 4; round += 1) {
    const key = keys[(round - 1) % 2] ?? 0;
    const input = (((r ^ key) >>> 0) + Math.imul(round, 0x9e3779b9)) >>> 0;
    [l, r] = [r, (l ^ finish(input)) >>> 0];
  }
  return (BigInt(l) << 32n) | BigInt(r);
}

/** The symbols below `length` that an item is part of (PIP-1003 §4). */
function walk(high: number, low: number, length: number): readonly number[] {
  const rotl = (x: number, by: number) => ((x << by) | (x >>> (32 - by))) >>> 0;
  let [a, b] = [high, high === 0 && low === 0 ? 1 : low];
  const met: number[] = [];
  for (let at = 0; at < length; ) {
    met.push(at);
    const drawn = Math.imul(rotl(Math.imul(a, 0x9e3779bb) >>> 0, 5), 5) >>> 0;
    const mixed = (a ^ b) >>> 0;
    a = (rotl(a, 26) ^ mixed ^ (mixed << 9)) >>> 0;
    b = rotl(mixed, 13);
    const gap = Math.ceil((at + 1.5) * (65_536 / Math.sqrt(drawn + 1) - 1));
    at += Math.max(1, gap);
  }
  return met;
}
