import { send } from './parcel-exchange.ts';
import type { SyncEffect } from './sync-machine.ts';

/** What the other side lacks, told in batches; each is repeated until it is taken (PIP-1003 §7). */
export interface OfferList {
  /** The other side has taken everything. */
  readonly isTaken: boolean;
  /** Adds parcels of a day; the first batch goes out at once when none is under way. */
  add(day: number, shorts: readonly bigint[]): readonly SyncEffect[];
  /** Repeats the batch under way on a new link. */
  connected(): readonly SyncEffect[];
  /** `undefined` when the answer fits no batch. */
  onTake(next: number): readonly SyncEffect[] | undefined;
}

/** An empty list for messages of at most so many bytes. */
export function createOfferList(messageLength: number): OfferList {
  const perMessage = Math.floor((messageLength - 9) / 8);
  const days: number[] = [];
  const shorts: bigint[] = [];
  let taken = 0;
  let isConnected = false;
  let isUnderWay = false;

  function endOfBatch(): number {
    let end = taken;
    while (end < shorts.length && end - taken < perMessage && days[end] === days[taken]) end += 1;
    return end;
  }

  function sendBatch(): readonly SyncEffect[] {
    const end = endOfBatch();
    if (!isConnected || isUnderWay || end === taken) return [];
    isUnderWay = true;
    sentEnd = end;
    const day = days[taken] ?? 0;
    return [send({ type: 'offer', day, start: taken, shorts: shorts.slice(taken, end) })];
  }
  let sentEnd = 0;

  return {
    get isTaken() {
      return taken === shorts.length;
    },
    add(day, added) {
      for (const short of added) {
        days.push(day);
        shorts.push(short);
      }
      return sendBatch();
    },
    connected() {
      isConnected = true;
      isUnderWay = false;
      return sendBatch();
    },
    onTake(next) {
      if (!isUnderWay || next !== sentEnd) return undefined;
      isUnderWay = false;
      taken = next;
      return sendBatch();
    },
  };
}
