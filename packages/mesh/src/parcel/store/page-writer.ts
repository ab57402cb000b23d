import { equalBytes, ParsError, type Store, type StoreWrite } from '@pars/base';
import type { ParcelId } from '../parcel.ts';
import { decodePage, encodePage, pageEntries, type StoredEntry } from './entry-page.ts';
import type { PageDirectory, PagePlace } from './page-directory.ts';
import type { ParcelRows } from './parcel-row.ts';

/** A parcel that arrives, with the code that its rows lie under. */
export interface ArrivingParcel {
  readonly code: Uint8Array;
  readonly entry: StoredEntry;
  readonly bytes: Uint8Array;
}

/** Turns changes of the store into writes of rows (PIP-1002 §10). */
export interface PageWriter {
  /**
   * The writes that remove and add parcels, pages and bodies together: one
   * batch. The directory has changed when it resolves, so the batch must be
   * written, or nothing ever again. Throws `mesh/parcel-store-broken` when a
   * page is damaged: opening the store again mends it.
   */
  plan(removed: readonly ParcelId[], added?: ArrivingParcel): Promise<readonly StoreWrite[]>;
  /** An entry with its tag, or `undefined` when it is not on the disk. */
  read(id: ParcelId): Promise<StoredEntry | undefined>;
}

/** Two halves that hold so few entries together become one page. */
const mergedEntries = pageEntries / 2;

/** Writes pages through `rows`; `directory` says which there are. */
export function createPageWriter(
  store: Store,
  rows: ParcelRows,
  directory: PageDirectory,
): PageWriter {
  async function load(place: PagePlace): Promise<readonly StoredEntry[]> {
    if (directory.countOf(place) === 0) return [];
    const key = rows.pageKey(place);
    const sealed = await store.get(key);
    const plaintext = sealed && (await rows.open(key, sealed));
    const entries = plaintext && decodePage(plaintext);
    if (entries === undefined) throw new ParsError('mesh/parcel-store-broken', { what: 'page' });
    return entries;
  }

  return {
    async plan(removed, added) {
      const writes: StoreWrite[] = [];
      const pages = new Map<number, Page>();

      const open = async (codeBegin: number): Promise<Page> => {
        const place = directory.find(codeBegin);
        const page = pages.get(nameOf(place)) ?? { place, entries: await load(place) };
        pages.set(nameOf(place), page);
        return page;
      };
      const change = (page: Page, entries: readonly StoredEntry[]): void => {
        page.entries = entries;
        directory.setCount(page.place, Math.min(entries.length, pageEntries));
      };
      const replace = (old: readonly Page[], by: readonly Page[]): void => {
        for (const { place } of old) {
          pages.delete(nameOf(place));
          writes.push({ key: rows.pageKey(place) });
        }
        for (const page of by) {
          pages.set(nameOf(page.place), page);
          change(page, page.entries);
        }
      };
      const splitFull = (page: Page): void => {
        if (page.entries.length <= pageEntries) return;
        const [lower, upper] = directory.split(page.place);
        const isLower = (entry: StoredEntry) => entry.codeBegin < upper.start;
        const halves = [
          { place: lower, entries: page.entries.filter(isLower) },
          { place: upper, entries: page.entries.filter((entry) => !isLower(entry)) },
        ];
        replace([page], halves);
        for (const half of halves) splitFull(half);
      };
      const mergeEmpty = async (page: Page): Promise<void> => {
        const sibling = directory.siblingOf(page.place);
        if (sibling === undefined || !pages.has(nameOf(page.place))) return;
        if (page.entries.length + directory.countOf(sibling) > mergedEntries) return;
        const other = await open(sibling.start);
        const merged = {
          place: directory.merge(page.place),
          entries: [...page.entries, ...other.entries],
        };
        replace([page, other], [merged]);
        await mergeEmpty(merged);
      };

      const shrunk = new Set<Page>();
      for (const id of removed) {
        const code = rows.codeOf(id);
        writes.push({ key: rows.bodyKey(code) });
        const page = await open(codeBeginOf(code));
        change(
          page,
          page.entries.filter((entry) => !equalBytes(entry.id, id)),
        );
        shrunk.add(page);
      }
      if (added !== undefined) {
        const page = await open(added.entry.codeBegin);
        change(page, [...page.entries, added.entry]);
        splitFull(page);
        const key = rows.bodyKey(added.code);
        writes.push({ key, value: await rows.seal(key, added.bytes) });
      }
      for (const page of shrunk) await mergeEmpty(page);
      for (const { place, entries } of pages.values()) {
        const key = rows.pageKey(place);
        const value = entries.length === 0 ? undefined : await rows.seal(key, encodePage(entries));
        writes.push({ key, value });
      }
      return writes;
    },
    async read(id) {
      const page = await load(directory.find(codeBeginOf(rows.codeOf(id))));
      return page.find((entry) => equalBytes(entry.id, id));
    },
  };
}

/** The first four bytes of a code as a number. */
export function codeBeginOf(code: Uint8Array): number {
  return new DataView(code.buffer, code.byteOffset).getUint32(0);
}

interface Page {
  readonly place: PagePlace;
  entries: readonly StoredEntry[];
}

/** One number a place: at most 2^37. */
function nameOf({ start, depth }: PagePlace): number {
  return start * 32 + depth;
}
