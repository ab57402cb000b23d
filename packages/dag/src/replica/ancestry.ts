import { judgePosition } from './ancestor-label.ts';
import type { IndexRecord } from './index-record.ts';
import type { VertexIndex } from './vertex-index.ts';

/**
 * Whether `a` is an ancestor of `b`, and not `b` itself (PIP-1001 §4).
 *
 * Nearly always the label of `b` answers at once. Where it forgot (a history
 * that alternated more than 64 times between branches before they met), the
 * runs of single parents are walked by their jumps and only merges are
 * searched, those above `a` alone. The work is bounded by the merges between
 * the two, never by the length of the history.
 */
export async function isAncestor(
  index: VertexIndex,
  a: IndexRecord,
  b: IndexRecord,
  signal?: AbortSignal,
): Promise<boolean> {
  // Both grow from parent to child, so an equal or later one cannot be above.
  if (a.position >= b.position || a.time >= b.time) return false;
  const seen = new Set<number>([b.position]);
  const open: IndexRecord[] = [b];
  for (let record = open.pop(); record !== undefined; record = open.pop()) {
    const verdict = judgePosition(record.label, a.position);
    if (verdict === 'ancestor') return true;
    if (verdict === 'no-ancestor') continue;
    if (record.runStart === a.runStart && (await isOnRun(index, a, record, signal))) return true;
    // Whatever lies below the start of the run came before `a`.
    if (record.runStart <= a.position) continue;
    const start = await index.byPosition(record.runStart, signal);
    for (const parent of start?.parents ?? []) {
      if (parent < a.position || seen.has(parent)) continue;
      seen.add(parent);
      // A parent without a record was pruned, and so was all that is below it.
      const parentRecord = await index.byPosition(parent, signal);
      if (parentRecord !== undefined) open.push(parentRecord);
    }
  }
  return false;
}

/** The place of a new vertex in its run. */
export async function runAbove(
  index: VertexIndex,
  position: number,
  parents: readonly IndexRecord[],
): Promise<Pick<IndexRecord, 'runStart' | 'runDepth' | 'runJump'>> {
  const parent = parents[0];
  if (parent === undefined || parents.length > 1) {
    return { runStart: position, runDepth: 0, runJump: position };
  }
  const { runStart } = parent;
  const runDepth = parent.runDepth + 1;
  const near = await index.byPosition(parent.runJump);
  const far = near === undefined ? undefined : await index.byPosition(near.runJump);
  // Jumps double in length as the digits of skew binary numbers do: two equal ones make the next.
  const doubles =
    near !== undefined &&
    far !== undefined &&
    parent.runDepth - near.runDepth === near.runDepth - far.runDepth;
  return { runStart, runDepth, runJump: doubles ? far.position : parent.position };
}

/** Whether `a` is on the path of single parents from `b` down. Both have the same start. */
async function isOnRun(
  index: VertexIndex,
  a: IndexRecord,
  b: IndexRecord,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let current: IndexRecord | undefined = b;
  while (current !== undefined && current.runDepth > a.runDepth) {
    const jump: IndexRecord | undefined = await index.byPosition(current.runJump, signal);
    const canJump = jump !== undefined && jump.runDepth >= a.runDepth;
    current = canJump ? jump : await index.byPosition(current.parents[0] ?? -1, signal);
  }
  return current?.position === a.position;
}
