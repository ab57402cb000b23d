/** A bounded queue with one reader. */
export class EventQueue<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  #isEnded = false;
  #wake: (() => void) | undefined;

  /** `capacity`: items that may wait for the reader, 1 or more. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Whether the item was taken: `false` when the queue is full or ended. */
  push(item: T): boolean {
    if (this.#isEnded || this.#items.length >= this.#capacity) return false;
    this.#items.push(item);
    this.#wake?.();
    return true;
  }

  /** Ends the queue after what waits and after `last`, when there is one. Later calls do nothing. */
  end(last: T | undefined): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (last !== undefined) this.#items.push(last);
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) {
        yield item;
      } else if (this.#isEnded) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
