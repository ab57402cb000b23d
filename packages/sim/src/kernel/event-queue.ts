import { createSlotHeap, type SlotHeap } from './slot-heap.ts';

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
 * Events ordered by time, and by order of pushing among equal times, over typed
 * arrays: pushing and taking allocate nothing. Time is cut into windows of
 * 2^7 µs. Only the events of the window that time stands in are ordered, in a
 * small heap; those of the next 2^13 windows lie in a list for each, later ones
 * in a heap of their own.
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
const WINDOW_US = 2 ** 7;
const WINDOWS = 2 ** 13;
const NONE = -1;
/** Numbers of a slot, and which is which. */
const WIDTH = 8;
const TIME = 0;
const ORDER = 1;
const VALUE = 2;
/** The others are words of 32 bits in the same bytes. */
const WORDS: number = 2 * WIDTH;
const NODE = 6;
const LIFE = 7;
const NEXT = 8;
const GENERATION = 9;
const KIND = 10;

/** An empty queue for at most 2^22 events at once. Kinds are 1 to 255, times whole numbers. */
export function createEventQueue(): EventQueue {
  const now: SlotHeap = createSlotHeap();
  const far: SlotHeap = createSlotHeap();
  const firstOfWindow = new Int32Array(WINDOWS).fill(NONE);
  /** The window that `now` holds; all earlier ones are over. */
  let window = 0;
  let soonCount = 0;
  let order = 0;

  let capacity = 1_024;
  /** All numbers of a slot lie side by side: whatever is due has mostly gone cold, and comes in one piece. */
  let numbers = new Float64Array(capacity * WIDTH);
  let words = new Int32Array(numbers.buffer);
  const payloads: unknown[] = [];
  let firstFree = NONE;
  let slotCount = 0;
  let size = 0;
  const due: DueEvent = {
    timeUs: 0.5,
    kind: 0,
    node: 0,
    life: 0,
    value: 0.5,
    payload: undefined,
    slot: 0,
  };

  function grow(): void {
    if (capacity >= SLOTS) throw new RangeError(`more than ${SLOTS} events wait`);
    capacity *= 2;
    const wider = new Float64Array(capacity * WIDTH);
    wider.set(numbers);
    numbers = wider;
    words = new Int32Array(wider.buffer);
  }

  function insert(timeUs: number, slot: number): void {
    const mine = order;
    order += 1;
    const at = Math.floor(timeUs / WINDOW_US);
    if (at <= window) {
      now.add(timeUs, mine, slot);
    } else if (at < window + WINDOWS) {
      numbers[slot * WIDTH + TIME] = timeUs;
      numbers[slot * WIDTH + ORDER] = mine;
      const place = at % WINDOWS;
      words[slot * WORDS + NEXT] = firstOfWindow[place] as number;
      firstOfWindow[place] = slot;
      soonCount += 1;
    } else {
      far.add(timeUs, mine, slot);
      numbers[slot * WIDTH + ORDER] = mine;
    }
  }

  function release(slot: number): void {
    words[slot * WORDS + KIND] = CANCELLED;
    words[slot * WORDS + GENERATION] = ((words[slot * WORDS + GENERATION] as number) + 1) % LIVES;
    payloads[slot] = undefined;
    words[slot * WORDS + NEXT] = firstFree;
    firstFree = slot;
    size -= 1;
  }

  /** Brings the next event that was not cancelled to the front of `now`; false when there is none. */
  function prepare(): boolean {
    for (;;) {
      while (now.size > 0) {
        const slot = now.firstSlot;
        if (words[slot * WORDS + KIND] !== CANCELLED) return true;
        now.removeFirst();
        release(slot);
      }
      if (!enterNextWindow()) return false;
    }
  }

  function enterNextWindow(): boolean {
    const farWindow =
      far.size === 0 ? Number.POSITIVE_INFINITY : Math.floor(far.firstTimeUs / WINDOW_US);
    let next = farWindow;
    if (soonCount > 0) {
      next = window + 1;
      while (next < farWindow && firstOfWindow[next % WINDOWS] === NONE) next += 1;
    }
    if (next === Number.POSITIVE_INFINITY) return false;
    window = next;
    const place = next % WINDOWS;
    let slot = firstOfWindow[place] as number;
    firstOfWindow[place] = NONE;
    while (slot !== NONE) {
      soonCount -= 1;
      now.add(
        numbers[slot * WIDTH + TIME] as number,
        numbers[slot * WIDTH + ORDER] as number,
        slot,
      );
      slot = words[slot * WORDS + NEXT] as number;
    }
    while (far.size > 0 && far.firstTimeUs < (next + 1) * WINDOW_US) {
      now.add(far.firstTimeUs, numbers[far.firstSlot * WIDTH + ORDER] as number, far.firstSlot);
      far.removeFirst();
    }
    return true;
  }

  return {
    get size() {
      return size;
    },
    push(timeUs, kind, node, life, value, payload) {
      let slot = firstFree;
      if (slot === NONE) {
        if (slotCount === capacity) grow();
        slot = slotCount;
        slotCount += 1;
      } else {
        firstFree = words[slot * WORDS + NEXT] as number;
      }
      size += 1;
      words[slot * WORDS + KIND] = kind;
      words[slot * WORDS + NODE] = node;
      words[slot * WORDS + LIFE] = life;
      numbers[slot * WIDTH + VALUE] = value;
      payloads[slot] = payload;
      insert(timeUs, slot);
      return (words[slot * WORDS + GENERATION] as number) * SLOTS + slot + 1;
    },
    nextTimeUs: () => (prepare() ? now.firstTimeUs : Number.POSITIVE_INFINITY),
    take() {
      if (!prepare()) return undefined;
      const slot = now.firstSlot;
      due.timeUs = now.firstTimeUs;
      now.removeFirst();
      due.kind = words[slot * WORDS + KIND] as number;
      due.node = words[slot * WORDS + NODE] as number;
      due.life = words[slot * WORDS + LIFE] as number;
      due.value = numbers[slot * WIDTH + VALUE] as number;
      due.payload = payloads[slot];
      due.slot = slot;
      return due;
    },
    release,
    putBack(slot, timeUs, kind) {
      if (words[slot * WORDS + KIND] !== CANCELLED) words[slot * WORDS + KIND] = kind;
      insert(timeUs, slot);
    },
    cancel(handle) {
      const slot = (handle - 1) % SLOTS;
      const generation = (handle - 1 - slot) / SLOTS;
      if (!(slot >= 0 && slot < slotCount)) return false;
      if ((words[slot * WORDS + GENERATION] as number) !== generation) return false;
      if (words[slot * WORDS + KIND] === CANCELLED) return false;
      words[slot * WORDS + KIND] = CANCELLED;
      payloads[slot] = undefined;
      return true;
    },
  };
}

/** So many lives of a slot are told apart: handles stay exact numbers. */
const LIVES = 2 ** 30;
