import { bytesToKey } from '../byte-key.ts';
import type { Element, Run, RunPlace } from '../crdt/rga-run.ts';
import { createRunTree, type RunTree } from '../crdt/rga-tree.ts';
import type { DocumentScalar } from './document-edit.ts';
import { compareStamps, type EditStamp } from './edit-stamp.ts';

/** A list whose items can move: a sequence of slots, and for each item the slot of its latest move. */
export interface ListPart {
  readonly slots: RunTree;
  item(id: Uint8Array): ListItem | undefined;
  itemIn(slot: Run): ListItem | undefined;
  /** `false` when there is no such place. */
  insert(stamp: EditStamp, place: RunPlace | undefined, value: DocumentScalar): boolean;
  move(item: ListItem, stamp: EditStamp, place: RunPlace | undefined): boolean;
  set(item: ListItem, stamp: EditStamp, value: DocumentScalar): void;
  /** For good: an item that one removes and another moves is gone. */
  remove(item: ListItem): void;
  /** In order. */
  shown(): readonly { readonly item: ListItem; readonly slot: Element }[];
  items(): Iterable<ListItem>;
  /** Puts a saved item back; `false` when it is there already. */
  restore(item: ListItem): boolean;
}

/** An item, by the edit that inserted it. */
export interface ListItem {
  readonly id: Uint8Array;
  slot: Run;
  placed: EditStamp;
  value: DocumentScalar;
  written: EditStamp;
  isRemoved: boolean;
}

/** Stands in the sequence where an item may stand. */
export const SLOT: readonly string[] = ['·'];

export function createListPart(slots: RunTree = createRunTree()): ListPart {
  const itemByKey = new Map<string, ListItem>();
  const itemBySlot = new Map<Run, ListItem>();

  return {
    slots,
    item: (id) => itemByKey.get(bytesToKey(id)),
    itemIn: (slot) => itemBySlot.get(slot),
    insert(stamp, place, value) {
      const slot = slots.add(stamp.id, SLOT, place);
      if (slot === undefined) return false;
      const item = {
        id: stamp.id,
        slot,
        placed: stamp,
        value,
        written: stamp,
        isRemoved: false,
      };
      itemByKey.set(bytesToKey(item.id), item);
      itemBySlot.set(slot, item);
      return true;
    },
    move(item, stamp, place) {
      const slot = slots.add(stamp.id, SLOT, place);
      if (slot === undefined) return false;
      // Of two slots the one of the earlier move is empty from now on.
      const isLater = compareStamps(stamp, item.placed) > 0;
      slots.remove(isLater ? item.slot : slot, 0, 1);
      if (item.isRemoved) slots.remove(slot, 0, 1);
      if (isLater) {
        itemBySlot.delete(item.slot);
        itemBySlot.set(slot, item);
        item.slot = slot;
        item.placed = stamp;
      }
      return true;
    },
    set(item, stamp, value) {
      if (compareStamps(stamp, item.written) < 0) return;
      item.written = stamp;
      item.value = value;
    },
    remove(item) {
      item.isRemoved = true;
      slots.remove(item.slot, 0, 1);
    },
    shown: () =>
      slots
        .visible(0, Number.POSITIVE_INFINITY)
        .map((slot) => ({ item: itemBySlot.get(slot.run) as ListItem, slot })),
    items: () => itemByKey.values(),
    restore(item) {
      const key = bytesToKey(item.id);
      if (itemByKey.has(key) || itemBySlot.has(item.slot)) return false;
      itemByKey.set(key, item);
      itemBySlot.set(item.slot, item);
      return true;
    },
  };
}
