/** Which frames of one station were heard (PIP-1007 §5). */
export interface ReplayWindow {
  /** The highest counter so far. */
  readonly highest: number;
  /** `false` for a counter that was heard, or lies 64 or more behind the highest one. */
  admit(counter: number): boolean;
}

const width = 64;

/** A window in which everything up to `heardUpTo` counts as heard; -1 for nothing. */
export function createReplayWindow(heardUpTo: number): ReplayWindow {
  let highest = heardUpTo;
  /** Bit n: whether highest - n was heard. */
  let heard = (1n << BigInt(width)) - 1n;
  return {
    get highest() {
      return highest;
    },
    admit(counter) {
      if (counter > highest) {
        const ahead = Math.min(counter - highest, width);
        heard = BigInt.asUintN(width, (heard << BigInt(ahead)) | 1n);
        highest = counter;
        return true;
      }
      const behind = highest - counter;
      if (behind >= width) return false;
      const bit = 1n << BigInt(behind);
      if ((heard & bit) !== 0n) return false;
      heard |= bit;
      return true;
    },
  };
}
