/** A heap of slots by (time, order), four children a node, over typed arrays. */
export interface SlotHeap {
  readonly size: number;
  /** Time of the first; meaningless when it is empty. */
  readonly firstTimeUs: number;
  /** The first slot; meaningless when it is empty. */
  readonly firstSlot: number;
  add(timeUs: number, order: number, slot: number): void;
  removeFirst(): void;
}

/** An empty heap. */
export function createSlotHeap(): SlotHeap {
  let capacity = 256;
  let times = new Float64Array(capacity);
  let orders = new Float64Array(capacity);
  let slots = new Int32Array(capacity);
  let size = 0;

  function grow(): void {
    capacity *= 2;
    const [oldTimes, oldOrders, oldSlots] = [times, orders, slots];
    times = new Float64Array(capacity);
    orders = new Float64Array(capacity);
    slots = new Int32Array(capacity);
    times.set(oldTimes);
    orders.set(oldOrders);
    slots.set(oldSlots);
  }

  function place(index: number, timeUs: number, order: number, slot: number): void {
    times[index] = timeUs;
    orders[index] = order;
    slots[index] = slot;
  }

  function move(from: number, to: number): void {
    times[to] = times[from] as number;
    orders[to] = orders[from] as number;
    slots[to] = slots[from] as number;
  }

  return {
    get size() {
      return size;
    },
    get firstTimeUs() {
      return times[0] as number;
    },
    get firstSlot() {
      return slots[0] as number;
    },
    add(timeUs, order, slot) {
      if (size === capacity) grow();
      let index = size;
      size += 1;
      while (index > 0) {
        const parent = (index - 1) >> 2;
        const time = times[parent] as number;
        if (time < timeUs || (time === timeUs && (orders[parent] as number) < order)) break;
        move(parent, index);
        index = parent;
      }
      place(index, timeUs, order, slot);
    },
    removeFirst() {
      size -= 1;
      const timeUs = times[size] as number;
      const order = orders[size] as number;
      let index = 0;
      for (;;) {
        const first = 4 * index + 1;
        if (first >= size) break;
        const end = first + 4 < size ? first + 4 : size;
        let least = first;
        let leastTime = times[first] as number;
        for (let child = first + 1; child < end; child += 1) {
          const time = times[child] as number;
          if (
            time < leastTime ||
            (time === leastTime && (orders[child] as number) < (orders[least] as number))
          ) {
            least = child;
            leastTime = time;
          }
        }
        if (timeUs < leastTime) break;
        if (timeUs === leastTime && order < (orders[least] as number)) break;
        move(least, index);
        index = least;
      }
      place(index, timeUs, order, slots[size] as number);
    },
  };
}
