import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expose, hex, redact, unwrap } from '@pars/base';
import { type Parcel, parcelFromBytes } from '../parcel.ts';
import { createParcelFixture, dayMs, startMs, testNetwork } from '../parcel-fixture.ts';
import type { ParcelLabel } from '../parcel-header.ts';
import { dayFromSlot, expirySlotFrom } from '../parcel-time.ts';
import { checkPostage, payPostage } from '../postage.ts';
import {
  checkToken,
  createTokenParcel,
  decodeToken,
  encodeToken,
  issueToken,
  type ParcelToken,
  parcelTokenLength,
} from './parcel-token.ts';
import { isTokenSignature, signWithToken, tokenKeyOf } from './token-signature.ts';

const fixture = createParcelFixture('tokens');
const { symmetric } = fixture.suite;
const work = { ...fixture.work, random: fixture.random };
const expirySlot = expirySlotFrom(startMs, 3 * dayMs, 'normal');
const use = {
  day: dayFromSlot(expirySlot),
  shard: 0x5a00_0000,
  bucket: 0,
  priority: 'normal',
} as const;
const codeOf = (result: { ok: boolean; error?: { code: string }; value?: unknown }) =>
  result.ok ? 'ok' : result.error?.code;
const labelWith = (wish: Partial<ParcelLabel> = {}): ParcelLabel => ({
  tag: fixture.random.bytes(32),
  shard: use.shard,
  expirySlot,
  priority: 'normal',
  ...wish,
});
const spend = (
  token: ParcelToken,
  body = fixture.random.bytes(512),
  wish: Partial<ParcelLabel> = {},
) => createTokenParcel(symmetric, testNetwork, token, labelWith(wish), body);
const check = (bytes: Uint8Array) => {
  const parcel = parcelFromBytes(symmetric, testNetwork, bytes);
  return parcel.ok ? checkPostage(symmetric, testNetwork, parcel.value.header) : parcel;
};

let token: ParcelToken;
let parcel: Parcel;
before(async () => {
  token = await issueToken(work, testNetwork, use);
  parcel = unwrap(spend(token));
});

describe('a token', () => {
  test('pays for a parcel that is written without work, for any stranger who checks', () => {
    const level = unwrap(check(parcel.bytes));
    assert.equal(level, unwrap(checkToken(symmetric, testNetwork, token)));
    assert.deepEqual(unwrap(parcelFromBytes(symmetric, testNetwork, parcel.bytes)), parcel);
    assert.equal(parcel.bytes[76], 2);
    const network = { ...testNetwork, leastLevel: level + 1 };
    assert.equal(codeOf(checkPostage(symmetric, network, parcel.header)), 'mesh/underpaid');
  });

  test('is good for its day, shard, size and priority only', () => {
    for (const wish of [
      { expirySlot: expirySlot + 288 },
      { shard: 0x5b00_0000 },
      { priority: 'high' as const },
    ]) {
      assert.equal(codeOf(spend(token, new Uint8Array(512), wish)), 'mesh/token-mismatch');
    }
    assert.equal(codeOf(spend(token, new Uint8Array(3_584))), 'mesh/token-mismatch');
    assert.equal(codeOf(spend(token, new Uint8Array(511))), 'mesh/bad-length');
    const sameDay = spend(token, new Uint8Array(512), { expirySlot: expirySlot + 287 });
    assert.ok(sameDay.ok, 'any slot of the day');
  });

  test('is bound to every byte of its parcel: a carrier cannot move it to another', async () => {
    const other = unwrap(spend(await issueToken(work, testNetwork, use)));
    const stolen = other.bytes.slice();
    stolen.set(parcel.bytes.subarray(76, 512), 76);
    assert.equal(codeOf(check(stolen)), 'mesh/bad-postage');
    for (const at of [2, 3, 4, 7, 8, 12, 43, 44, 75]) {
      const header = parcel.bytes.slice(0, 512);
      header[at] = (header[at] ?? 0) ^ (at === 2 || at === 3 ? 1 : 0x80);
      const body = parcel.bytes.subarray(512);
      const read = parcelFromBytes(symmetric, testNetwork, new Uint8Array([...header, ...body]));
      const code = read.ok
        ? codeOf(checkPostage(symmetric, testNetwork, read.value.header))
        : codeOf(read);
      assert.match(String(code), /mesh\/(bad-parcel|bad-postage|underpaid)/, `byte ${at}`);
    }
  });

  test('cannot be changed anywhere: nonce, numbers, key, salt or signature', () => {
    for (let at = 77; at < 512; at += 5) {
      const forged = parcel.bytes.slice();
      forged[at] = (forged[at] ?? 0) ^ 1;
      assert.match(String(codeOf(check(forged))), /mesh\/(underpaid|bad-postage)/, `byte ${at}`);
    }
  });

  test('needs work of its own: a key of one’s own without work is refused', () => {
    const secret = fixture.random.bytes(32);
    const forged = { ...token, secret: redact(secret) };
    assert.match(
      String(codeOf(checkToken(symmetric, testNetwork, forged))),
      /underpaid|bad-postage/,
    );
    assert.match(String(codeOf(check(unwrap(spend(forged)).bytes))), /underpaid|bad-postage/);
  });

  test('work for a parcel is none for a token, and the other way round', async () => {
    const { token: proof, ...postage } = parcel.header.postage;
    assert.ok(proof);
    const asWork = checkPostage(symmetric, testNetwork, { ...parcel.header, postage });
    assert.match(String(codeOf(asWork)), /underpaid|bad-postage/);
    const paid = await payPostage(work, testNetwork, parcel.header);
    const asToken = { ...parcel.header, postage: { ...paid, token: proof } };
    assert.match(
      String(codeOf(checkPostage(symmetric, testNetwork, asToken))),
      /underpaid|bad-postage/,
    );
  });

  test('two of one recipient have nothing in common but day and shard', async () => {
    const again = unwrap(spend(await issueToken(work, testNetwork, use)));
    const [a, b] = [parcel.header.postage, again.header.postage];
    assert.notDeepEqual(a.token?.key, b.token?.key);
    assert.notDeepEqual(a.token?.salt, b.token?.salt);
    assert.notDeepEqual(a.indices, b.indices);
    const shown = hex.encode(parcel.bytes);
    assert.ok(!shown.includes(hex.encode(expose(token.secret))), 'the secret is not shown');
  });

  test('an emergency’s token costs its 64 times in advance', async () => {
    const urgent = await issueToken(work, testNetwork, { ...use, priority: 'emergency' });
    const made = unwrap(spend(urgent, new Uint8Array(512), { priority: 'emergency' }));
    assert.ok(unwrap(check(made.bytes)) >= 0);
    const cheap = { ...urgent, nonce: token.nonce, indices: token.indices };
    assert.match(
      String(codeOf(checkToken(symmetric, testNetwork, cheap))),
      /underpaid|bad-postage/,
    );
  });

  test('travels in 159 bytes, of one encoding', () => {
    const bytes = encodeToken(token);
    assert.equal(bytes.length, parcelTokenLength);
    const read = unwrap(decodeToken(testNetwork, bytes));
    assert.deepEqual(encodeToken(read), bytes);
    assert.deepEqual(
      unwrap(spend(read)).header.postage.token?.key,
      parcel.header.postage.token?.key,
    );
    assert.equal(codeOf(decodeToken(testNetwork, bytes.subarray(1))), 'mesh/bad-length');
    assert.equal(codeOf(decodeToken(testNetwork, bytes.with(0, 2))), 'mesh/unknown-suite');
    assert.equal(codeOf(decodeToken(testNetwork, bytes.with(1, 2))), 'mesh/unknown-version');
    for (const [at, value] of [
      [2, 6],
      [3, 3],
      [11, 1],
    ] as const) {
      assert.equal(codeOf(decodeToken(testNetwork, bytes.with(at, value))), 'mesh/bad-token');
    }
  });
});

describe('one-time signatures', () => {
  const [secret, salt] = [new Uint8Array(32).fill(1), new Uint8Array(15).fill(2)];
  const key = tokenKeyOf(symmetric, secret, salt);
  const message = new Uint8Array(76).fill(3);
  const signature = signWithToken(symmetric, secret, salt, message);
  const isGood = (changed: object = {}, of = message) =>
    isTokenSignature(symmetric, { key, salt, signature, ...changed }, of);

  test('hold for their message, key and salt only', () => {
    assert.ok(isGood());
    assert.ok(!isGood({}, message.with(75, 0)));
    assert.ok(!isGood({ key: key.with(0, (key[0] ?? 0) ^ 1) }));
    assert.ok(!isGood({ salt: salt.with(0, 0) }));
    assert.ok(!isGood({ signature: signature.subarray(1) }));
  });

  test('every chain counts, also the two of the checksum', () => {
    for (let chain = 0; chain < 18; chain += 1) {
      const forged = signature.slice();
      forged.set(fixture.random.bytes(16), 16 * chain);
      assert.ok(!isGood({ signature: forged }), `chain ${chain}`);
    }
  });

  test('going on along the chains signs no other message: the checksum would have to go back', () => {
    const label = new TextEncoder().encode('pars/1 token message');
    const digitsOf = (of: Uint8Array) => symmetric.sha3(label, key, of).subarray(0, 16);
    const mine = digitsOf(message);
    const sumOf = (digits: Uint8Array) => digits.reduce((sum, digit) => sum + 255 - digit, 0);
    // Even where every digit of the message could be reached, the sum is smaller.
    const raised = mine.map((digit) => Math.min(255, digit + 1));
    assert.ok(sumOf(raised) < sumOf(mine));
    const forged = signature.slice();
    const chainLabel = new TextEncoder().encode('pars/1 token chain');
    for (let chain = 0; chain < 16; chain += 1) {
      const step = Uint8Array.of(chain, mine[chain] ?? 0);
      const node = signature.subarray(16 * chain, 16 * chain + 16);
      forged.set(symmetric.sha3(chainLabel, salt, step, node).subarray(0, 16), 16 * chain);
    }
    for (let tried = 0; tried < 50; tried += 1) {
      assert.ok(!isGood({ signature: forged }, new Uint8Array(76).fill(tried)));
    }
  });
});
