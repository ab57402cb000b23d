import { ParsError, type Store, type StoreWrite } from '@pars/base';
import {
  BRANCH_CHILDREN,
  LEAF_POSITIONS,
  type TreeNode,
  type TreeNodes,
  type TreeRef,
} from './position-tree.ts';
import { createRecentMap } from './recent-map.ts';
import type { ReplicaRows } from './replica-rows.ts';
import { IntegerReader, integerSize, writeInteger } from './row-integers.ts';

/** Nodes of trees in the store, 64 a row, in the order in which they were made. */
export interface TreePages extends TreeNodes {
  /** How many there are, with those about to be written. */
  readonly count: number;
  /** How many are about to be written. */
  readonly stagedCount: number;
  /** The rows of what is about to be written. */
  stagedRows(signal?: AbortSignal): Promise<readonly StoreWrite[]>;
  /** What was staged is in the store now. */
  commitStaged(): void;
  /** What was staged will never be in the store. */
  dropStaged(): void;
  /** Forgets what was read: rows were deleted. */
  clear(): void;
}

/** Nodes of a row. */
export const PAGE_NODES = 64;

/** The pages of a replica whose store holds `storedCount` nodes. At most 2 × 128 pages are kept in memory. */
export function createTreePages(store: Store, rows: ReplicaRows, storedCount: number): TreePages {
  const pages = createRecentMap<number, readonly TreeNode[]>(128);
  let stored = storedCount;
  let staged: TreeNode[] = [];
  let writtenPages = new Map<number, readonly TreeNode[]>();

  /** A page with `least` nodes or more. */
  async function pageAt(
    page: number,
    least: number,
    signal?: AbortSignal,
  ): Promise<readonly TreeNode[]> {
    const known = pages.get(page);
    if (known !== undefined && known.length >= least) return known;
    const row = await store.get(rows.treePage(page), signal);
    const nodes = row === undefined ? [] : decodeTreePage(row);
    if (nodes.length < least) throw new ParsError('dag/store-corrupt');
    // Whoever asks while the page is written anew may get the old one late: a longer one stays.
    if (nodes.length > (pages.get(page)?.length ?? 0)) pages.set(page, nodes);
    return nodes;
  }

  return {
    get count() {
      return stored + staged.length;
    },
    get stagedCount() {
      return staged.length;
    },
    recall(ref) {
      const number = numberOf(ref);
      if (number >= stored) return staged[number - stored];
      return pages.get(Math.floor(number / PAGE_NODES))?.[number % PAGE_NODES];
    },
    async read(ref, signal) {
      const number = numberOf(ref);
      if (number >= stored) return requireNode(staged[number - stored]);
      const slot = number % PAGE_NODES;
      const page = await pageAt(Math.floor(number / PAGE_NODES), slot + 1, signal);
      return requireNode(page[slot]);
    },
    add(node) {
      staged.push(node);
      return refOf(stored + staged.length - 1);
    },
    async stagedRows(signal) {
      writtenPages = new Map();
      if (staged.length === 0) return [];
      const writes: StoreWrite[] = [];
      const begun = stored % PAGE_NODES;
      let page = Math.floor(stored / PAGE_NODES);
      const before = begun === 0 ? [] : (await pageAt(page, begun, signal)).slice(0, begun);
      const nodes = [...before, ...staged];
      for (let from = 0; from < nodes.length; from += PAGE_NODES) {
        const portion = nodes.slice(from, from + PAGE_NODES);
        writes.push({ key: rows.treePage(page), value: encodeTreePage(portion) });
        writtenPages.set(page, portion);
        page += 1;
      }
      return writes;
    },
    commitStaged() {
      // New nodes are asked for soonest; and the page before them is longer now than it was.
      for (const [page, nodes] of writtenPages) pages.set(page, nodes);
      writtenPages = new Map();
      stored += staged.length;
      staged = [];
    },
    dropStaged() {
      writtenPages = new Map();
      staged = [];
    },
    clear: () => pages.clear(),
  };
}

/** The row of up to 64 nodes: 0 and the bits of a leaf, or 1 and the 64 references of a branch. */
export function encodeTreePage(nodes: readonly TreeNode[]): Uint8Array {
  const bytes = new Uint8Array(nodes.reduce((sum, node) => sum + nodeSize(node), 0));
  let offset = 0;
  for (const node of nodes) {
    if (node instanceof Uint8Array) {
      bytes.set(node, offset + 1);
      offset += nodeSize(node);
      continue;
    }
    bytes[offset] = 1;
    offset += 1;
    for (const child of node) offset = writeInteger(bytes, offset, child);
  }
  return bytes;
}

/** Reads a row that {@link encodeTreePage} made; any other is damage: `ParsError`. */
export function decodeTreePage(row: Uint8Array): readonly TreeNode[] {
  const nodes: TreeNode[] = [];
  const reader = new IntegerReader(row, 0);
  while (reader.offset < row.length) {
    const kind = reader.next();
    if (kind > 1 || nodes.length === PAGE_NODES) throw new ParsError('dag/store-corrupt');
    if (kind === 0) {
      const leaf = row.slice(reader.offset, reader.offset + LEAF_POSITIONS / 8);
      if (leaf.length !== LEAF_POSITIONS / 8) throw new ParsError('dag/store-corrupt');
      nodes.push(leaf);
      reader.offset += leaf.length;
    } else {
      const children: TreeRef[] = [];
      for (let child = 0; child < BRANCH_CHILDREN; child += 1) children.push(reader.next());
      nodes.push(children);
    }
  }
  return nodes;
}

function requireNode(node: TreeNode | undefined): TreeNode {
  if (node === undefined) throw new ParsError('dag/store-corrupt');
  return node;
}

function nodeSize(node: TreeNode): number {
  if (node instanceof Uint8Array) return 1 + node.length;
  return node.reduce((sum, child) => sum + integerSize(child), 1);
}

// 0 and 1 are no nodes.
function refOf(number: number): TreeRef {
  return number + 2;
}

function numberOf(ref: TreeRef): number {
  return ref - 2;
}
