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
  /** The move that counts now, of those that are done. */
  standing: TreeMove | undefined;
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
  const moveBySlot = new Map<Run, TreeMove>();
  /** Ascending. */
  const moves: TreeMove[] = [];
  /** For each move that is done, where its node stood before it. */
  const undo: (TreeMove | undefined)[] = [];

  function slots(parent: TreeNode | undefined): RunTree {
    const known = slotsByParent.get(parent) ?? createRunTree();
    slotsByParent.set(parent, known);
    return known;
  }

  /** Takes back what comes after a late move; `settle` does it again. */
  function add(move: TreeMove): void {
    if (move.slot !== undefined) moveBySlot.set(move.slot, move);
    const at = placeOf(moves, move.stamp);
    while (undo.length > at) {
      const before = undo.pop();
      (moves[undo.length] as TreeMove).node.standing = before;
    }
    moves.splice(at, 0, move);
  }

  /** Does what is to be done. */
  function settle(): void {
    while (undo.length < moves.length) {
      const move = moves[undo.length] as TreeMove;
      const { node } = move;
      undo.push(node.standing);
      if (move.slot === undefined || canStand(move)) node.standing = move;
    }
  }

  function canStand({ node, parent }: TreeMove): boolean {
    let above = parent;
    for (let depth = 0; above !== undefined; depth += 1) {
      if (above === node || depth === MAX_TREE_DEPTH) return false;
      above = above.standing?.parent;
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
      const node: TreeNode = nodeByKey.get(key) ?? {
        id,
        values: new Map(),
        standing: undefined,
      };
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
        const move = moveBySlot.get(slot.run);
        if (move !== undefined && move.node.standing === move)
          shown.push({ node: move.node, slot });
      }
      return shown;
    },
    isThere(node) {
      settle();
      for (let at: TreeNode | undefined = node; at !== undefined; ) {
        const move: TreeMove | undefined = at.standing;
        if (move?.slot === undefined) return false;
        at = move.parent;
      }
      return true;
    },
    parentOf(node) {
      settle();
      return node.standing?.parent;
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

/** Where a stamp belongs among moves in ascending order; mostly at the end. */
function placeOf(moves: readonly TreeMove[], stamp: EditStamp): number {
  const last = moves.at(-1);
  if (last === undefined || compareStamps(last.stamp, stamp) < 0) return moves.length;
  let [low, high] = [0, moves.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareStamps((moves[middle] as TreeMove).stamp, stamp) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
