import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  BRANCH_CHILDREN,
  heightFor,
  LEAF_POSITIONS,
  listAbsent,
  NO_POSITIONS,
  type PositionTree,
  type TreeNode,
  type TreeNodes,
  treeHas,
  uniteTrees,
} from './position-tree.ts';

const BRANCH = LEAF_POSITIONS * BRANCH_CHILDREN;

// Starts near each other, near the edges of leaves and branches, and far away.
const start = fc
  .tuple(fc.constantFrom(0, LEAF_POSITIONS, BRANCH, 2 * BRANCH, BRANCH * 64), fc.nat({ max: 40 }))
  .map(([near, offset]) => Math.max(0, near - 20 + offset));
const range = fc.tuple(start, fc.constantFrom(0, 1, 7, LEAF_POSITIONS - 1, 3 * LEAF_POSITIONS));
const sets = fc.array(fc.array(range, { minLength: 1, maxLength: 8 }), {
  minLength: 1,
  maxLength: 5,
});

test('a union holds what one of its parts holds, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(sets, fc.array(range, { maxLength: 6 }), async (parts, more) => {
      const nodes = createNodes();
      const trees: PositionTree[] = [];
      for (const part of parts) trees.push(await treeOf(nodes, [], part));
      const united = await treeOf(nodes, trees, more);
      const model = new Set([...parts.flat(), ...more].flatMap(positionsOf));
      for (const position of probesOf([...parts.flat(), ...more])) {
        if (heightFor(position + 1) > united.height) continue;
        assert.equal(await treeHas(nodes, united, position), model.has(position), `${position}`);
      }
    }),
  );
});

test('what is absent is listed in order, from anywhere, in portions', async () => {
  await fc.assert(
    fc.asyncProperty(sets, start, fc.integer({ min: 1, max: 700 }), async (parts, first, limit) => {
      const nodes = createNodes();
      const trees: PositionTree[] = [];
      for (const part of parts) trees.push(await treeOf(nodes, [], part));
      const model = new Set(parts.flat().flatMap(positionsOf));
      const end = first + 2 * LEAF_POSITIONS;
      const expected: number[] = [];
      for (let at = first; at < end && expected.length < limit; at += 1) {
        if (!model.has(at)) expected.push(at);
      }
      assert.deepEqual(await listAbsent(nodes, trees, first, end, limit), expected);
    }),
  );
});

test('a set that adds nothing makes no nodes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(range, { minLength: 1, maxLength: 8 }), async (part) => {
      const nodes = createNodes();
      const tree = await treeOf(nodes, [], part);
      const count = nodes.count;
      const again = await treeOf(nodes, [tree, tree], part);
      assert.deepEqual([again, nodes.count], [tree, count]);
    }),
  );
});

test('a look takes no more nodes than the tree is high', async () => {
  const nodes = createNodes();
  const odd = Array.from({ length: 3000 }, (_, index) => [2 * index * 300, 0] as const);
  const tree = await treeOf(nodes, [], odd);
  assert.equal(tree.height, heightFor(2_000_000));
  for (let position = 0; position < 1_800_000; position += 777) {
    nodes.reads = 0;
    await treeHas(nodes, tree, position);
    assert.ok(nodes.reads <= tree.height + 1);
  }
});

test('whole spans take no nodes at all', async () => {
  const nodes = createNodes();
  const ref = await uniteTrees(nodes, [], [0, BRANCH - 1], 1);
  assert.equal(nodes.count, 0);
  assert.deepEqual(await listAbsent(nodes, [{ ref, height: 1 }], 0, BRANCH + 2, 9), [
    BRANCH,
    BRANCH + 1,
  ]);
  assert.equal(await uniteTrees(nodes, [], [], 1), NO_POSITIONS);
});

interface CountingNodes extends TreeNodes {
  readonly count: number;
  reads: number;
}

function createNodes(): CountingNodes {
  const list: TreeNode[] = [];
  return {
    reads: 0,
    get count() {
      return list.length;
    },
    recall: () => undefined,
    async read(ref) {
      this.reads += 1;
      return list[ref - 2] as TreeNode;
    },
    add: (node) => list.push(node) + 1,
  };
}

type Range = readonly [from: number, more: number];

async function treeOf(
  nodes: TreeNodes,
  trees: readonly PositionTree[],
  ranges: readonly Range[],
): Promise<PositionTree> {
  const ascending = [...new Set(ranges.flatMap(positionsOf))].sort((a, b) => a - b);
  const bounds: number[] = [];
  for (const position of ascending) {
    if (bounds.at(-1) === position - 1) bounds[bounds.length - 1] = position;
    else bounds.push(position, position);
  }
  const height = Math.max(heightFor((ascending.at(-1) ?? 0) + 1), ...trees.map((t) => t.height));
  return { ref: await uniteTrees(nodes, trees, bounds, height), height };
}

function positionsOf([from, more]: Range): readonly number[] {
  return Array.from({ length: more + 1 }, (_, index) => from + index);
}

function probesOf(ranges: readonly Range[]): readonly number[] {
  return ranges.flatMap(([from, more]) => [
    ...[0, 1, 2].map((step) => Math.max(0, from - step)),
    ...[0, 1, 2].map((step) => from + more + step),
  ]);
}
