/** What was sent and of which it is not known yet whether it came (PIP-1003 §13). */
export interface GivenLedger {
  /** Bytes under way. */
  readonly underWay: number;
  /** The number for the next message. */
  readonly nextNumber: number;
  /** A message leaves: keys of the vertices that are whole with it, and the page they are of. */
  sent(message: SentMessage): void;
  /** What the other side says that it holds; nothing when that is old. */
  acknowledge(arrived: ArrivedRun): Acknowledged | undefined;
  /** Nothing is under way any more: a new greeting. The first page of what was lost, if something was. */
  abandon(): number;
}

/** Messages up to `last` have come or never will; the side that counts holds all of the last `count`. */
export interface ArrivedRun {
  readonly last: number;
  readonly count: number;
}

/** One message with vertices. */
export interface SentMessage {
  readonly bytes: number;
  readonly keys: readonly string[];
  /** Where the page begins that it was taken from. */
  readonly from: number;
}

/** What became known. */
export interface Acknowledged {
  readonly keys: readonly string[];
  readonly bytes: number;
}

/** Numbers begin anywhere, so that those of an earlier machine mean nothing here. */
export function createGivenLedger(firstNumber: number): GivenLedger {
  const open = new Map<number, SentMessage>();
  let nextNumber = firstNumber;
  let underWay = 0;
  let lostFrom = Number.POSITIVE_INFINITY;

  function close(number: number, message: SentMessage): void {
    open.delete(number);
    underWay -= message.bytes;
  }

  return {
    get underWay() {
      return underWay;
    },
    get nextNumber() {
      return nextNumber;
    },
    sent(message) {
      open.set(nextNumber, message);
      nextNumber += 1;
      underWay += message.bytes;
    },
    acknowledge({ last, count }) {
      const keys: string[] = [];
      let [bytes, closed] = [0, 0];
      for (const [number, message] of open) {
        if (number > last) break;
        close(number, message);
        closed += 1;
        if (number > last - count) {
          keys.push(...message.keys);
          bytes += message.bytes;
        } else {
          lostFrom = Math.min(lostFrom, message.from);
        }
      }
      return closed === 0 ? undefined : { keys, bytes };
    },
    abandon() {
      const from = [...open.values()].reduce((least, { from }) => Math.min(least, from), lostFrom);
      open.clear();
      underWay = 0;
      lostFrom = Number.POSITIVE_INFINITY;
      return from;
    },
  };
}
