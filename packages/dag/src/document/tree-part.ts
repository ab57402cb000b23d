import { bytesToKey } from '../byte-key.ts';
import type { Element, Run, RunPlace } from '../crdt/rga-run.ts';
import { createRunTree, type RunTree } from '../crdt/rga-tree.ts';
import type { DocumentScalar } from './document-edit.ts';
import { compareStamps, type EditStamp } from './edit-stamp.ts';
import { SLOT } from './list-part.ts';

/** A node, by the edit that created it. */
export interface TreeNode {
  readonly id: Uint8Array;
  readonly values: Map<string, { readonly stamp: EditStamp; readonly value: DocumentScalar }>;
}

/** Where an edit put a node; without a slot it was removed. */
export interface TreeMove {
  readonly stamp: EditStamp;
  readonly node: TreeNode;
  readonly parent: TreeNode | undefined;
  readonly slot: Run | undefined;
}

/**
 * A tree whose nodes can move. All moves are done in the order of their stamps; one
 * that would put a node below itself, or below a node more than
 * {@link MAX_TREE_DEPTH} deep, does nothing there (PIP-1001 §9.2).
 */
export interface TreePart {
  node(id: Uint8Array): TreeNode | undefined;
  /** The sequence of the slots below a node, or at the top. */
  slots(parent: TreeNode | undefined): RunTree;
  /** Creates the node, unless it is there, and puts it somewhere. `false` when there is no such place. */
  place(
    id: Uint8Array,
    stamp: EditStamp,
    parent: TreeNode | undefined,
    place: RunPlace | undefined,
  ): boolean;
  remove(node: TreeNode, stamp: EditStamp): void;
  set(node: TreeNode, key: string, stamp: EditStamp, value: DocumentScalar): void;
  /** The children that are shown when their parent is, in order. */
  children(
    parent: TreeNode | undefined,
  ): readonly { readonly node: TreeNode; readonly slot: Element }[];
  /** Whether it is at the top or below it, or was removed with what is above it. */
  isThere(node: TreeNode): boolean;
  parentOf(node: TreeNode): TreeNode | undefined;
  nodes(): Iterable<TreeNode>;
  moves(): readonly TreeMove[];
  /** Puts saved ones back. `false` when a node stands there twice. */
  restore(nodes: readonly TreeNode[], moves: readonly TreeMove[]): boolean;
}

/** Deepest place, in nodes above it, below which a node can be put. */
export const MAX_TREE_DEPTH = 256;

export function createTreePart(): TreePart {
  const nodeByKey = new Map<string, TreeNode>();
  const slotsByParent = new Map<TreeNode | undefined, RunTree>();
  /** Ascending, when settled. */
  const moves: TreeMove[] = [];
  let standing = new Map<TreeNode, TreeMove>();
  let nodeBySlot = new Map<Run, TreeNode>();
  /** How many moves are done. */
  let done = 0;

  function slots(parent: TreeNode | undefined): RunTree {
    const known = slotsByParent.get(parent) ?? createRunTree();
    slotsByParent.set(parent, known);
    return known;
  }

  function add(move: TreeMove): void {
    const last = moves.at(-1);
    if (last !== undefined && compareStamps(move.stamp, last.stamp) < 0) done = -1;
    moves.push(move);
  }

  /** Does what is to be done; from the beginning when something came late. */
  function settle(): void {
    if (done === -1) {
      moves.sort((a, b) => compareStamps(a.stamp, b.stamp));
      standing = new Map();
      nodeBySlot = new Map();
      done = 0;
    }
    for (; done < moves.length; done += 1) {
      const move = moves[done] as TreeMove;
      const before = standing.get(move.node);
      if (move.slot !== undefined && !canStand(move)) continue;
      if (before?.slot !== undefined) nodeBySlot.delete(before.slot);
      if (move.slot !== undefined) nodeBySlot.set(move.slot, move.node);
      standing.set(move.node, move);
    }
  }

  function canStand({ node, parent }: TreeMove): boolean {
    let above = parent;
    for (let depth = 0; above !== undefined; depth += 1) {
      if (above === node || depth === MAX_TREE_DEPTH) return false;
      above = standing.get(above)?.parent;
    }
    return true;
  }

  return {
    node: (id) => nodeByKey.get(bytesToKey(id)),
    slots,
    place(id, stamp, parent, place) {
      const slot = slots(parent).add(stamp.id, SLOT, place);
      if (slot === undefined) return false;
      const key = bytesToKey(id);
      const node: TreeNode = nodeByKey.get(key) ?? { id, values: new Map() };
      nodeByKey.set(key, node);
      add({ stamp, node, parent, slot });
      return true;
    },
    remove: (node, stamp) => add({ stamp, node, parent: undefined, slot: undefined }),
    set(node, key, stamp, value) {
      const written = node.values.get(key);
      if (written !== undefined && compareStamps(stamp, written.stamp) < 0) return;
      node.values.set(key, { stamp, value });
    },
    children(parent) {
      settle();
      const shown: { readonly node: TreeNode; readonly slot: Element }[] = [];
      for (const slot of slotsByParent.get(parent)?.elements() ?? []) {
        const node = nodeBySlot.get(slot.run);
        if (node !== undefined) shown.push({ node, slot });
      }
      return shown;
    },
    isThere(node) {
      settle();
      for (let at: TreeNode | undefined = node; at !== undefined; ) {
        const move: TreeMove | undefined = standing.get(at);
        if (move?.slot === undefined) return false;
        at = move.parent;
      }
      return true;
    },
    parentOf(node) {
      settle();
      return standing.get(node)?.parent;
    },
    nodes: () => nodeByKey.values(),
    moves: () => moves,
    restore(nodes, saved) {
      for (const node of nodes) {
        if (nodeByKey.has(bytesToKey(node.id))) return false;
        nodeByKey.set(bytesToKey(node.id), node);
      }
      for (const move of saved) add(move);
      return true;
    },
  };
}
