import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALL_NEW, KINDS, kindOf, livedIn, worldWith } from './change-fixture.ts';
import { marginOf, type OpenVolume } from './container.ts';
import { createMemoryMedia, type MemoryMedia } from './fakes/index.ts';
import { flushContainer } from './flush.ts';
import { type Geometry, sizeOf } from './geometry.ts';
import { moveContainer, type VaultMove } from './move-container.ts';
import {
  inTime,
  PASSWORDS,
  password,
  SMALL,
  unlockWorld,
  type World,
  write,
} from './vault-fixture.ts';

const LARGER: Geometry = { ...SMALL, windows: 16 };

function mediaFor(world: World, geometry: Geometry = LARGER): MemoryMedia {
  return createMemoryMedia({ sizeBytes: sizeOf(geometry), random: world.random.fork('to') });
}

async function move(
  world: World,
  to: MemoryMedia,
  request: Partial<VaultMove> & Pick<VaultMove, 'current' | 'next'>,
  geometry: Geometry = LARGER,
): Promise<string> {
  const answer = await inTime(
    world,
    moveContainer(world.deps, world.geometry, geometry, {
      to,
      adopt: async () => undefined,
      ...request,
    }),
  );
  return answer.ok ? 'ok' : answer.error.code;
}

/** The same device after the new container took the place of the old one. */
function moved(world: World, to: MemoryMedia): World {
  return { ...world, geometry: LARGER, deps: { ...world.deps, media: to } };
}

const WHOLE = { current: password('hidden'), next: ALL_NEW };

describe('move to a larger container', () => {
  test('both volumes are in it under the new passwords, the margin is whole, the old one is destroyed', async () => {
    for (const isHiddenFromDisk of [false, true]) {
      const world = await livedIn('move', { isHiddenFromDisk });
      const { container } = await unlockWorld(world, 'hidden');
      for (let flush = 0; flush < 8; flush += 1) {
        const pages = [0, 1, 2].map((at) => [10 + flush * 3 + at, `more ${flush} ${at}`] as const);
        write(container, 0, new Map(pages));
        write(container, 1, new Map(pages));
        await flushContainer(world.deps, container);
      }
      const before = world.deps.media.image.slice();
      const to = mediaFor(world);
      const progress: number[] = [];
      let adoptedAt = -1;
      const writesBefore = world.deps.media.operations.length;
      const outcome = await move(world, to, {
        ...WHOLE,
        onProgress: (done) => progress.push(done),
        adopt: async () => {
          adoptedAt = world.deps.media.operations.length;
        },
      });
      assert.equal(outcome, 'ok');
      assert.equal(adoptedAt, writesBefore, 'the old one is written after that only');
      assert.deepEqual(
        progress,
        Array.from({ length: 16 }, (_, at) => at + 1),
      );
      const opened = await unlockWorld(moved(world, to), 'new hidden' as 'hidden');
      assert.equal(opened.kind, 'hidden');
      assert.equal(opened.pages[0].size, 29);
      assert.equal(opened.pages[1].size, 29);
      assert.equal(opened.pages[1].get(31), 'more 7 0');
      assert.ok(
        marginOf(opened.container, opened.container.volumes[1] as OpenVolume) >=
          LARGER.windows / 2 - 1,
      );
      for (const text of ['decoy', 'hidden', 'duress']) {
        assert.equal(await kindOf(world, text), 'vault/wrong-password');
      }
      const secret = world.deps.secret.written.at(-1) as Uint8Array;
      assert.equal(
        await kindOf(worldWith(world, before, secret), 'hidden'),
        'vault/wrong-password',
      );
      assert.equal(await kindOf(moved(world, to), 'new duress'), 'duress');
    }
  });

  test('a full volume fits', async () => {
    const world = await livedIn('full');
    const { container } = await unlockWorld(world, 'hidden');
    for (let flush = 0; flush < 24; flush += 1) {
      for (const [volume, most] of [
        [0, 110],
        [1, 55],
      ] as const) {
        const pages = [0, 1, 2, 3, 4].map((at) => flush * 5 + at).filter((page) => page < most);
        if (pages.length > 0)
          write(container, volume, new Map(pages.map((page) => [page, `${page}`])));
      }
      await flushContainer(world.deps, container);
    }
    for (let flush = 0; flush < 16; flush += 1) await flushContainer(world.deps, container);
    const full = await unlockWorld(world, 'hidden');
    assert.deepEqual([full.pages[0].size, full.pages[1].size], [110, 55]);
    const to = mediaFor(world);
    assert.equal(await move(world, to, WHOLE), 'ok');
    const opened = await unlockWorld(moved(world, to), 'new hidden' as 'hidden');
    assert.deepEqual(opened.pages[0], full.pages[0]);
    assert.deepEqual(opened.pages[1], full.pages[1]);
  });

  test('every kind of move reads and writes the same places in the same order, and E as often', async () => {
    const traces = new Map<string, unknown>();
    for (const kind of KINDS) {
      const world = await livedIn('trace', { without: kind.without === true });
      const to = mediaFor(world);
      const reads: number[] = [];
      const media = {
        ...world.deps.media,
        read(offset: number, length: number) {
          reads.push(length);
          return world.deps.media.read(offset, length);
        },
      };
      const watched = { ...world, deps: { ...world.deps, media } };
      assert.equal(await move(watched, to, kind), 'ok', kind.name);
      traces.set(kind.name, {
        to: to.operations,
        old: world.deps.media.operations,
        secret: world.deps.secret.written.length,
        reads,
      });
    }
    const [first] = traces.values();
    for (const [name, trace] of traces) assert.deepEqual(trace, first, name);
  });

  test('a crash while the new one is written leaves the old one as it is, and the move can begin again', async () => {
    for (const isHiddenFromDisk of [false, true]) {
      const world = await livedIn('crash before', { isHiddenFromDisk });
      const whole = mediaFor(world);
      const old = world.deps.media.image.slice();
      for (let crash = 1; crash <= 116; crash += 5) {
        const to = mediaFor(world);
        to.crashAt(crash);
        assert.equal(await move(world, to, WHOLE), 'vault/medium-failed');
        assert.deepEqual(world.deps.media.image, old);
        const { pages } = await unlockWorld(world, 'hidden');
        assert.deepEqual([pages[0].size, pages[1].size], [5, 5]);
      }
      assert.equal(
        await move(world, whole, { ...WHOLE, adopt: () => Promise.reject(new Error('no rename')) }),
        'vault/medium-failed',
      );
      assert.equal((await unlockWorld(world, 'hidden')).pages[1].size, 5);
      const to = mediaFor(world);
      assert.equal(await move(world, to, WHOLE), 'ok');
      assert.equal(
        (await unlockWorld(moved(world, to), 'new hidden' as 'hidden')).pages[1].size,
        5,
      );
    }
  });

  test('a crash after it was adopted leaves the new one whole, whatever is left of the old', async () => {
    for (let crash = 1; crash <= 3; crash += 1) {
      const world = await livedIn(`crash after ${crash}`);
      const to = mediaFor(world);
      world.deps.media.crashAt(crash);
      const answer = await inTime(
        world,
        moveContainer(world.deps, SMALL, LARGER, { to, adopt: async () => undefined, ...WHOLE }),
      );
      assert.equal(answer.ok ? answer.value.isOldDestroyed : true, false);
      world.deps.media.restart();
      const { pages } = await unlockWorld(moved(world, to), 'new hidden' as 'hidden');
      assert.deepEqual([pages[0].size, pages[1].size], [5, 5]);
      assert.equal(await kindOf(world, 'hidden'), 'vault/wrong-password', 'E has moved on');
    }
    // The power fails between the two: nothing was written after `adopt`.
    const world = await livedIn('between');
    const to = mediaFor(world);
    let left = 2;
    const secret = {
      ...world.deps.secret,
      write: (value: Uint8Array) => {
        left -= 1;
        return left < 0 ? Promise.reject(new Error('dead')) : world.deps.secret.write(value);
      },
    };
    world.deps.media.crashAt(1);
    await move({ ...world, deps: { ...world.deps, secret } }, to, WHOLE);
    assert.equal((await unlockWorld(moved(world, to), 'new hidden' as 'hidden')).pages[1].size, 5);
  });

  test('refuses a smaller place, unknown passwords, an unconfirmed loss and a lost page, and changes nothing', async () => {
    const world = await livedIn('refused');
    const to = mediaFor(world);
    const small: Geometry = { ...SMALL, windows: 4 };
    assert.equal(await move(world, mediaFor(world, small), WHOLE, small), 'vault/bad-size');
    assert.equal(
      await move(world, to, { ...WHOLE, current: password('wrong') }),
      'vault/wrong-password',
    );
    assert.equal(
      await move(world, to, { current: password('decoy'), next: ALL_NEW }),
      'vault/hidden-password-needed',
    );
    assert.equal(
      await move(world, to, {
        ...WHOLE,
        next: { ...PASSWORDS, duress: PASSWORDS.decoy },
      }),
      'vault/bad-passwords',
    );
    assert.equal(to.operations.length, 0);
    const decoy = await unlockWorld(world, 'decoy');
    for (let flush = 0; flush < 7; flush += 1) await flushContainer(world.deps, decoy.container);
    assert.match(await move(world, to, WHOLE), /page-damaged|volume-damaged/);
    assert.equal(await kindOf(world, 'hidden'), 'hidden');
  });
});
