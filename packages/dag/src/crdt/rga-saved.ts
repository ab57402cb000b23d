import type { SavedRun } from './rga-format.ts';
import type { Run } from './rga-run.ts';
import type { RunTree } from './rga-tree.ts';

/** Puts saved runs into an empty tree, in their order; `undefined` when no history leads to them. */
export function restoreRuns(
  tree: RunTree,
  saved: readonly SavedRun<Uint8Array>[],
): readonly Run[] | undefined {
  const runs: Run[] = [];
  for (const { id, parent, offset, side, text, removed } of saved) {
    const isRoot = parent === undefined && offset === undefined && side === undefined;
    const parentRun = parent === undefined ? undefined : runs[parent];
    const isPlaced = parentRun !== undefined && offset !== undefined && side !== undefined;
    if (!isRoot && !isPlaced) return undefined;
    const place = isPlaced ? { parent: parentRun, offset, side } : undefined;
    const run = tree.run(id) === undefined ? tree.add(id, [...text], place) : undefined;
    if (run === undefined || !removeSaved(tree, run, removed)) return undefined;
    runs.push(run);
  }
  return runs;
}

/** The runs of a tree as they are saved, each after the one that it hangs on. PIP-1001 §8.7. */
export function savedRuns<Id extends Uint8Array>(runs: readonly Run[]): readonly SavedRun<Id>[] {
  const numberByRun = new Map(runs.map((run, number) => [run, number]));
  return runs.map((run) => ({
    id: run.id as Id,
    ...(run.place === undefined
      ? {}
      : {
          parent: numberByRun.get(run.place.parent) as number,
          offset: run.place.offset,
          side: run.place.side,
        }),
    text: run.characters.join(''),
    removed: alternations(run.removed),
  }));
}

function alternations(removed: Uint8Array): readonly number[] {
  const lengths: number[] = [];
  let current = 0;
  let length = 0;
  for (const flag of removed) {
    if (flag !== current) {
      lengths.push(length);
      length = 0;
      current = flag;
    }
    length += 1;
  }
  if (current === 1) lengths.push(length);
  return lengths;
}

/** Whether the alternating lengths fit the run; it then has them. */
function removeSaved(tree: RunTree, run: Run, lengths: readonly number[]): boolean {
  let offset = 0;
  for (const [turn, length] of lengths.entries()) {
    if (length > run.characters.length - offset) return false;
    if (turn % 2 === 1) tree.remove(run, offset, length);
    offset += length;
  }
  return true;
}
