import { bytesToKey } from '../byte-key.ts';
import type { Run, RunPlace } from '../crdt/rga-run.ts';
import type { DocumentScalar } from './document-edit.ts';
import { createDraftText } from './draft-text.ts';
import { type ListPart, SLOT } from './list-part.ts';

/** A list as one person sees it while they write. Positions count items that are shown. */
export interface DraftList {
  readonly length: number;
  values(): readonly DocumentScalar[];
  /** By the edits that inserted them. A place that is not there is a bug, here and below: `ParsError`. */
  itemsAt(at: number, count: number): readonly Uint8Array[];
  /** Puts an item before what is shown at `at`, and says where that is. */
  insert(id: Uint8Array, at: number, value: DocumentScalar): RunPlace | undefined;
  set(at: number, value: DocumentScalar): void;
  remove(at: number, count: number): void;
  /** Puts an item to where it then is at `to`, into a slot called `id`. */
  move(id: Uint8Array, at: number, to: number): RunPlace | undefined;
  /** To be called before the list itself changes. */
  freeze(): void;
}

interface SeenItem {
  readonly id: Uint8Array;
  readonly value: DocumentScalar;
}

/** On what `list` holds now. Nothing is copied before it has to be. */
export function createDraftList(list: ListPart): DraftList {
  const slots = createDraftText({ tree: list.slots, marks: [] });
  /** By slots of the draft. */
  const placed = new Map<string, SeenItem>();
  /** By items. */
  const written = new Map<string, DocumentScalar>();
  let frozen: ReadonlyMap<Run, SeenItem> | undefined;

  function itemIn(slot: Run): SeenItem {
    const known = frozen === undefined ? list.itemIn(slot) : frozen.get(slot);
    const { id, value } = placed.get(bytesToKey(slot.id)) ?? (known as SeenItem);
    return { id, value: written.get(bytesToKey(id)) ?? value };
  }

  function itemsAt(at: number, count: number): readonly SeenItem[] {
    return slots.shown(at, count).map(({ run }) => itemIn(run));
  }

  return {
    get length() {
      return slots.length;
    },
    values: () => itemsAt(0, slots.length).map(({ value }) => value),
    itemsAt: (at, count) => itemsAt(at, count).map(({ id }) => id),
    insert(id, at, value) {
      const place = slots.insert(id, at, SLOT);
      placed.set(bytesToKey(id), { id, value });
      return place;
    },
    set(at, value) {
      for (const { id } of itemsAt(at, 1)) written.set(bytesToKey(id), value);
    },
    remove(at, count) {
      slots.remove(at, count);
    },
    move(id, at, to) {
      slots.shown(to, 1);
      const [item] = itemsAt(at, 1);
      slots.remove(at, 1);
      placed.set(bytesToKey(id), item as SeenItem);
      return slots.insert(id, to, SLOT);
    },
    freeze() {
      slots.freeze();
      frozen ??= new Map(
        list.shown().map(({ item: { id, value }, slot }) => [slot.run, { id, value }]),
      );
    },
  };
}
