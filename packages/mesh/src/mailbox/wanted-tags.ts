import { ParsError } from '@pars/base';
import { tagLength } from '../parcel/parcel-header.ts';
import { type ShardItem, type TagPrint, tagPrintOf, tagPrintOfItem } from './shard-item.ts';

/** `own`: a profile is open and says what it wants. `dummies`: nobody is there; nothing is wanted (PIP-1006 §7). */
export type FetchMode = 'own' | 'dummies';

/** The tags that the open profile waits for, by the day on which their parcels expire; 32 bytes each. */
export type WantedTags = ReadonlyMap<number, readonly Uint8Array[]>;

/** Tells what of a listing is wanted, and which of it is to be fetched first. */
export interface WantedItems {
  set(tags: WantedTags): void;
  setMode(mode: FetchMode): void;
  isWanted(day: number, item: ShardItem): boolean;
  /** How often parcels with the item's tag were fetched: what copies of others may cost it. */
  triesOf(item: ShardItem): number;
  noteTry(item: ShardItem): void;
}

/** Tags of a day at most: 1,000 contacts with 32 each. The rest of a longer list is not looked for. */
const maxTagsOfDay = 32_768;
const maxTries = 16_384;

/** Nothing is wanted, in the mode `dummies`. */
export function createWantedItems(): WantedItems {
  let prints: ReadonlyMap<number, ReadonlySet<TagPrint>> = new Map();
  let mode: FetchMode = 'dummies';
  const tries = new Map<TagPrint, number>();
  return {
    set(tags) {
      prints = new Map(
        [...tags].map(([day, list]) => [day, new Set(list.slice(0, maxTagsOfDay).map(printOf))]),
      );
    },
    setMode(now) {
      mode = now;
      if (now === 'own') return;
      // Whoever locks leaves nothing behind in memory.
      prints = new Map();
      tries.clear();
    },
    isWanted: (day, item) => mode === 'own' && prints.get(day)?.has(tagPrintOfItem(item)) === true,
    triesOf: (item) => tries.get(tagPrintOfItem(item)) ?? 0,
    noteTry(item) {
      const print = tagPrintOfItem(item);
      const [oldest] = tries.keys();
      if (oldest !== undefined && tries.size >= maxTries) tries.delete(oldest);
      tries.set(print, (tries.get(print) ?? 0) + 1);
    },
  };
}

function printOf(tag: Uint8Array): TagPrint {
  if (tag.length !== tagLength) throw new ParsError('mesh/argument', { what: 'tag' });
  return tagPrintOf(tag);
}
