import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Store } from '@pars/base';
import { createMemoryStore } from '@pars/base/fakes';
import { BRANCH_CHILDREN, LEAF_POSITIONS, type TreeNode } from './position-tree.ts';
import { createReplicaRows } from './replica-rows.ts';
import {
  createTreePages,
  decodeTreePage,
  encodeTreePage,
  PAGE_NODES,
  type TreePages,
} from './tree-pages.ts';

const rows = createReplicaRows(new Uint8Array(0));

describe('pages of nodes', () => {
  test('give back what was added, before it is written, after, and when opened again', async () => {
    const store = createMemoryStore();
    const pages = createTreePages(store, rows, 0);
    const nodes: TreeNode[] = [];
    const refs: number[] = [];
    for (const portion of [1, 62, 5, 130, 64, 3]) {
      for (let count = 0; count < portion; count += 1) {
        const node = nodeOf(nodes.length);
        nodes.push(node);
        refs.push(pages.add(node));
      }
      await requireNodes(pages, refs, nodes);
      await flush(store, pages);
      await requireNodes(pages, refs, nodes);
      await requireNodes(createTreePages(store, rows, nodes.length), refs, nodes);
    }
    const kept = await Array.fromAsync(store.list({}));
    assert.equal(kept.length, Math.ceil(nodes.length / PAGE_NODES));
  });

  test('forget what was dropped, and use its numbers again', async () => {
    const store = createMemoryStore();
    const pages = createTreePages(store, rows, 0);
    const first = pages.add(nodeOf(1));
    await flush(store, pages);
    const dropped = pages.add(nodeOf(2));
    pages.dropStaged();
    assert.equal(pages.count, 1);
    assert.equal(pages.recall(dropped), undefined);
    await assert.rejects(pages.read(dropped), /dag\/store-corrupt/);
    assert.equal(pages.add(nodeOf(3)), dropped);
    await flush(store, pages);
    await requireNodes(pages, [first, dropped], [nodeOf(1), nodeOf(3)]);
  });

  test('are whole although somebody read the last one while it was written', async () => {
    const disk = createMemoryStore();
    const written = createTreePages(disk, rows, 0);
    const refs = [written.add(nodeOf(0))];
    await flush(disk, written);
    // The first answer is as of the call, but comes late.
    const release = Promise.withResolvers<void>();
    let calls = 0;
    const store: Store = {
      ...disk,
      async get(key) {
        calls += 1;
        const isFirst = calls === 1;
        const value = await disk.get(key);
        if (isFirst) await release.promise;
        return value;
      },
    };
    const pages = createTreePages(store, rows, 1);
    const late = pages.read(refs[0] as number);
    refs.push(pages.add(nodeOf(1)));
    await flush(store, pages);
    pages.clear();
    release.resolve();
    assert.deepEqual(await late, nodeOf(0));
    await requireNodes(pages, refs, [nodeOf(0), nodeOf(1)]);
    refs.push(pages.add(nodeOf(2)));
    await flush(store, pages);
    const nodes = [nodeOf(0), nodeOf(1), nodeOf(2)];
    await requireNodes(createTreePages(disk, rows, 3), refs, nodes);
  });

  test('that are missing or broken are damage', async () => {
    const pages = createTreePages(createMemoryStore(), rows, 1);
    await assert.rejects(pages.read(2), /dag\/store-corrupt/);
    const row = encodeTreePage([nodeOf(0), nodeOf(1)]);
    assert.deepEqual(decodeTreePage(row), [nodeOf(0), nodeOf(1)]);
    assert.throws(() => decodeTreePage(row.subarray(0, -1)), /dag\/store-corrupt/);
    assert.throws(() => decodeTreePage(new Uint8Array([2])), /dag\/store-corrupt/);
    const tooMany = Array.from({ length: PAGE_NODES + 1 }, () => nodeOf(0));
    assert.throws(() => decodeTreePage(encodeTreePage(tooMany)), /dag\/store-corrupt/);
  });
});

/** Leaves and branches in turns. */
function nodeOf(seed: number): TreeNode {
  if (seed % 2 === 0) return new Uint8Array(LEAF_POSITIONS / 8).fill(seed);
  return Array.from({ length: BRANCH_CHILDREN }, (_, child) => seed * child ** 3);
}

async function flush(store: Store, pages: TreePages): Promise<void> {
  await store.write(await pages.stagedRows());
  pages.commitStaged();
}

async function requireNodes(
  pages: TreePages,
  refs: readonly number[],
  nodes: readonly TreeNode[],
): Promise<void> {
  for (const [index, ref] of refs.entries()) assert.deepEqual(await pages.read(ref), nodes[index]);
}
