import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OpenVolume } from './container.ts';
import { everythingReadable } from './erasure-fixture.ts';
import { flushContainer } from './flush.ts';
import { createWorld, unlockWorld, write } from './vault-fixture.ts';

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
