import assert from 'node:assert/strict';
import { CELL_KIND, cellOf, findCells, maskOfWindow, openCell } from './cell.ts';
import type { OpenContainer, OpenVolume } from './container.ts';
import { STRIPE_BYTES, stripeOffset, windowBytes, windowOffset } from './geometry.ts';
import { decodeMapPage } from './page-map.ts';
import { findRoot } from './root-stripe.ts';
import { textOf, type World } from './vault-fixture.ts';

/**
 * Every text that the whole image still yields: from every root that the keys
 * open, in every stripe, through every map page and data page that any key
 * found so far opens, old cells of the sweep included.
 */
export function everythingReadable(
  world: World,
  container: OpenContainer,
  volume: OpenVolume,
  read: (page: Uint8Array) => string = textOf,
): Set<string> {
  const { geometry, deps } = world;
  const { symmetric } = deps.suite;
  const { image } = deps.media;
  const keys: Uint8Array[] = [];
  for (let stripe = 0; stripe < geometry.windows; stripe += 1) {
    const bytes = image.subarray(stripeOffset(stripe), stripeOffset(stripe) + STRIPE_BYTES);
    const root = findRoot(symmetric, stripe, geometry.windows, bytes, volume.rootKeys);
    for (const top of root?.record.tops ?? []) if (top !== undefined) keys.push(top.key);
  }
  const texts = new Set<string>();
  for (let round = 0; round < 3; round += 1) {
    for (let window = -1; window < geometry.windows; window += 1) {
      const start = windowOffset(geometry, window);
      const bytes = image.subarray(start, start + windowBytes(geometry));
      const cells = findCells(geometry, bytes, maskOfWindow(symmetric, volume.maskKey, bytes));
      for (const [slot, header] of cells) {
        for (const key of keys) {
          const page = openCell(symmetric, geometry, cellOf(geometry, bytes, slot), header, key);
          if (page === undefined) continue;
          if (header.kind === CELL_KIND.data) texts.add(read(page));
          else for (const entry of decodeMapPage(geometry, page)) if (entry) keys.push(entry.key);
          break;
        }
      }
    }
    const unique = new Map(keys.map((key) => [Buffer.from(key).toString('hex'), key]));
    keys.splice(0, keys.length, ...unique.values());
  }
  assert.ok(container.flush > 0);
  return texts;
}
