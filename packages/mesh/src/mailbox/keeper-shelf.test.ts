import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeeperShelf } from './keeper-shelf.ts';
import { firstMailboxes } from './mailbox-network.ts';
import { encodeRange, encodeSketch } from './shard-listing.ts';

const values = { ...firstMailboxes, listingLength: 256 };
const rest = { pieces: [], pieceLength: 4_096, count: 0 };
const listOf = (count: number) => BigUint64Array.from({ length: count }, (_, at) => BigInt(at * 7));

function range(list: BigUint64Array, from: bigint) {
  return { type: 'visited', ...rest, ...encodeRange(list, from, 256) } as const;
}

test('what is not given is not asked for again, and changes nothing of what is listed', () => {
  const shelf = createKeeperShelf(values);
  const asked = shelf.next(9n);
  assert.ok(shelf.learn(asked, range(listOf(5), asked.from), 1));
  const before = [...shelf.items];
  shelf.skip(14n);
  assert.equal(shelf.has(14n), false);
  assert.equal(shelf.has(21n), true);
  assert.deepEqual([...shelf.items], before);
});

test('ranges to the end, then sketches; one that does not decode begins the ranges again', () => {
  const shelf = createKeeperShelf(values);
  const list = listOf(70);
  for (let page = 0; shelf.isIncomplete; page += 1) {
    assert.ok(page < 3);
    const asked = shelf.next(9n);
    assert.equal(asked.listing, 'range');
    assert.ok(shelf.learn(asked, range(list, asked.from), page));
  }
  assert.deepEqual([...shelf.items], [...list]);
  const sketchOf = (all: BigUint64Array) =>
    ({ type: 'visited', ...rest, listed: 0, listing: encodeSketch(all, 9n, 256) }) as const;
  assert.ok(shelf.learn(shelf.next(9n), sketchOf(listOf(72)), 8));
  assert.deepEqual([...shelf.items], [...listOf(72)]);
  assert.deepEqual([shelf.seenAt(0n), shelf.seenAt(497n)], [0, 8]);
  assert.ok(shelf.learn(shelf.next(9n), sketchOf(listOf(300)), 9));
  assert.equal(shelf.isIncomplete, true);
});

test('a listing without an end is believed for as many pages as a full shard day has', () => {
  const shelf = createKeeperShelf({ ...values, shardParcels: 64 });
  let pages = 0;
  for (; shelf.isIncomplete; pages += 1) {
    const { from } = shelf.next(9n);
    const endless = BigUint64Array.from({ length: 32 }, (_, at) => from + BigInt(at));
    assert.ok(shelf.learn(shelf.next(9n), range(endless, from), pages));
  }
  assert.equal(pages, 3);
});
