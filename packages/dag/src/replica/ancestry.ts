import { judgePosition, treesOf } from './ancestor-label.ts';
import type { IndexRecord } from './index-record.ts';
import { type TreeNodes, treeHas } from './position-tree.ts';

/**
 * Whether `a` is an ancestor of `b`, and not `b` itself (PIP-1001 §4). The
 * ranges of `b`'s label nearly always know. Where they do not, one path of its
 * tree does: three nodes at a million vertices, whatever their shape.
 */
export async function isAncestor(
  nodes: TreeNodes,
  a: IndexRecord,
  b: IndexRecord,
  signal?: AbortSignal,
): Promise<boolean> {
  // Both grow from parent to child, so an equal or later one cannot be above.
  if (a.position >= b.position || a.time >= b.time) return false;
  const verdict = judgePosition(b.label, a.position);
  if (verdict !== 'unknown') return verdict === 'ancestor';
  const [tree] = treesOf(b.label);
  return tree !== undefined && (await treeHas(nodes, tree, a.position, signal));
}
