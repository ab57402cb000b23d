import { ParsError } from '@pars/base';
import type { VertexId } from '../vertex.ts';
import {
  createReplicatedKind,
  type Moment,
  type ReplicatedKind,
  type ReplicatedType,
} from './replicated-type.ts';
import {
  MAX_INSERT_BYTES,
  MAX_REMOVED_RANGES,
  type RgaInsert,
  type RgaOperation,
  type RgaRemove,
  rgaOperationSchema,
  rgaStateSchema,
} from './rga-format.ts';
import type { ElementRef, Run, RunPlace } from './rga-run.ts';
import { restoreRuns, savedRuns } from './rga-saved.ts';
import { createRunTree } from './rga-tree.ts';

/** A text that many write at once. Positions count code points that are not removed. */
export interface Rga extends ReplicatedType<RgaOperation, string> {
  readonly length: number;
  /** The operation that puts `text` before the character at `index`. `ParsError` beyond the end. */
  insert(index: number, text: string): RgaInsert;
  /** The operations that remove `count` characters from `index` on. `ParsError` beyond the end. */
  remove(index: number, count: number): readonly RgaRemove[];
}

/**
 * RGA (PIP-1001 §8.7): a replicated sequence of code points. Runs hang in a tree
 * on the characters next to which they were typed, so that what several people
 * typed into the same gap at the same time is never interleaved.
 *
 * An operation that names a character which its own history does not hold is void.
 * Operations, `insert` and `remove` take time far below the length of the text; the
 * first of them after loading, and `value`, take time in proportion to it with all
 * that was removed.
 */
export const rga: ReplicatedKind<RgaOperation, string, Rga> = createReplicatedKind({
  name: 'rga',
  operation: rgaOperationSchema,
  maxOperationBytes: MAX_INSERT_BYTES + 128,
  state: rgaStateSchema,
  empty: [],
  restore(state, save): Rga | undefined {
    const tree = createRunTree();
    if (restoreRuns(tree, state) === undefined) return undefined;

    async function findRun(ref: ElementRef, at: Moment): Promise<Run | undefined> {
      const run = tree.run(ref.id);
      if (run === undefined || ref.offset >= run.characters.length) return undefined;
      return (await at.includes(ref.id)) ? run : undefined;
    }

    async function applyInsert({ at: next, text }: RgaInsert, at: Moment): Promise<void> {
      let place: RunPlace | undefined;
      if (next !== undefined) {
        const parent = await findRun(next, at);
        if (parent === undefined) return;
        place = { parent, offset: next.offset, side: next.side };
      }
      tree.add(at.id, [...text], place);
    }

    async function applyRemove({ ranges }: RgaRemove, at: Moment): Promise<void> {
      for (const range of ranges) {
        const run = await findRun(range, at);
        if (run !== undefined) tree.remove(run, range.offset, range.count);
      }
    }

    return {
      async apply(operation, at) {
        if (operation.type === 'insert') await applyInsert(operation, at);
        else await applyRemove(operation, at);
      },
      value: () =>
        tree
          .visible(0, Number.POSITIVE_INFINITY)
          .map(({ run, offset }) => run.characters[offset])
          .join(''),
      get length() {
        return tree.visibleCount;
      },
      insert(index, text) {
        requireRange(index, 0, tree.visibleCount);
        const behind = index === 0 ? undefined : tree.visible(index - 1, 1)[0];
        const place = tree.placeBehind(behind);
        if (place === undefined) return { type: 'insert', text };
        const { parent, offset, side } = place;
        return { type: 'insert', at: { id: parent.id as VertexId, offset, side }, text };
      },
      remove(index, count) {
        requireRange(index, count, tree.visibleCount);
        const chosen = tree.visible(index, count);
        return removalsOf(chosen.map(({ run, offset }) => ({ id: run.id as VertexId, offset })));
      },
      save: () => save(savedRuns<VertexId>(tree.runs())),
    };
  },
});

/** Neighbours of one vertex become one range. */
function removalsOf(elements: readonly ElementRef[]): readonly RgaRemove[] {
  const ranges: { readonly id: VertexId; readonly offset: number; readonly count: number }[] = [];
  for (const { id, offset } of elements) {
    const last = ranges.at(-1);
    if (last !== undefined && last.id === id && last.offset + last.count === offset) {
      ranges[ranges.length - 1] = { ...last, count: last.count + 1 };
    } else {
      ranges.push({ id, offset, count: 1 });
    }
  }
  const operations: RgaRemove[] = [];
  for (let start = 0; start < ranges.length; start += MAX_REMOVED_RANGES) {
    operations.push({ type: 'remove', ranges: ranges.slice(start, start + MAX_REMOVED_RANGES) });
  }
  return operations;
}

function requireRange(index: number, count: number, length: number): void {
  const isWhole = Number.isSafeInteger(index) && Number.isSafeInteger(count);
  if (!isWhole || index < 0 || count < 0 || index + count > length) {
    throw new ParsError('dag/argument', { what: 'range of text' });
  }
}
