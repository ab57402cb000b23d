import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { decodeRange, decodeSketch, encodeRange, encodeSketch, scramble } from './shard-listing.ts';

const items = fc
  .uniqueArray(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 80 })
  .map((list) => BigUint64Array.from(list).sort());
const salts = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe('listings', () => {
  test('ranges, one after another, list everything once', () => {
    fc.assert(
      fc.property(items, (list) => {
        const read: bigint[] = [];
        for (let from: bigint | undefined = 0n; from !== undefined; ) {
          const { listed, listing } = encodeRange(list, from, 256);
          const page: readonly bigint[] = decodeRange(listing, listed, from) ?? [];
          read.push(...page);
          const last: bigint | undefined = page.at(-1);
          from = page.length < 32 || last === undefined ? undefined : last + 1n;
        }
        assert.deepEqual(read, [...list]);
      }),
    );
  });

  test('a sketch tells both differences, or that it is too short', () => {
    fc.assert(
      fc.property(items, items, salts, (one, other, salt) => {
        const difference = decodeSketch(encodeSketch(one, salt, 4_096), other, salt);
        if (difference === undefined) return;
        const [mine, theirs] = [new Set(other), new Set(one)];
        const ascending = (list: readonly bigint[]) => [...BigUint64Array.from(list).sort()];
        assert.deepEqual(
          ascending(difference.missing),
          [...one].filter((item) => !mine.has(item)),
        );
        assert.deepEqual(
          ascending(difference.surplus),
          [...other].filter((item) => !theirs.has(item)),
        );
      }),
    );
  });

  test('1,024 symbols tell 600 new items among 10,000', () => {
    const make = (count: number, seed: bigint) =>
      Array.from({ length: count }, (_, at) => scramble(BigInt(at), seed));
    const known = make(10_000, 1n);
    const all = BigUint64Array.from([...known, ...make(600, 2n)]).sort();
    const own = BigUint64Array.from(known).sort();
    assert.equal(decodeSketch(encodeSketch(all, 7n, 16_384), own, 7n)?.missing.length, 600);
    assert.equal(decodeSketch(encodeSketch(all, 7n, 4_096), own, 7n), undefined);
  });

  test('descending, repeated and trailing items are refused', () => {
    const bytes = new Uint8Array(32);
    bytes[7] = 2;
    bytes[15] = 2;
    assert.equal(decodeRange(bytes, 2, 0n), undefined);
    assert.equal(decodeRange(bytes, 1, 0n), undefined);
    assert.equal(decodeRange(bytes.subarray(0, 8), 1, 3n), undefined);
    assert.deepEqual(decodeRange(bytes.subarray(0, 8), 1, 2n), [2n]);
  });
});
