import { noSlot, type SlotChain, type SlotTable } from './slot-table.ts';

/** Finds slots by a number of 32 bits: a hash table whose chains lie in a column of the table. */
export interface SlotChains {
  add(slot: number): void;
  remove(slot: number): void;
  /** The first of the slots that may bear this number, or {@link noSlot}; whoever asks compares, and goes on along the chain. */
  firstCandidate(key: number): number;
}

/** Slots a chain on average before the table of heads doubles: 4 bytes for eight slots. */
const slotsPerChain = 8;
const firstHeads = 4;

/** An empty table over `chain`; `keyOf` gives the number of a slot. */
export function createSlotChains(
  table: SlotTable,
  chain: SlotChain,
  keyOf: (slot: number) => number,
): SlotChains {
  let heads = new Uint32Array(firstHeads).fill(noSlot);
  let count = 0;

  const headOf = (key: number): number => (Math.imul(key, 0x9e37_79b1) >>> 7) & (heads.length - 1);

  function link(slot: number): void {
    const head = headOf(keyOf(slot));
    table.setNext(chain, slot, heads[head] ?? noSlot);
    heads[head] = slot;
  }

  function grow(): void {
    const old = heads;
    heads = new Uint32Array(2 * old.length).fill(noSlot);
    for (const head of old) {
      for (let slot = head; slot !== noSlot; ) {
        const next = table.next(chain, slot);
        link(slot);
        slot = next;
      }
    }
  }

  return {
    add(slot) {
      if (count >= slotsPerChain * heads.length) grow();
      link(slot);
      count += 1;
    },
    remove(slot) {
      const head = headOf(keyOf(slot));
      let before = noSlot;
      for (let at = heads[head] ?? noSlot; at !== noSlot; at = table.next(chain, at)) {
        if (at === slot) {
          const next = table.next(chain, slot);
          if (before === noSlot) heads[head] = next;
          else table.setNext(chain, before, next);
          count -= 1;
          return;
        }
        before = at;
      }
    },
    firstCandidate: (key) => heads[headOf(key)] ?? noSlot,
  };
}
