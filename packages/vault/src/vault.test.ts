import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { expose, ok, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { erasableSecretConformance, mediaConformance } from './conformance/index.ts';
import { marginOf, type OpenVolume } from './container.ts';
import { createContainer } from './create-container.ts';
import { MAX_EXTRA_FLUSHES } from './extra-flushes.ts';
import { createMemoryMedia, createMemorySecret } from './fakes/index.ts';
import { flushContainer } from './flush.ts';
import { maxPagesOf, sizeOf } from './geometry.ts';
import { containerBytes, createVault, unlockVault } from './index.ts';
import { unlockContainer } from './unlock-container.ts';
import type { PageVolume, Vault } from './vault.ts';
import {
  createWorld,
  inTime,
  PASSWORDS,
  pageOf,
  password,
  SMALL,
  textOf,
  unlockWorld,
  type World,
  write,
} from './vault-fixture.ts';
import { createVaultSession, TICK_MS } from './vault-session.ts';

async function session(world: World, text: 'decoy' | 'hidden' | 'duress'): Promise<Vault> {
  return createVaultSession(world.deps, await unlockWorld(world, text));
}

async function tryUnlock(world: World, text: string): Promise<string> {
  const answer = await inTime(
    world,
    unlockContainer(world.deps, world.geometry, { password: password(text) }),
  );
  return answer.ok ? answer.value.kind : answer.error.code;
}

async function readText(volume: PageVolume | undefined, page: number): Promise<string | undefined> {
  const content = unwrap(await (volume as PageVolume).readPage(page));
  return content === undefined ? undefined : textOf(content);
}

describe('conformance', () => {
  const media = mediaConformance({
    create: async (sizeBytes) => createMemoryMedia({ sizeBytes }),
    reopen: async (media) => media,
  });
  const secret = erasableSecretConformance({
    create: async () => createMemorySecret(),
    reopen: async (secret) => secret,
  });
  for (const { name, run } of [...media, ...secret]) test(name, run);
});

describe('unlock', () => {
  test('each password is what it was made as, and every other one is wrong', async () => {
    const world = await createWorld('kinds');
    for (const kind of ['decoy', 'hidden'] as const)
      assert.equal(await tryUnlock(world, kind), kind);
    assert.equal(await tryUnlock(world, 'Decoy'), 'vault/wrong-password');
    assert.equal(await tryUnlock(world, ''), 'vault/wrong-password');
    assert.equal(await tryUnlock(world, 'x'.repeat(1025)), 'vault/wrong-password');
    assert.equal(await tryUnlock(world, 'duress'), 'duress');
  });

  test('after duress the decoy is whole and the hidden password is wrong for ever', async () => {
    const world = await createWorld('duress');
    const { container } = await unlockWorld(world, 'hidden');
    write(container, 0, new Map([[1, 'lived in']]));
    write(container, 1, new Map([[1, 'secret']]));
    await flushContainer(world.deps, container);
    const forced = await unlockWorld(world, 'duress');
    assert.deepEqual([...forced.pages[0]], [[1, 'lived in']]);
    assert.equal(forced.container.volumes.length, 1);
    assert.equal(await tryUnlock(world, 'hidden'), 'vault/wrong-password');
    assert.deepEqual([...(await unlockWorld(world, 'decoy')).pages[0]], [[1, 'lived in']]);
  });

  test('every unlock writes E once: the same bytes, half of them, or all of them new', async () => {
    const world = await createWorld('secret');
    const { written } = world.deps.secret;
    for (const text of ['decoy', 'wrong'] as const) {
      await tryUnlock(world, text);
      assert.deepEqual(written.at(-1), written.at(-2), text);
    }
    await tryUnlock(world, 'hidden');
    assert.deepEqual(written.at(-1)?.subarray(0, 32), written.at(-2)?.subarray(0, 32));
    assert.notDeepEqual(written.at(-1)?.subarray(32), written.at(-2)?.subarray(32));
    await tryUnlock(world, 'duress');
    assert.notDeepEqual(written.at(-1)?.subarray(0, 32), written.at(-2)?.subarray(0, 32));
    assert.equal(written.length, 5);
  });

  test('E rotates through its halves over many hidden sessions, with and without flushes, and the volume stays', async () => {
    const world = await createWorld('rotation');
    for (let round = 0; round < 12; round += 1) {
      const { container, pages, kind } = await unlockWorld(world, 'hidden');
      assert.equal(kind, 'hidden');
      assert.equal(
        pages[1].get(0),
        round < 1 ? undefined : `round ${round - 1 - ((round - 1) % 2)}`,
      );
      if (round % 2 === 1) continue;
      write(container, 1, new Map([[0, `round ${round}`]]));
      await flushContainer(world.deps, container);
    }
    const first = world.deps.secret.written[0] as Uint8Array;
    await world.deps.secret.write(first);
    assert.equal(
      await tryUnlock(world, 'hidden'),
      'vault/wrong-password',
      'the first E opens nothing any more',
    );
  });

  test('a keeper of E whose value a copy of the disk shows never sees it change, except for duress', async () => {
    const world = await createWorld('file', PASSWORDS, { isHiddenFromDisk: false });
    for (let round = 0; round < 3; round += 1) {
      const { container } = await unlockWorld(world, 'hidden');
      await flushContainer(world.deps, container);
    }
    assert.equal(new Set(world.deps.secret.written.map((value) => value.join())).size, 1);
    assert.equal(await tryUnlock(world, 'hidden'), 'hidden');
  });

  test('the answer comes at the same moment for every password', async () => {
    const moments = new Map<string, number>();
    for (const text of ['decoy', 'hidden', 'duress', 'wrong']) {
      const world = await createWorld('deadline');
      const start = world.time.clock.monotonicMs();
      await inTime(
        world,
        unlockContainer(world.deps, SMALL, { password: password(text), deadlineMs: 3000 }),
      );
      moments.set(text, world.time.clock.monotonicMs() - start);
    }
    assert.deepEqual([...moments.values()], [3000, 3000, 3000, 3000]);
  });

  test('reads the medium in the same places whatever the password', async () => {
    const traces = [];
    for (const text of ['decoy', 'hidden', 'duress', 'wrong']) {
      const world = await createWorld('reads');
      const { container } = await unlockWorld(world, 'hidden');
      write(
        container,
        1,
        new Map([
          [1, 'a'],
          [30, 'b'],
        ]),
      );
      await flushContainer(world.deps, container);
      const lengths: number[] = [];
      const media = {
        ...world.deps.media,
        read(offset: number, length: number) {
          lengths.push(length);
          return world.deps.media.read(offset, length);
        },
      };
      await inTime(
        world,
        unlockContainer({ ...world.deps, media }, SMALL, { password: password(text) }),
      );
      traces.push(lengths);
    }
    assert.ok((traces[0]?.length ?? 0) > 20);
    for (const trace of traces) assert.deepEqual(trace, traces[0]);
  });

  test('random containers, locked keepers and broken media give a code and never throw', async () => {
    for (let seed = 0; seed < 6; seed += 1) {
      const world = await createWorld(`random ${seed}`);
      const random = createSimulationRandom(seed);
      const { image } = world.deps.media;
      for (let at = 0; at < image.length; at += 65_536) {
        image.set(random.bytes(Math.min(65_536, image.length - at)), at);
      }
      for (const text of ['decoy', 'hidden', 'duress']) {
        assert.equal(await tryUnlock(world, text), 'vault/wrong-password');
      }
    }
    const world = await createWorld('codes');
    world.deps.secret.setAvailable(false);
    for (const text of ['decoy', 'hidden', 'wrong']) {
      assert.equal(await tryUnlock(world, text), 'vault/secret-unavailable');
    }
    world.deps.secret.setAvailable(true);
    world.deps.media.unplug();
    for (const text of ['decoy', 'hidden', 'wrong']) {
      assert.equal(await tryUnlock(world, text), 'vault/medium-failed');
    }
  });

  test('duress destroys E even when the medium breaks while the container is read', async () => {
    for (const text of ['decoy', 'hidden', 'duress', 'wrong']) {
      const world = await createWorld('breaks');
      const media = {
        ...world.deps.media,
        read: (offset: number, length: number) =>
          offset === 0
            ? world.deps.media.read(offset, length)
            : Promise.reject(new Error('unplugged')),
      };
      const request = { password: password(text) };
      const answer = await inTime(world, unlockContainer({ ...world.deps, media }, SMALL, request));
      assert.equal(answer.ok ? '' : answer.error.code, 'vault/medium-failed');
      const [first, second] = world.deps.secret.written;
      assert.equal(world.deps.secret.written.length, 2);
      assert.equal(first?.join() === second?.join(), text !== 'duress', text);
    }
  });

  test('damaged regions give a code, and what is whole can be read', async () => {
    const world = await createWorld('damage');
    const { container } = await unlockWorld(world, 'hidden');
    for (let flush = 0; flush < 9; flush += 1) {
      write(container, 1, new Map([[flush, `page ${flush}`]]));
      await flushContainer(world.deps, container);
    }
    const whole = world.deps.media.image.slice();
    const random = createSimulationRandom('damage');
    const seen = new Set<string>();
    for (let round = 0; round < 60; round += 1) {
      world.deps.media.image.set(whole);
      const length = random.pick([1, 512, 30_000, 200_000]);
      const at = random.below(whole.length - length);
      for (let done = 0; done < length; done += 65_536) {
        world.deps.media.image.set(random.bytes(Math.min(65_536, length - done)), at + done);
      }
      seen.add(await tryUnlock(world, 'hidden'));
    }
    assert.ok(seen.has('hidden'));
    for (const code of seen) {
      assert.ok(['hidden', 'vault/wrong-password', 'vault/volume-damaged'].includes(code), code);
    }
  });
});

describe('create', () => {
  test('refuses equal, empty and long passwords and another size', async () => {
    const { deps } = await createWorld('create');
    for (const passwords of [
      { decoy: password('a'), hidden: password('a') },
      { decoy: password('') },
      { decoy: password('a'), duress: password('x'.repeat(1025)) },
    ]) {
      const refused = await createContainer(deps, SMALL, passwords);
      assert.equal(refused.ok ? '' : refused.error.code, 'vault/bad-passwords');
    }
    const small = await createVault(deps, { tier: 'S', passwords: { decoy: password('a') } });
    assert.equal(small.ok ? '' : small.error.code, 'vault/bad-size');
    const opened = await unlockVault(deps, { password: password('a') });
    assert.equal(opened.ok ? '' : opened.error.code, 'vault/bad-size');
    assert.equal(containerBytes('S'), 323_260_416);
    assert.equal(containerBytes('L'), 646_221_824);
    assert.ok(expose(password('a')).length === 1 && sizeOf(SMALL) < 1_000_000);
  });
});

describe('two copies', () => {
  test('the hidden volume survives as many flushes without it as its margin said, then not one more', async () => {
    const world = await createWorld('margin');
    const { container } = await unlockWorld(world, 'hidden');
    for (let flush = 0; flush < 2 * SMALL.windows; flush += 1) {
      if (flush < 6) write(container, 1, new Map([[flush, `page ${flush}`]]));
      await flushContainer(world.deps, container);
    }
    const margin = marginOf(container, container.volumes[1] as OpenVolume);
    assert.ok(margin >= SMALL.windows / 2 - 1, `half a sweep: ${margin}`);
    const decoy = await unlockWorld(world, 'decoy');
    for (let flush = 0; flush < margin; flush += 1)
      await flushContainer(world.deps, decoy.container);
    const kept = await unlockWorld(world, 'hidden');
    assert.equal(kept.pages[1].size, 6);
    assert.equal(kept.container.volumes[1]?.index.lostCount(), 0);
    await flushContainer(world.deps, (await unlockWorld(world, 'decoy')).container);
    const lost = await unlockWorld(world, 'hidden').catch(() => undefined);
    assert.ok((lost?.container.volumes[1]?.index.lostCount() ?? 1) > 0);
  });

  test('the next hidden session repairs: with few pages the margin is back after one flush, and stays', async () => {
    const world = await createWorld('repair');
    const { container } = await unlockWorld(world, 'hidden');
    for (let flush = 0; flush < 12; flush += 1) {
      if (flush < 6) write(container, 1, new Map([[flush, `page ${flush}`]]));
      await flushContainer(world.deps, container);
    }
    const decoy = await unlockWorld(world, 'decoy');
    for (let flush = 0; flush < 3; flush += 1) await flushContainer(world.deps, decoy.container);
    const again = await unlockWorld(world, 'hidden');
    const volume = again.container.volumes[1] as OpenVolume;
    assert.ok(marginOf(again.container, volume) < SMALL.windows / 2 - 1);
    const margins = [];
    for (let flush = 0; flush < SMALL.windows; flush += 1) {
      await flushContainer(world.deps, again.container);
      margins.push(marginOf(again.container, volume));
    }
    assert.ok(Math.min(...margins) >= SMALL.windows / 2 - 1, margins.join());
    assert.equal((await unlockWorld(world, 'hidden')).pages[1].size, 6);
  });

  test('one damaged cell of the hidden volume is read from its other copy', async () => {
    const world = await createWorld('other copy');
    const { container } = await unlockWorld(world, 'hidden');
    write(container, 1, new Map([[0, 'twice there']]));
    for (let flush = 0; flush < SMALL.windows; flush += 1)
      await flushContainer(world.deps, container);
    const version = container.volumes[1]?.index.get(0, 0);
    assert.equal(version?.places.length, 2);
    const place = version?.places[0] ?? { window: 0, slot: 0 };
    const cell = 1024 * place.slot + 100;
    const start = sizeOf(SMALL) - (SMALL.windows - place.window) * 64 * 1024;
    world.deps.media.image[start + cell] = (world.deps.media.image[start + cell] ?? 0) ^ 1;
    assert.equal((await unlockWorld(world, 'hidden')).pages[1].get(0), 'twice there');
  });
});

describe('session', () => {
  test('reads what was written before and after the clock wrote it, and says when it is durable', async () => {
    const world = await createWorld('session');
    const vault = await session(world, 'hidden');
    const sequence = unwrap(vault.decoy.writePages(new Map([[3, pageOf(SMALL, 'three')]])));
    unwrap((vault.hidden as PageVolume).writePages(new Map([[3, pageOf(SMALL, 'hidden three')]])));
    assert.equal(await readText(vault.decoy, 3), 'three');
    assert.deepEqual(vault.decoy.pages(), []);
    let isDurable = false;
    const durable = vault.decoy.durable(sequence).then((result) => {
      isDurable = true;
      return result;
    });
    const before = world.deps.media.operations.length;
    await world.time.advance(TICK_MS - 1);
    assert.equal(isDurable, false);
    assert.equal(world.deps.media.operations.length, before, 'never on demand');
    await world.time.advance(1);
    assert.deepEqual(await durable, ok(undefined));
    assert.equal(await readText(vault.decoy, 3), 'three');
    assert.equal(await readText(vault.hidden, 3), 'hidden three');
    assert.equal(await readText(vault.hidden, 4), undefined);
    assert.deepEqual(vault.decoy.pages(), [3]);
    assert.ok((vault.hidden?.marginFlushes() ?? 0) > 0);
    assert.equal(vault.decoy.marginFlushes(), undefined);
    await vault.lock();
    assert.equal(world.time.pendingCount, 0);
    const refused = vault.decoy.writePages(new Map());
    assert.equal(refused.ok ? '' : refused.error.code, 'vault/locked');
    const read = await vault.decoy.readPage(3);
    assert.equal(read.ok ? '' : read.error.code, 'vault/locked');
  });

  test('a transaction larger than a window becomes visible whole, after several ticks', async () => {
    const world = await createWorld('multi');
    const vault = await session(world, 'decoy');
    const sequence = unwrap(
      vault.decoy.writePages(
        new Map(Array.from({ length: 30 }, (_, page) => [page * 3, pageOf(SMALL, `p${page}`)])),
      ),
    );
    await world.time.advance(TICK_MS);
    assert.deepEqual(vault.decoy.pages(), []);
    assert.equal(await readText(vault.decoy, 87), 'p29');
    assert.equal(
      (await unlockWorld(world, 'decoy')).pages[0].size,
      0,
      'nothing of it after a crash',
    );
    const durable = vault.decoy.durable(sequence);
    await world.time.advance(2 * TICK_MS);
    assert.deepEqual(await durable, ok(undefined));
    assert.equal((await unlockWorld(world, 'decoy')).pages[0].size, 30);
    await vault.lock();
  });

  test('bounds: transaction, queue, page number and length', async () => {
    const world = await createWorld('bounds');
    const vault = await session(world, 'decoy');
    const pages = (count: number): Map<number, Uint8Array> =>
      new Map(Array.from({ length: count }, (_, page) => [page, pageOf(SMALL, 'x')]));
    const large = vault.decoy.writePages(pages(33));
    assert.equal(large.ok ? '' : large.error.code, 'vault/transaction-too-large');
    unwrap(vault.decoy.writePages(pages(32)));
    const full = vault.decoy.writePages(pages(1));
    assert.equal(full.ok ? '' : full.error.code, 'vault/queue-full');
    assert.equal(vault.decoy.maxPages, maxPagesOf(SMALL, 0));
    assert.throws(() => vault.decoy.readPage(vault.decoy.maxPages), /vault\/argument/);
    await vault.lock();
  });

  test('the whole volume can be filled and rewritten, and stays whole', async () => {
    const world = await createWorld('full');
    const vault = await session(world, 'hidden');
    for (let round = 0; round < 3; round += 1) {
      for (const volume of [vault.decoy, vault.hidden as PageVolume]) {
        for (let page = 0; page < volume.maxPages; page += 10) {
          const writes = Array.from({ length: 10 }, (_, at) => page + at).filter(
            (at) => at < volume.maxPages,
          );
          const sequence = unwrap(
            volume.writePages(new Map(writes.map((at) => [at, pageOf(SMALL, `${round} ${at}`)]))),
          );
          const durable = volume.durable(sequence);
          let isDone = false;
          void durable.then(() => (isDone = true));
          for (let tick = 0; tick < 40 && !isDone; tick += 1) await world.time.advance(TICK_MS);
          assert.ok(isDone, `round ${round} page ${page}`);
        }
      }
    }
    await vault.lock();
    const { pages } = await unlockWorld(world, 'hidden');
    assert.equal(pages[0].size, 120);
    assert.equal(pages[1].size, 60);
    assert.equal(pages[1].get(59), '2 59');
  });

  test('at most 64 extra flushes a day, locks included; the 65th lock waits for the tick; a clock set back gives none', async () => {
    const world = await createWorld('extra');
    for (let at = 0; at < 60; at += 1) await (await session(world, 'decoy')).lock();
    const vault = await session(world, 'decoy');
    assert.equal(vault.extraFlushesLeft(), 4);
    for (let at = 0; at < 4; at += 1) assert.ok((await vault.flushNow()).ok);
    const refused = await vault.flushNow();
    assert.equal(refused.ok ? '' : refused.error.code, 'vault/no-extra-flush');
    world.time.jumpWallClock(-5 * 86_400_000);
    assert.equal(vault.extraFlushesLeft(), 0);
    const locked = vault.lock();
    assert.equal(vault.isLocked, false);
    await world.time.advance(TICK_MS);
    assert.deepEqual(await locked, ok(undefined));
    assert.equal(vault.isLocked, true);
    world.time.jumpWallClock(6 * 86_400_000);
    assert.equal((await session(world, 'decoy')).extraFlushesLeft(), MAX_EXTRA_FLUSHES);
  });

  test('a medium that fails locks the vault at once, and the last flush is there afterwards', async () => {
    const world = await createWorld('unplugged');
    const vault = await session(world, 'decoy');
    unwrap(vault.decoy.writePages(new Map([[0, pageOf(SMALL, 'before')]])));
    await world.time.advance(TICK_MS);
    const lost = vault.decoy.durable(
      unwrap(vault.decoy.writePages(new Map([[0, pageOf(SMALL, 'after')]]))),
    );
    world.deps.media.unplug();
    await world.time.advance(TICK_MS);
    const ended = await lost;
    assert.equal(ended.ok ? '' : ended.error.code, 'vault/medium-failed');
    assert.equal(vault.isLocked, true);
    assert.equal(world.time.pendingCount, 0);
    assert.equal(MAX_EXTRA_FLUSHES >= vault.extraFlushesLeft(), true);
    world.deps.media.restart();
    assert.equal((await unlockWorld(world, 'decoy')).pages[0].get(0), 'before');
  });
});
