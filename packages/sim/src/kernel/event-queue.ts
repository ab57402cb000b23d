/** What is due next. One object is reused: read it before the next `take`. */
export interface DueEvent {
  timeUs: number;
  kind: number;
  /** Index of the node it is for. */
  node: number;
  /** Which life of the node it belongs to. */
  life: number;
  /** Sender, channel or token, as the kind has it. */
  value: number;
  payload: unknown;
  /** Where it lies; for `release` and `putBack`. */
  slot: number;
}

/** A scheduled event, for `cancel`. Never 0. */
export type EventHandle = number;

/**
 * Events ordered by time, and by order of pushing among equal times. A heap of
 * four children a node over typed arrays: pushing and taking allocate nothing.
 */
export interface EventQueue {
  /** Events that wait, those put aside included. */
  readonly size: number;
  push(
    timeUs: number,
    kind: number,
    node: number,
    life: number,
    value: number,
    payload: unknown,
  ): EventHandle;
  /** Time of the next event; infinite when there is none. */
  nextTimeUs(): number;
  /** The next event. Its slot stays taken until `release` or `putBack`. */
  take(): DueEvent | undefined;
  /** The event taken was dealt with; its handle means nothing any more. */
  release(slot: number): void;
  /** The event taken comes again at another time, as this kind, under the same handle. */
  putBack(slot: number, timeUs: number, kind: number): void;
  /** Drops an event, also one taken and not put back yet; false when it is over. */
  cancel(handle: EventHandle): boolean;
}

const CANCELLED = 0;
const SLOTS = 2 ** 22;

/** An empty queue for at most 2^22 events at once. Kinds are 1 to 255. */
export function createEventQueue(): EventQueue {
  let capacity = 1_024;
  let heapTimes = new Float64Array(capacity);
  let heapOrders = new Float64Array(capacity);
  let heapSlots = new Int32Array(capacity);
  let heapSize = 0;
  let order = 0;

  let kinds = new Uint8Array(capacity);
  let nodes = new Int32Array(capacity);
  let lives = new Int32Array(capacity);
  let values = new Float64Array(capacity);
  let generations = new Uint32Array(capacity);
  const payloads: unknown[] = [];
  let free = new Int32Array(capacity);
  let freeCount = 0;
  let slotCount = 0;
  let size = 0;
  const due: DueEvent = {
    timeUs: 0,
    kind: 0,
    node: 0,
    life: 0,
    value: 0,
    payload: undefined,
    slot: 0,
  };

  function grow(): void {
    if (capacity >= SLOTS) throw new RangeError(`more than ${SLOTS} events wait`);
    capacity *= 2;
    const float64 = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const wider = new Float64Array(capacity);
      wider.set(old);
      return wider;
    };
    const int32 = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const wider = new Int32Array(capacity);
      wider.set(old);
      return wider;
    };
    heapTimes = float64(heapTimes);
    heapOrders = float64(heapOrders);
    values = float64(values);
    heapSlots = int32(heapSlots);
    nodes = int32(nodes);
    lives = int32(lives);
    free = int32(free);
    const widerKinds = new Uint8Array(capacity);
    widerKinds.set(kinds);
    kinds = widerKinds;
    const widerGenerations = new Uint32Array(capacity);
    widerGenerations.set(generations);
    generations = widerGenerations;
  }

  function insert(timeUs: number, slot: number): void {
    const mine = order;
    order += 1;
    let index = heapSize;
    heapSize += 1;
    while (index > 0) {
      const parent = (index - 1) >> 2;
      // Of two at the same time the one pushed first stays above.
      if ((heapTimes[parent] as number) <= timeUs) break;
      heapTimes[index] = heapTimes[parent] as number;
      heapOrders[index] = heapOrders[parent] as number;
      heapSlots[index] = heapSlots[parent] as number;
      index = parent;
    }
    heapTimes[index] = timeUs;
    heapOrders[index] = mine;
    heapSlots[index] = slot;
  }

  function removeTop(): void {
    heapSize -= 1;
    const timeUs = heapTimes[heapSize] as number;
    const mine = heapOrders[heapSize] as number;
    const slot = heapSlots[heapSize] as number;
    let index = 0;
    for (;;) {
      const first = 4 * index + 1;
      if (first >= heapSize) break;
      const end = Math.min(first + 4, heapSize);
      let least = first;
      let leastTime = heapTimes[first] as number;
      for (let child = first + 1; child < end; child += 1) {
        const time = heapTimes[child] as number;
        if (
          time < leastTime ||
          (time === leastTime && (heapOrders[child] as number) < (heapOrders[least] as number))
        ) {
          least = child;
          leastTime = time;
        }
      }
      if (timeUs < leastTime) break;
      if (timeUs === leastTime && mine < (heapOrders[least] as number)) break;
      heapTimes[index] = leastTime;
      heapOrders[index] = heapOrders[least] as number;
      heapSlots[index] = heapSlots[least] as number;
      index = least;
    }
    heapTimes[index] = timeUs;
    heapOrders[index] = mine;
    heapSlots[index] = slot;
  }

  function release(slot: number): void {
    kinds[slot] = CANCELLED;
    generations[slot] = (generations[slot] as number) + 1;
    payloads[slot] = undefined;
    free[freeCount] = slot;
    freeCount += 1;
    size -= 1;
  }

  function dropCancelled(): void {
    while (heapSize > 0 && kinds[heapSlots[0] as number] === CANCELLED) {
      const slot = heapSlots[0] as number;
      removeTop();
      release(slot);
    }
  }

  return {
    get size() {
      return size;
    },
    push(timeUs, kind, node, life, value, payload) {
      let slot: number;
      if (freeCount > 0) {
        freeCount -= 1;
        slot = free[freeCount] as number;
      } else {
        if (slotCount === capacity) grow();
        slot = slotCount;
        slotCount += 1;
      }
      size += 1;
      kinds[slot] = kind;
      nodes[slot] = node;
      lives[slot] = life;
      values[slot] = value;
      payloads[slot] = payload;
      insert(timeUs, slot);
      return ((generations[slot] as number) & 0x3fff_ffff) * SLOTS + slot + 1;
    },
    nextTimeUs() {
      dropCancelled();
      return heapSize === 0 ? Number.POSITIVE_INFINITY : (heapTimes[0] as number);
    },
    take() {
      dropCancelled();
      if (heapSize === 0) return undefined;
      const slot = heapSlots[0] as number;
      due.timeUs = heapTimes[0] as number;
      removeTop();
      due.kind = kinds[slot] as number;
      due.node = nodes[slot] as number;
      due.life = lives[slot] as number;
      due.value = values[slot] as number;
      due.payload = payloads[slot];
      due.slot = slot;
      return due;
    },
    release,
    putBack(slot, timeUs, kind) {
      if (kinds[slot] !== CANCELLED) kinds[slot] = kind;
      insert(timeUs, slot);
    },
    cancel(handle) {
      const slot = (handle - 1) % SLOTS;
      const generation = (handle - 1 - slot) / SLOTS;
      if (!(slot >= 0 && slot < slotCount)) return false;
      if (((generations[slot] as number) & 0x3fff_ffff) !== generation) return false;
      if (kinds[slot] === CANCELLED) return false;
      kinds[slot] = CANCELLED;
      payloads[slot] = undefined;
      return true;
    },
  };
}
