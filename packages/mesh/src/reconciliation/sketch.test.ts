import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSimulationRandom } from '@pars/base/fakes';
import * as fc from 'fast-check';
import { createDaySet, type DaySet, shortFromHalves, wholeRange } from './day-set.ts';
import { shortIdsOf } from './short-id.ts';
import { createSketchDecoder } from './sketch-decoder.ts';
import { createSketchEncoder } from './sketch-encoder.ts';
import { beyondReach, startWalk, stepWalk, symbolAfter } from './symbol-walk.ts';

const random = createSimulationRandom('sketches');
const salt = random.bytes(16);
const newIds = (count: number) => Array.from({ length: count }, () => random.bytes(32));
function setOf(ids: readonly Uint8Array[], under = salt): DaySet {
  const packed = new Uint8Array(32 * ids.length);
  const sorted = ids.toSorted((a, b) => (a.toHex() < b.toHex() ? -1 : 1));
  for (const [place, id] of sorted.entries()) packed.set(id, 32 * place);
  return createDaySet({ day: 1, ids: packed }, under);
}
const ascending = (shorts: readonly bigint[]) => shorts.toSorted((a, b) => (a < b ? -1 : 1));
const shortsOf = (ids: readonly Uint8Array[]) => ascending(setOf(ids).list(wholeRange));

/** SipHash-c-d on big integers, from its paper. */
function sipHash(key: Uint8Array, message: Uint8Array, c: number, d: number): bigint {
  const mask = 2n ** 64n - 1n;
  const turn = (x: bigint, by: bigint) => ((x << by) | (x >> (64n - by))) & mask;
  const word = (bytes: Uint8Array, at: number) =>
    Array.from({ length: 8 }, (_, i) => BigInt(bytes[at + i] ?? 0) << BigInt(8 * i)).reduce(
      (a, b) => a | b,
    );
  const [k0, k1] = [word(key, 0), word(key, 8)];
  let v0 = k0 ^ 0x736f6d6570736575n;
  let v1 = k1 ^ 0x646f72616e646f6dn;
  let v2 = k0 ^ 0x6c7967656e657261n;
  let v3 = k1 ^ 0x7465646279746573n;
  const rounds = (count: number) => {
    for (let round = 0; round < count; round += 1) {
      v0 = (v0 + v1) & mask;
      v1 = turn(v1, 13n) ^ v0;
      v0 = turn(v0, 32n);
      v2 = (v2 + v3) & mask;
      v3 = turn(v3, 16n) ^ v2;
      v0 = (v0 + v3) & mask;
      v3 = turn(v3, 21n) ^ v0;
      v2 = (v2 + v1) & mask;
      v1 = turn(v1, 17n) ^ v2;
      v2 = turn(v2, 32n);
    }
  };
  const whole = message.length - (message.length % 8);
  const last = word(message.slice(whole), 0) | (BigInt(message.length & 255) << 56n);
  for (let at = 0; at <= whole; at += 8) {
    const m = at === whole ? last : word(message, at);
    v3 ^= m;
    rounds(c);
    v0 ^= m;
  }
  v2 ^= 255n;
  rounds(d);
  return v0 ^ v1 ^ v2 ^ v3;
}

describe('short ids', () => {
  test('the second implementation gives the vector of the SipHash paper', () => {
    const count = (length: number) => Uint8Array.from({ length }, (_, i) => i);
    assert.equal(sipHash(count(16), count(15), 2, 4), 0xa129ca6149be45e5n);
  });

  test('are SipHash-1-3 of the id under the salt', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (key, id) => {
          const { high, low } = shortIdsOf(id, key);
          assert.equal(shortFromHalves(high[0] ?? 0, low[0] ?? 0), sipHash(key, id, 1, 3));
        },
      ),
    );
  });

  test('find their id again, and fingerprints add up', () => {
    const ids = newIds(500);
    const set = setOf(ids);
    for (const id of ids) {
      const { high, low } = shortIdsOf(id, salt);
      assert.deepEqual(set.idOf(shortFromHalves(high[0] ?? 0, low[0] ?? 0)), id);
    }
    assert.equal(set.idOf(1n), undefined);
    const middle = 2n ** 63n;
    const lower = set.fingerprint({ from: 0n, to: middle - 1n });
    const upper = set.fingerprint({ from: middle, to: 2n ** 64n - 1n });
    const whole = set.fingerprint(wholeRange);
    assert.equal(lower.count + upper.count, 500);
    assert.equal(lower.sum ^ upper.sum, whole.sum);
    assert.equal(
      whole.sum,
      shortsOf(ids).reduce((a, b) => a ^ b, 0n),
    );
    assert.equal(setOf([]).fingerprint(wholeRange).count, 0);
    assert.equal(setOf([]).idOf(0n), undefined);
  });
});

describe('walks', () => {
  test('begin at 0, always go on, and become sparser as they should', () => {
    const visits = new Uint32Array(1_000);
    for (let item = 0; item < 20_000; item += 1) {
      const walk = startWalk(random.uint32(), random.uint32());
      assert.equal(walk.next, 0);
      for (let last = -1; walk.next < 1_000; stepWalk(walk)) {
        assert.ok(walk.next > last);
        last = walk.next;
        visits[last] = (visits[last] ?? 0) + 1;
      }
    }
    for (const symbol of [0, 1, 10, 100, 900]) {
      const near = visits.subarray(symbol, symbol === 0 ? 1 : symbol + Math.ceil(symbol / 10));
      const share = near.reduce((sum, count) => sum + count, 0) / near.length / 20_000;
      const expected = 1 / (1 + symbol / 2);
      assert.ok(Math.abs(share / expected - 1) < 0.15, `${symbol}: ${share} against ${expected}`);
    }
  });

  test('go on even from the largest random number, and end beyond every sketch', () => {
    assert.equal(symbolAfter(5, 0xffff_ffff), 6);
    assert.equal(symbolAfter(131_071, 0), beyondReach);
  });

  test('an all-zero short id walks too', () => {
    const walk = startWalk(0, 0);
    stepWalk(walk);
    assert.ok(walk.next >= 1);
  });

  test('the encoder takes the same way as the walk', () => {
    const set = setOf(newIds(1));
    const encoder = createSketchEncoder(set.shorts);
    encoder.extend(50);
    encoder.extend(2_000);
    const walk = startWalk(set.shorts.high[0] ?? 0, set.shorts.low[0] ?? 0);
    for (let symbol = 0; symbol < 2_000; symbol += 1) {
      assert.equal(encoder.symbols.count[symbol], walk.next === symbol ? 1 : 0);
      if (walk.next === symbol) stepWalk(walk);
    }
  });
});

describe('a sketch', () => {
  test('gives the difference of two sets, however its symbols are cut', () => {
    const sizes = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 0, max: 120 })));
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 1, max: 40 }),
        ([both = 0, here = 0, there = 0], step) => {
          const [common, mine, theirs] = [newIds(both), newIds(here), newIds(there)];
          const own = setOf([...common, ...mine]);
          const other = createSketchEncoder(setOf([...common, ...theirs]).shorts);
          const decoder = createSketchDecoder(own, createSketchEncoder(own.shorts));
          let state = 'more';
          while (state === 'more') state = decoder.add(other.encode(decoder.length, step));
          assert.equal(state, 'decoded');
          assert.deepEqual(ascending(decoder.difference().missing), shortsOf(theirs));
          assert.deepEqual(ascending(decoder.difference().surplus), shortsOf(mine));
          assert.ok(decoder.length <= 3 * (here + there) + 30 + step);
        },
      ),
    );
  });

  test('under another salt it never decodes, and its work stays bounded', () => {
    const own = setOf(newIds(300));
    const other = createSketchEncoder(setOf(newIds(300), random.bytes(16)).shorts);
    const decoder = createSketchDecoder(own, createSketchEncoder(own.shorts));
    assert.notEqual(decoder.add(other.encode(0, 400)), 'decoded');
  });

  test('random symbols end in more or bad, never in a throw or a false end', () => {
    const own = setOf(newIds(50));
    for (let round = 0; round < 50; round += 1) {
      const decoder = createSketchDecoder(own, createSketchEncoder(own.shorts));
      assert.notEqual(decoder.add(random.bytes(16 * 100)), 'decoded');
    }
  });

  test('one’s own item on the wrong side is bad: the other side made it up', () => {
    const ids = newIds(1);
    const own = setOf(ids);
    const doubled = createSketchEncoder(own.shorts).encode(0, 1);
    new DataView(doubled.buffer).setInt32(12, 2);
    new DataView(doubled.buffer).setUint32(0, 0);
    new DataView(doubled.buffer).setUint32(4, 0);
    new DataView(doubled.buffer).setUint32(8, 0);
    const decoder = createSketchDecoder(own, createSketchEncoder(own.shorts));
    assert.equal(decoder.add(doubled), 'bad');
  });
});
