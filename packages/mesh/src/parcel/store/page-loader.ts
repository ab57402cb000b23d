import type { Store } from '@pars/base';
import { decodePage, type StoredEntry } from './entry-page.ts';
import {
  createPageDirectory,
  endOf,
  type PageDirectory,
  type PagePlace,
} from './page-directory.ts';
import type { ParcelRows, RowRange } from './parcel-row.ts';

const deletesPerWrite = 256;
const allCodes = 2 ** 32;

/**
 * Reads all pages and gives their entries to `take`, which says whether it
 * keeps them. Pages that do not open are deleted, and so are all bodies where
 * no page says what they are (PIP-1002 §10).
 */
export async function loadPages(
  store: Store,
  rows: ParcelRows,
  take: (entry: StoredEntry) => void,
  pause: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<PageDirectory> {
  const pages: { readonly place: PagePlace; readonly count: number }[] = [];
  const useless: Uint8Array[] = [];
  let end = 0;
  let number = 0;
  for await (const { key, value } of store.list(rows.pages, signal)) {
    number += 1;
    if (number % 64 === 0) await pause();
    const place = rows.placeOf(key);
    const plaintext = place && place.start >= end ? await rows.open(key, value) : undefined;
    const entries = plaintext && decodePage(plaintext);
    if (place === undefined || entries === undefined) {
      useless.push(key);
      continue;
    }
    for (const entry of entries) take(entry);
    pages.push({ place, count: entries.length });
    end = endOf(place);
  }
  await deleteAll(store, useless, signal);
  let from = 0;
  for (const { place } of pages) {
    if (place.start > from) await clear(store, rows.bodies(from, place.start), signal);
    from = endOf(place);
  }
  if (from < allCodes) await clear(store, rows.bodies(from, allCodes), signal);
  return createPageDirectory(pages);
}

async function clear(
  store: Store,
  range: RowRange,
  signal: AbortSignal | undefined,
): Promise<void> {
  const keys: Uint8Array[] = [];
  for await (const { key } of store.list(range, signal)) keys.push(key);
  await deleteAll(store, keys, signal);
}

async function deleteAll(
  store: Store,
  keys: readonly Uint8Array[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let start = 0; start < keys.length; start += deletesPerWrite) {
    const batch = keys.slice(start, start + deletesPerWrite);
    await store.write(
      batch.map((key) => ({ key })),
      signal,
    );
  }
}
