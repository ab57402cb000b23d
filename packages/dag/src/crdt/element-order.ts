import type { Element, Run } from './rga-run.ts';

/**
 * The characters of a text in order, removed ones too, so that a place is found
 * and filled in time far below the length of the text: blocks of up to
 * 256 elements in a list.
 */
export interface ElementOrder {
  /** Puts all characters of a run before one that is there; at the end without `next`. */
  insert(run: Run, next: Element | undefined): void;
  /** Whether there is anything but the end behind a character, and what; the first one without `element`. */
  following(element: Element | undefined): Element | undefined;
  /** Characters that are not removed. */
  readonly visibleCount: number;
  /** To be called once when a character's flag of removal was set. */
  hide(element: Element): void;
  /** The one element for a character that is in here. */
  elementOf(run: Run, offset: number): Element;
  /** All of them, removed ones too. */
  all(): Element[];
  /** For each of {@link all}, whether it is not removed. */
  shown(): boolean[];
  /** Characters that are not removed: `count` from the `index`th of them on, or as many as there are. */
  visible(index: number, count: number): readonly Element[];
}

interface Block {
  readonly places: Place[];
  visible: number;
  /** Place in the list of blocks; holds until the list changes. */
  index: number;
}

interface Place extends Element {
  block: Block;
}

const MAX_BLOCK = 256;

/** These characters, in this order. */
export function createElementOrder(elements: Iterable<Element>): ElementOrder {
  const blocks: Block[] = [];
  let visibleCount = 0;
  const placesByRun = new Map<Run, Place[]>();

  function elementOf(run: Run, offset: number): Place {
    return (placesByRun.get(run) as readonly Place[])[offset] as Place;
  }

  function addBlock(index: number, places: Place[]): Block {
    const block: Block = { places, visible: 0, index };
    for (const place of places) {
      place.block = block;
      if (place.run.removed[place.offset] === 0) block.visible += 1;
    }
    blocks.splice(index, 0, block);
    for (let at = index; at < blocks.length; at += 1) (blocks[at] as Block).index = at;
    return block;
  }

  /** Halves until no block is too long. */
  function split(block: Block): void {
    if (block.places.length <= MAX_BLOCK) return;
    const portions: Place[][] = [];
    for (let start = 0; start < block.places.length; start += MAX_BLOCK / 2) {
      portions.push(block.places.slice(start, start + MAX_BLOCK / 2));
    }
    blocks.splice(block.index, 1);
    for (const [at, portion] of portions.entries()) addBlock(block.index + at, portion);
  }

  let portion: Place[] = [];
  for (const { run, offset } of elements) {
    const place = { run, offset } as Place;
    const places = placesByRun.get(run) ?? [];
    placesByRun.set(run, places);
    places[offset] = place;
    portion.push(place);
    if (portion.length === MAX_BLOCK / 2) {
      addBlock(blocks.length, portion);
      portion = [];
    }
  }
  addBlock(blocks.length, portion);
  for (const { visible } of blocks) visibleCount += visible;

  return {
    elementOf,
    get visibleCount() {
      return visibleCount;
    },
    insert(run, next) {
      const target = next === undefined ? (blocks.at(-1) as Block) : (next as Place).block;
      const at = next === undefined ? target.places.length : target.places.indexOf(next as Place);
      const places = Array.from(
        run.characters,
        (_, offset): Place => ({ run, offset, block: target }),
      );
      placesByRun.set(run, places);
      target.places.splice(at, 0, ...places);
      target.visible += places.length;
      visibleCount += places.length;
      split(target);
    },
    following(element) {
      if (element === undefined) return blocks[0]?.places[0];
      const { block } = element as Place;
      const next = block.places[block.places.indexOf(element as Place) + 1];
      return next ?? blocks[block.index + 1]?.places[0];
    },
    hide(element) {
      (element as Place).block.visible -= 1;
      visibleCount -= 1;
    },
    all: () => blocks.flatMap(({ places }) => places),
    shown: () =>
      blocks.flatMap(({ places, visible }) =>
        visible === places.length
          ? places.map(() => true)
          : places.map(({ run, offset }) => run.removed[offset] === 0),
      ),
    visible(index, count) {
      const found: Element[] = [];
      let skip = index;
      for (const { places, visible } of blocks) {
        if (found.length === count) break;
        if (skip >= visible) skip -= visible;
        else skip = collect(places, skip, count, found);
      }
      return found;
    },
  };
}

/** Adds what is not removed, without the first `skip`; none is left to skip after a block with more. */
function collect(places: readonly Place[], skip: number, count: number, found: Element[]): number {
  let rest = skip;
  for (const place of places) {
    if (found.length === count) break;
    if (place.run.removed[place.offset] !== 0) continue;
    if (rest === 0) found.push(place);
    else rest -= 1;
  }
  return rest;
}
