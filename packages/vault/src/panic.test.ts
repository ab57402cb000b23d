import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes, err, ok } from '@pars/base';
import { kindOf, livedIn } from './change-fixture.ts';
import { createMemoryMedia } from './fakes/index.ts';
import { STRIPE_BYTES, sizeOf, stripeOffset } from './geometry.ts';
import { panicVault } from './panic.ts';
import { randomiseMedia } from './randomise.ts';
import { inTime, pageOf, SMALL, unlockWorld, type World } from './vault-fixture.ts';
import { createVaultSession, TICK_MS } from './vault-session.ts';

/** What is done again, and the flush itself. */
const FIRST_FLUSH_WRITES = 7;
const TEXTS = ['decoy', 'hidden', 'duress'] as const;

async function opened(world: World): Promise<readonly string[]> {
  const kinds: string[] = [];
  for (const text of ['hidden', 'decoy'] as const) kinds.push(await kindOf(world, text));
  return kinds;
}

describe('panic', () => {
  test('E alone: the hidden volume is gone, the container is not written', async () => {
    const world = await livedIn('E');
    const writes = world.deps.media.operations.length;
    const outcome = await panicVault(world.deps, {});
    assert.deepEqual(outcome, { isSecretDestroyed: true, areMediaRandom: true });
    assert.deepEqual(await opened(world), ['vault/wrong-password', 'decoy']);
    assert.equal(world.deps.media.operations.length, writes);
  });

  test('with the container: no password opens anything, no byte of it stays, progress is told', async () => {
    const world = await livedIn('container');
    const before = world.deps.media.image.slice();
    const progress: number[] = [];
    const outcome = await panicVault(world.deps, {
      media: [world.deps.media],
      onProgress: (_, done) => progress.push(done),
    });
    assert.deepEqual(outcome, { isSecretDestroyed: true, areMediaRandom: true });
    for (const text of TEXTS) assert.equal(await kindOf(world, text), 'vault/wrong-password');
    const { image } = world.deps.media;
    for (let at = 0; at < image.length; at += 64) {
      assert.notDeepEqual(image.subarray(at, at + 64), before.subarray(at, at + 64), `${at}`);
    }
    assert.deepEqual([progress[0], progress.at(-1)], [4096, sizeOf(SMALL)]);
  });

  test('an unlocked vault writes nothing more and has no keys, in the middle of a flush too', async () => {
    for (let operation = 0; operation <= FIRST_FLUSH_WRITES; operation += 1) {
      const world = await livedIn(`session ${operation}`);
      const { media } = world.deps;
      const container = await unlockWorld(world, 'hidden');
      let left = operation;
      let panicking: Promise<unknown> | undefined;
      const watched = {
        ...media,
        async write(offset: number, bytes: Uint8Array) {
          await media.write(offset, bytes);
          left -= 1;
          if (left === 0) panicking = panicVault(world.deps, { vault });
        },
      };
      const vault = createVaultSession({ ...world.deps, media: watched }, container);
      vault.decoy.writePages(new Map([[1, pageOf(SMALL, 'not yet durable')]]));
      if (operation === 0) panicking = panicVault(world.deps, { vault });
      const writes = media.operations.filter(({ kind }) => kind === 'write').length;
      await world.time.advance(TICK_MS);
      await inTime(world, vault.locked);
      await panicking;
      await world.time.advance(2 * TICK_MS);
      const since = media.operations.filter(({ kind }) => kind === 'write').length - writes;
      assert.equal(since, operation, 'nothing after the panic');
      assert.equal(vault.isLocked, true);
      assert.deepEqual(vault.decoy.writePages(new Map()), err('vault/locked'));
      const keys = container.container.volumes.flatMap(({ maskKey, rootKeys, secrets }) => [
        maskKey,
        rootKeys.seal,
        rootKeys.tag,
        secrets?.decoy ?? new Uint8Array(0),
        secrets?.hidden ?? new Uint8Array(0),
        secrets?.root ?? new Uint8Array(0),
      ]);
      for (const key of [...keys, container.container.commitKey]) {
        assert.ok(key.every((byte) => byte === 0));
      }
      assert.deepEqual(await opened(world), ['vault/wrong-password', 'decoy']);
    }
  });

  test('a crash at every write of it: E is gone from the first, the decoy from the second, and again ends it', async () => {
    const count = 2 + Math.ceil((sizeOf(SMALL) - 4096) / 262_144) + 1;
    for (let crash = 1; crash <= count; crash += 1) {
      const world = await livedIn(`crash ${crash}`);
      world.deps.media.crashAt(crash);
      const outcome = await panicVault(world.deps, { media: [world.deps.media] });
      assert.deepEqual(outcome, { isSecretDestroyed: true, areMediaRandom: false });
      world.deps.media.restart();
      const [hidden, decoy] = await opened(world);
      assert.equal(hidden, 'vault/wrong-password');
      if (crash > 2) assert.equal(decoy, 'vault/wrong-password');
      const again = await panicVault(world.deps, { media: [world.deps.media] });
      assert.equal(again.areMediaRandom, true);
      for (const text of TEXTS) assert.equal(await kindOf(world, text), 'vault/wrong-password');
    }
  });

  test('the salt page is on the medium before anything else is written, then the stripes', async () => {
    const media = createMemoryMedia({ sizeBytes: sizeOf(SMALL) });
    const { deps } = await livedIn('order');
    await randomiseMedia({ media, random: deps.random });
    const [first, flush, second] = media.operations;
    assert.deepEqual(first, { kind: 'write', offset: 0, length: 4096 });
    assert.deepEqual(flush, { kind: 'flush' });
    assert.equal(second?.kind === 'write' && second.offset, stripeOffset(0));
    assert.ok(second?.kind === 'write' && second.length >= SMALL.windows * STRIPE_BYTES);
    await randomiseMedia({ media, random: deps.random }, { fromByte: sizeOf(SMALL) - 100 });
    assert.deepEqual(media.operations.at(-2), {
      kind: 'write',
      offset: sizeOf(SMALL) - 100,
      length: 100,
    });
  });

  test('a keeper that fails keeps nothing else from being done; one that can go away, goes', async () => {
    const world = await livedIn('keeper');
    world.deps.secret.setAvailable(false);
    const outcome = await panicVault(world.deps, { media: [world.deps.media] });
    assert.deepEqual(outcome, { isSecretDestroyed: false, areMediaRandom: true });
    let destroyed = 0;
    const secret = {
      ...world.deps.secret,
      write: async (value: Uint8Array) => ok(void concatBytes(value)),
      destroy: async () => ok(void (destroyed += 1)),
    };
    assert.equal((await panicVault({ ...world.deps, secret }, {})).isSecretDestroyed, true);
    assert.equal(destroyed, 1);
  });
});
