import { ParsError } from '@pars/base';

/** A set of positions: {@link NO_POSITIONS}, {@link ALL_POSITIONS}, or 2 more than the number of a node. */
export type TreeRef = number;

/** None of the positions of the span. */
export const NO_POSITIONS: TreeRef = 0;
/** Every position of the span. */
export const ALL_POSITIONS: TreeRef = 1;

/** Positions of a leaf. */
export const LEAF_POSITIONS = 512;
/** Children of a branch. */
export const BRANCH_CHILDREN = 64;

/** A leaf: 64 bytes of bits, the lowest position first. A branch: the sets of its 64 equal parts. */
export type TreeNode = Uint8Array | readonly TreeRef[];

/** Where nodes are. They never change; equal parts of two sets may be one node. */
export interface TreeNodes {
  /** The node when it is in memory. */
  recall(ref: TreeRef): TreeNode | undefined;
  read(ref: TreeRef, signal?: AbortSignal): Promise<TreeNode>;
  add(node: TreeNode): TreeRef;
}

/** A set of positions below some end. Its span is the least that a tree of its height covers. */
export interface PositionTree {
  readonly ref: TreeRef;
  /** 0: the root is a leaf. */
  readonly height: number;
}

/** The height of a tree for positions below `end`: 1 for 32,768, 2 for 2 million, 3 for 134 million. */
export function heightFor(end: number): number {
  let height = 0;
  for (let size = LEAF_POSITIONS; size < end; size *= BRANCH_CHILDREN) height += 1;
  return height;
}

/** Whether the position, which is within the tree's span, is in the set: at most `height` + 1 nodes are read. */
export async function treeHas(
  nodes: TreeNodes,
  tree: PositionTree,
  position: number,
  signal?: AbortSignal,
): Promise<boolean> {
  let { ref, height } = tree;
  let offset = position;
  while (ref !== NO_POSITIONS && ref !== ALL_POSITIONS) {
    const node = nodes.recall(ref) ?? (await nodes.read(ref, signal));
    if (height === 0) return hasBit(leafOf(node), offset);
    const size = sizeOf(height - 1);
    ref = branchOf(node)[Math.floor(offset / size)] as TreeRef;
    offset %= size;
    height -= 1;
  }
  return ref === ALL_POSITIONS;
}

/**
 * The union of sets and of inclusive ranges `[from, to, from, to, …]`, ascending.
 * The span of the result is that of `height`, which no set exceeds. Reads and
 * adds nodes only where the sets differ.
 */
export async function uniteTrees(
  nodes: TreeNodes,
  trees: readonly PositionTree[],
  ranges: readonly number[],
  height: number,
): Promise<TreeRef> {
  return await uniteSpan(nodes, trees, ranges, height, 0);
}

async function uniteSpan(
  nodes: TreeNodes,
  given: readonly PositionTree[],
  ranges: readonly number[],
  height: number,
  start: number,
): Promise<TreeRef> {
  const end = start + sizeOf(height);
  if (ranges[0] === start && ranges[1] === end - 1) return ALL_POSITIONS;
  const trees = distinctTrees(given);
  const [only] = trees;
  if (trees.some((tree) => isAll(tree, height))) return ALL_POSITIONS;
  if (only === undefined && ranges.length === 0) return NO_POSITIONS;
  if (only?.height === height && trees.length === 1 && ranges.length === 0) return only.ref;

  const sources: Source[] = [];
  for (const { ref, height: own } of trees) {
    if (own === height) sources.push({ ref, node: nodes.recall(ref) ?? (await nodes.read(ref)) });
  }
  if (height === 0) return addLeaf(nodes, sources, ranges, start);

  const branches = sources.map(({ node }) => branchOf(node));
  // A set of a smaller span is the first part of this one.
  const smaller = trees.filter((tree) => tree.height < height);
  const children: TreeRef[] = [];
  const size = sizeOf(height - 1);
  let next = 0;
  for (let child = 0; child < BRANCH_CHILDREN; child += 1) {
    const from = start + child * size;
    const to = from + size - 1;
    while (next < ranges.length && (ranges[next + 1] as number) < from) next += 2;
    const hasRange = next < ranges.length && (ranges[next] as number) <= to;
    const isUntouched = !hasRange && (child > 0 || smaller.length === 0);
    const common = isUntouched ? commonChild(branches, child) : undefined;
    children.push(
      common ??
        (await uniteSpan(
          nodes,
          partsAt(branches, child, height - 1, child === 0 ? smaller : []),
          hasRange ? clipRanges(ranges, next, from, to) : [],
          height - 1,
          from,
        )),
    );
  }
  if (children.every((child) => child === ALL_POSITIONS)) return ALL_POSITIONS;
  const same = sources.find((_, index) =>
    children.every((child, at) => child === branches[index]?.[at]),
  );
  return same?.ref ?? nodes.add(children);
}

/** The union of one child of several branches, where it takes no reading to know it. */
function commonChild(
  branches: readonly (readonly TreeRef[])[],
  child: number,
): TreeRef | undefined {
  let common = NO_POSITIONS;
  let differ = false;
  for (const branch of branches) {
    const ref = branch[child] as TreeRef;
    if (ref === ALL_POSITIONS) return ALL_POSITIONS;
    if (ref === NO_POSITIONS || ref === common) continue;
    if (common !== NO_POSITIONS) differ = true;
    common = ref;
  }
  return differ ? undefined : common;
}

function partsAt(
  branches: readonly (readonly TreeRef[])[],
  child: number,
  height: number,
  smaller: readonly PositionTree[],
): readonly PositionTree[] {
  const parts = [...smaller];
  for (const branch of branches) parts.push({ ref: branch[child] as TreeRef, height });
  return parts;
}

interface Source {
  readonly ref: TreeRef;
  readonly node: TreeNode;
}

function addLeaf(
  nodes: TreeNodes,
  sources: readonly Source[],
  ranges: readonly number[],
  start: number,
): TreeRef {
  const bits = new Uint8Array(LEAF_POSITIONS / 8);
  for (const { node } of sources) {
    const leaf = leafOf(node);
    for (let at = 0; at < bits.length; at += 1) bits[at] = (bits[at] as number) | (leaf[at] ?? 0);
  }
  for (let at = 0; at < ranges.length; at += 2) {
    const to = (ranges[at + 1] as number) - start;
    for (let offset = (ranges[at] as number) - start; offset <= to; offset += 1) {
      bits[offset >> 3] = (bits[offset >> 3] as number) | (1 << (offset & 7));
    }
  }
  if (bits.every((byte) => byte === 255)) return ALL_POSITIONS;
  for (const { ref, node } of sources) if (isSameLeaf(bits, leafOf(node))) return ref;
  return nodes.add(bits);
}

function isSameLeaf(a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}

/**
 * Up to `limit` positions from `first` to before `end` that are in none of the
 * sets, ascending. What is wholly inside or outside of them is not read.
 */
export async function listAbsent(
  nodes: TreeNodes,
  trees: readonly PositionTree[],
  first: number,
  end: number,
  limit: number,
  signal?: AbortSignal,
): Promise<readonly number[]> {
  const absent: number[] = [];
  const height = Math.max(heightFor(end), ...trees.map((tree) => tree.height));
  await listSpan(trees, height, 0);
  return absent;

  async function listSpan(
    given: readonly PositionTree[],
    height: number,
    start: number,
  ): Promise<void> {
    const from = Math.max(first, start);
    const to = Math.min(end, start + sizeOf(height));
    if (from >= to || absent.length >= limit) return;
    const parts = distinctTrees(given);
    if (parts.some((tree) => isAll(tree, height))) return;
    if (parts.length === 0) {
      for (let at = from; at < to && absent.length < limit; at += 1) absent.push(at);
      return;
    }
    const found = parts.filter((tree) => tree.height === height);
    const read: TreeNode[] = [];
    for (const { ref } of found) read.push(nodes.recall(ref) ?? (await nodes.read(ref, signal)));
    if (height === 0) {
      const leaves = read.map(leafOf);
      for (let at = from; at < to && absent.length < limit; at += 1) {
        if (!leaves.some((leaf) => hasBit(leaf, at - start))) absent.push(at);
      }
      return;
    }
    const branches = read.map(branchOf);
    const smaller = parts.filter((tree) => tree.height < height);
    const size = sizeOf(height - 1);
    const firstChild = Math.floor((from - start) / size);
    // What is known without reading is passed over here: sets of old positions are mostly whole.
    for (let child = firstChild; start + child * size < to; child += 1) {
      if (branches.some((branch) => branch[child] === ALL_POSITIONS)) continue;
      const below = branches.map((branch) => ({
        ref: branch[child] as TreeRef,
        height: height - 1,
      }));
      await listSpan(
        child === 0 ? [...smaller, ...below] : below,
        height - 1,
        start + child * size,
      );
      if (absent.length >= limit) return;
    }
  }
}

function isAll(tree: PositionTree, height: number): boolean {
  return tree.ref === ALL_POSITIONS && tree.height === height;
}

/** Without empty ones, each once. */
function distinctTrees(trees: readonly PositionTree[]): readonly PositionTree[] {
  if (trees.length === 1 && trees[0]?.ref !== NO_POSITIONS) return trees;
  const distinct = new Map<TreeRef, PositionTree>();
  for (const tree of trees) {
    if (tree.ref === NO_POSITIONS) continue;
    // Only "all positions" may stand there at two heights: the larger includes the smaller.
    const known = distinct.get(tree.ref);
    if (known === undefined || known.height < tree.height) distinct.set(tree.ref, tree);
  }
  return [...distinct.values()];
}

/** The ranges from index `next` on, as far as they are between `from` and `to`. */
function clipRanges(
  ranges: readonly number[],
  next: number,
  from: number,
  to: number,
): readonly number[] {
  const within: number[] = [];
  for (let at = next; at < ranges.length && (ranges[at] as number) <= to; at += 2) {
    within.push(Math.max(ranges[at] as number, from), Math.min(ranges[at + 1] as number, to));
  }
  return within;
}

function sizeOf(height: number): number {
  return LEAF_POSITIONS * BRANCH_CHILDREN ** height;
}

function hasBit(leaf: Uint8Array, offset: number): boolean {
  return (((leaf[offset >> 3] ?? 0) >> (offset & 7)) & 1) === 1;
}

function leafOf(node: TreeNode): Uint8Array {
  if (node instanceof Uint8Array) return node;
  throw new ParsError('dag/store-corrupt');
}

function branchOf(node: TreeNode): readonly TreeRef[] {
  if (!(node instanceof Uint8Array)) return node;
  throw new ParsError('dag/store-corrupt');
}
