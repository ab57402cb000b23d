import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParcelStore, TaggedParcelEntry } from '@pars/mesh';
import { findTagged } from './find-tagged.ts';

function createShelf(countByTag: readonly number[]) {
  const calls: number[] = [];
  const find: ParcelStore['find'] = async ({ tags, limit = 1_024 }) => {
    calls.push(tags.length);
    return tags
      .flatMap((tag) =>
        Array.from({ length: countByTag[tag[0] ?? 0] ?? 0 }, () => ({ tag }) as TaggedParcelEntry),
      )
      .slice(0, limit);
  };
  const tags = countByTag.map((_, number) => Uint8Array.of(number));
  return { find, tags, calls };
}

test('copies of one tag do not hide what comes under others', async () => {
  const { find, tags } = createShelf([1, 100, 0, 2, 1]);
  const found = await findTagged({ find }, tags, 10);
  const counts = tags.map((tag) => found.filter((entry) => entry.tag === tag).length);
  assert.deepEqual(counts, [1, 10, 0, 2, 1]);
});

test('tags without copies are looked for once', async () => {
  const { calls, find, tags } = createShelf([1, 1, 0, 2]);
  assert.equal((await findTagged({ find }, tags, 10)).length, 4);
  assert.deepEqual(calls, [4]);
});
