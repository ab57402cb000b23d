import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CELL_KIND, cellOf, findCells, maskOfWindow, openCell } from './cell.ts';
import type { OpenContainer, OpenVolume } from './container.ts';
import { flushContainer } from './flush.ts';
import { STRIPE_BYTES, stripeOffset, windowBytes, windowOffset } from './geometry.ts';
import { decodeMapPage } from './page-map.ts';
import { findRoot } from './root-stripe.ts';
import { createWorld, textOf, unlockWorld, type World, write } from './vault-fixture.ts';

/**
 * Every text that the whole image still yields: from every root that the keys
 * open, in every stripe, through every map page and data page that any key
 * found so far opens, old cells of the sweep included.
 */
function everythingReadable(
  world: World,
  container: OpenContainer,
  volume: OpenVolume,
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
          if (header.kind === CELL_KIND.data) texts.add(textOf(page));
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

describe('erasure', () => {
  for (const number of [0, 1] as const) {
    test(`volume ${number}: two flushes after a change, all keys together no longer read the old page`, async () => {
      const world = await createWorld(`erasure ${number}`);
      const { container } = await unlockWorld(world, 'hidden');
      const volume = container.volumes[number] as OpenVolume;
      write(
        container,
        number,
        new Map([
          [1, 'kept'],
          [2, 'overwritten secret'],
          [3, 'removed secret'],
        ]),
      );
      await flushContainer(world.deps, container);
      assert.deepEqual([...everythingReadable(world, container, volume)].toSorted(), [
        'kept',
        'overwritten secret',
        'removed secret',
      ]);
      write(
        container,
        number,
        new Map([
          [2, 'new'],
          [3, undefined],
        ]),
      );
      await flushContainer(world.deps, container);
      await flushContainer(world.deps, container);
      assert.deepEqual([...everythingReadable(world, container, volume)].toSorted(), [
        'kept',
        'new',
      ]);
    });
  }

  test('after a crash that cut off the erasing, the next session does it, also without the hidden volume', async () => {
    const world = await createWorld('erasure and crash');
    const { container } = await unlockWorld(world, 'hidden');
    const volume = container.volumes[1] as OpenVolume;
    write(container, 1, new Map([[2, 'old']]));
    await flushContainer(world.deps, container);
    write(container, 1, new Map([[2, 'new']]));
    // Stripe, flush, staging, flush: committed; the window and the old roots are not written any more.
    world.deps.media.crashAt(5);
    await assert.rejects(flushContainer(world.deps, container));
    world.deps.media.restart();
    const decoy = await unlockWorld(world, 'decoy');
    await flushContainer(world.deps, decoy.container);
    const readable = everythingReadable(world, container, volume);
    assert.deepEqual([...readable], ['new']);
  });
});
