import { compareBytes } from '@pars/base';
import { bytesToKey } from '../byte-key.ts';
import { createElementOrder, type ElementOrder } from './element-order.ts';
import type { Element, Run, RunPlace } from './rga-run.ts';

/**
 * The order of a text as a tree of runs. Whatever was written into one gap by
 * somebody who saw nothing else there hangs below the first run of it, so
 * concurrent runs stand one after the other, never through each other.
 */
export interface RunTree {
  run(id: Uint8Array): Run | undefined;
  /** Hangs a new run; `undefined` when the place is none: not in range, or after the middle of a run. */
  add(id: Uint8Array, characters: readonly string[], place: RunPlace | undefined): Run | undefined;
  /** Marks characters as removed; what is removed already stays so. Beyond the end of the run: what is there. */
  remove(run: Run, offset: number, count: number): void;
  readonly runCount: number;
  /** Characters that are not removed. */
  readonly visibleCount: number;
  /** Of those, `count` from `index` on, in order. */
  visible(index: number, count: number): readonly Element[];
  /** All characters, removed ones too, in order. */
  elements(): Element[];
  /** For each of {@link elements}, whether it is not removed. */
  shown(): boolean[];
  /** All runs, each after the one that it hangs on, in one order for one tree. */
  runs(): readonly Run[];
  /** The place of a new run behind a character, removed or not, or at the beginning. */
  placeBehind(element: Element | undefined): RunPlace | undefined;
}

/** An empty text. */
export function createRunTree(): RunTree {
  const runByKey = new Map<string, Run>();
  const roots: Run[] = [];
  // Made when somebody asks, and then kept up with what is applied.
  let order: ElementOrder | undefined;

  function ordered(): ElementOrder {
    order ??= createElementOrder(walk(roots).elements);
    return order;
  }

  /** Puts a run that hangs already into the order, or forgets the order when its place is too far to look for. */
  function putInOrder(run: Run, siblings: readonly Run[], at: number): void {
    if (order === undefined) return;
    const next = placeInOrder(run, siblings, at, order);
    if (next === 'far') order = undefined;
    else order.insert(run, next);
  }

  return {
    run: (id) => runByKey.get(bytesToKey(id)),
    add(id, characters, place) {
      const siblings = siblingsAt(roots, place);
      if (siblings === undefined) return undefined;
      const run: Run = {
        id,
        number: runByKey.size,
        characters,
        removed: new Uint8Array(characters.length),
        place,
        before: new Map(),
        after: [],
      };
      const at = insertSorted(siblings, run);
      runByKey.set(bytesToKey(id), run);
      putInOrder(run, siblings, at);
      return run;
    },
    remove(run, offset, count) {
      const end = Math.min(offset + count, run.characters.length);
      for (let at = offset; at < end; at += 1) {
        if (run.removed[at] === 1) continue;
        run.removed[at] = 1;
        order?.hide(order.elementOf(run, at));
      }
    },
    get runCount() {
      return runByKey.size;
    },
    get visibleCount() {
      return ordered().visibleCount;
    },
    visible: (index, count) => ordered().visible(index, count),
    elements: () => ordered().all(),
    shown: () => ordered().shown(),
    runs: () => walk(roots).runs,
    placeBehind(behind) {
      const next = ordered().following(behind);
      // Whoever has followers already: the new run comes before the first of them.
      const isFree =
        behind === undefined
          ? roots.length === 0
          : behind.offset === behind.run.characters.length - 1 && behind.run.after.length === 0;
      if (!isFree && next !== undefined) {
        return { parent: next.run, offset: next.offset, side: 'before' };
      }
      if (behind === undefined) return undefined;
      return { parent: behind.run, offset: behind.offset, side: 'after' };
    },
  };
}

/**
 * The character before which a new run comes, the `at`th of its siblings; `undefined` for the end, or `far`
 * when that takes more than {@link MAX_STEPS} to find: below siblings that
 * somebody typed letter by letter, or on purpose.
 */
function placeInOrder(
  run: Run,
  siblings: readonly Run[],
  at: number,
  order: ElementOrder,
): Element | 'far' | undefined {
  const { place } = run;
  const after = siblings[at + 1];
  if (after !== undefined) {
    let first = after;
    for (let steps = 0; steps < MAX_STEPS; steps += 1) {
      const below = first.before.get(0)?.[0];
      if (below === undefined) return order.elementOf(first, 0);
      first = below;
    }
    return 'far';
  }
  if (place === undefined) return undefined;
  if (place.side === 'before') return order.elementOf(place.parent, place.offset);
  let last = siblings.at(-2) ?? place.parent;
  for (let steps = 0; steps < MAX_STEPS; steps += 1) {
    const below = last === place.parent ? undefined : last.after.at(-1);
    if (below === undefined) {
      return order.following(order.elementOf(last, last.characters.length - 1));
    }
    last = below;
  }
  return 'far';
}

const MAX_STEPS = 1024;

/** Where a run at that place stands among others; `undefined` when there is no such place. */
function siblingsAt(roots: Run[], place: RunPlace | undefined): Run[] | undefined {
  if (place === undefined) return roots;
  const { parent, offset, side } = place;
  if (offset < 0 || offset >= parent.characters.length) return undefined;
  if (side === 'after') return offset === parent.characters.length - 1 ? parent.after : undefined;
  const siblings = parent.before.get(offset) ?? [];
  parent.before.set(offset, siblings);
  return siblings;
}

/** Where it then is. */
function insertSorted(siblings: Run[], run: Run): number {
  let low = 0;
  let high = siblings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes((siblings[middle] as Run).id, run.id) < 0) low = middle + 1;
    else high = middle;
  }
  siblings.splice(low, 0, run);
  return low;
}

/** In order, without recursion: a text that was typed letter by letter is as deep as it is long. */
function walk(roots: readonly Run[]): {
  readonly elements: readonly Element[];
  readonly runs: readonly Run[];
} {
  const elements: Element[] = [];
  const runs: Run[] = [];
  // What is still to be visited, the next one last.
  const open = roots.toReversed().map(startOf);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { run } = next;
    let { offset, isPassed } = next;
    if (offset === 0 && !isPassed) runs.push(run);
    while (offset < run.characters.length && (isPassed || !run.before.has(offset))) {
      elements.push({ run, offset });
      offset += 1;
      isPassed = false;
    }
    const isAtEnd = offset === run.characters.length;
    if (!isAtEnd) open.push({ run, offset, isPassed: true });
    const hanging = isAtEnd ? run.after : (run.before.get(offset) ?? []);
    // One by one: strangers may hang more here than a call has arguments.
    for (let at = hanging.length - 1; at >= 0; at -= 1) open.push(startOf(hanging[at] as Run));
  }
  return { elements, runs };
}

/** A visit of a run from some character on. */
interface Visit {
  readonly run: Run;
  readonly offset: number;
  /** Whether the runs that hang before that character were visited. */
  readonly isPassed: boolean;
}

function startOf(run: Run): Visit {
  return { run, offset: 0, isPassed: false };
}
