import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALL_NEW, KINDS, kindOf, livedIn, worldWith } from './change-fixture.ts';
import { changeContainerPasswords, type PasswordChange } from './change-passwords.ts';
import type { OpenVolume } from './container.ts';
import { everythingReadable } from './erasure-fixture.ts';
import { flushContainer } from './flush.ts';
import { inTime, PASSWORDS, password, unlockWorld, type World, write } from './vault-fixture.ts';

/** Writes and flushes of a change. */
const OPERATIONS = 22;
/** Every fifth of them, another fifth for each kind; all with `PARS_CRASH_WORLDS`. */
const STEP = process.env['PARS_CRASH_WORLDS'] === undefined ? 5 : 1;

async function change(world: World, request: PasswordChange): Promise<string> {
  const answer = await inTime(world, changeContainerPasswords(world.deps, world.geometry, request));
  return answer.ok ? 'ok' : answer.error.code;
}

describe('change of passwords', () => {
  test('the new passwords open what the old ones did, and the old ones open nothing', async () => {
    for (const isHiddenFromDisk of [false, true]) {
      const world = await livedIn('change', { isHiddenFromDisk });
      assert.equal(await change(world, { current: password('hidden'), next: ALL_NEW }), 'ok');
      for (const old of ['decoy', 'hidden', 'duress']) {
        assert.equal(await kindOf(world, old), 'vault/wrong-password', old);
      }
      const opened = await unlockWorld(world, 'new hidden' as 'hidden');
      assert.equal(opened.kind, 'hidden');
      assert.equal(opened.pages[0].get(4), 'decoy 4');
      assert.equal(opened.pages[1].get(4), 'hidden 4');
      write(opened.container, 1, new Map([[9, 'later']]));
      await flushContainer(world.deps, opened.container);
      assert.equal((await unlockWorld(world, 'new hidden' as 'hidden')).pages[1].get(9), 'later');
      assert.equal(await kindOf(world, 'new decoy'), 'decoy');
      assert.equal(await kindOf(world, 'new duress'), 'duress');
      assert.equal(await kindOf(world, 'new hidden'), 'vault/wrong-password');
    }
  });

  test('many changes one after another, from one key set to the other, with unlocks between', async () => {
    const world = await livedIn('many');
    let current = 'hidden';
    for (let round = 0; round < 5; round += 1) {
      const next = {
        decoy: password(`decoy ${round}`),
        hidden: password(`hidden ${round}`),
        duress: 'none' as const,
      };
      assert.equal(await change(world, { current: password(current), next }), 'ok');
      assert.equal(await kindOf(world, current), 'vault/wrong-password');
      current = `hidden ${round}`;
      const { container, pages } = await unlockWorld(world, current as 'hidden');
      assert.equal(pages[1].get(3), 'hidden 3');
      await flushContainer(world.deps, container);
    }
  });

  test('without the hidden password nothing happens unless the loss was agreed to', async () => {
    const world = await livedIn('demand');
    const writes = world.deps.media.operations.length;
    for (const request of [
      { current: password('decoy'), next: ALL_NEW },
      { current: password('decoy'), next: { ...ALL_NEW, hidden: 'none' as const } },
      { current: password('hidden'), next: { ...ALL_NEW, hidden: 'none' as const } },
    ]) {
      assert.equal(await change(world, request), 'vault/hidden-password-needed');
    }
    assert.equal(
      await change(world, { current: password('wrong'), next: ALL_NEW, mayDestroyHidden: true }),
      'vault/wrong-password',
    );
    const same = { decoy: password('x'), hidden: password('x'), duress: 'none' as const };
    assert.equal(
      await change(world, { current: password('hidden'), next: same }),
      'vault/bad-passwords',
    );
    assert.equal(world.deps.media.operations.length, writes, 'nothing was written');
    assert.equal((await unlockWorld(world, 'hidden')).pages[1].size, 5);
  });

  test('a vault with and one without a hidden volume give the decoy password the same answers', async () => {
    const without = await livedIn('same answers', { without: true });
    const request = { current: password('decoy'), next: ALL_NEW };
    assert.equal(await change(without, request), 'vault/hidden-password-needed');
    assert.equal(await change(without, { ...request, mayDestroyHidden: true }), 'ok');
    const added = await unlockWorld(without, 'new hidden' as 'hidden');
    assert.equal(added.kind, 'hidden');
    assert.equal(added.pages[1].size, 0);
    assert.equal(added.pages[0].get(2), 'decoy 2');
  });

  test('every kind of change writes the same places in the same order, and E as often', async () => {
    const traces = new Map<string, unknown>();
    for (const kind of KINDS) {
      const world = await livedIn('trace', { without: kind.without === true });
      const start = world.deps.media.operations.length;
      const before = world.deps.media.image.slice();
      assert.equal(await change(world, kind), 'ok', kind.name);
      assert.equal(world.deps.media.operations.length - start, OPERATIONS);
      const salt = [before, world.deps.media.image].map((image) => image.slice(0, 4096));
      traces.set(kind.name, {
        operations: world.deps.media.operations.slice(start),
        secret: world.deps.secret.written.length,
        kept: [...(salt[0] ?? [])].map((byte, at) =>
          (at >= 1024 && at < 1536) || (at >= 2048 && at < 2560) ? 'new' : byte === salt[1]?.[at],
        ),
        halves: [0, 32].map(
          (at) =>
            world.deps.secret.written
              .at(-1)
              ?.subarray(at, at + 32)
              .join() ===
            world.deps.secret.written
              .at(-4)
              ?.subarray(at, at + 32)
              .join(),
        ),
      });
    }
    const [first] = traces.values();
    for (const [name, trace] of traces) assert.deepEqual(trace, first, name);
  });

  test('a crash at every write leaves the old or the new passwords, both volumes whole', async () => {
    const seen = { old: 0, new: 0 };
    for (const [at, kind] of KINDS.entries()) {
      for (let crash = 1 + (at % STEP); crash <= OPERATIONS; crash += STEP) {
        const world = await livedIn(`crash ${kind.name} ${crash}`, {
          without: kind.without === true,
        });
        world.deps.media.crashAt(crash);
        assert.equal(await change(world, kind), 'vault/medium-failed');
        world.deps.media.restart();
        const isNew = await holdsNew(world, kind);
        seen[isNew ? 'new' : 'old'] += 1;
        // The next session ends what was begun, and after it the others are gone.
        const current = isNew ? textOfNext(kind) : kind.without === true ? 'decoy' : 'hidden';
        const { container, pages } = await unlockWorld(world, current as 'decoy');
        assert.equal(pages[0].size, 5, kind.name);
        if (container.volumes[1] !== undefined && (!isNew || kind.mayDestroyHidden !== true)) {
          assert.equal(pages[1].size, 5, kind.name);
        }
        await flushContainer(world.deps, container);
        assert.equal(await holdsNew(world, kind), isNew, kind.name);
      }
    }
    assert.ok(seen.old > 5 && seen.new > 5, JSON.stringify(seen));
  });

  test('erasure: the old passwords, all images of before and the E of now read nothing that was written since', async () => {
    const world = await livedIn('erasure');
    const image = world.deps.media.image.slice();
    const oldSecret = world.deps.secret.written.at(-1) as Uint8Array;
    const old = (await unlockWorld(world, 'hidden')).container;
    assert.equal(await change(world, { current: password('hidden'), next: ALL_NEW }), 'ok');
    const now = world.deps.secret.written.at(-1) as Uint8Array;

    // The limit: an image together with the passwords and the E of its time.
    assert.equal(await kindOf(worldWith(world, image, oldSecret), 'hidden'), 'hidden');
    // With the E of now the hidden volume of that image is gone; the decoy does not need E.
    assert.equal(await kindOf(worldWith(world, image, now), 'hidden'), 'vault/wrong-password');
    assert.equal(await kindOf(worldWith(world, image, now), 'decoy'), 'decoy');
    // The old key set copied into the container of now.
    const mixed = world.deps.media.image.slice();
    mixed.set(image.subarray(0, 4096));
    for (const text of ['decoy', 'hidden', 'duress']) {
      const code = await kindOf(worldWith(world, mixed, oldSecret), text);
      assert.equal(code, 'vault/wrong-password', text);
    }
    // Whoever kept all keys of before: nothing that is written from now on.
    const { container } = await unlockWorld(world, 'new hidden' as 'hidden');
    for (const volume of [0, 1] as const) write(container, volume, new Map([[0, 'since then']]));
    await flushContainer(world.deps, container);
    for (const volume of old.volumes) {
      assert.ok(!everythingReadable(world, old, volume).has('since then'));
      const fresh = container.volumes[volume.number] as OpenVolume;
      assert.ok(everythingReadable(world, container, fresh).has('since then'));
    }
  });

  test('a hidden volume that was not carried over is gone, also from older roots of the sweep', async () => {
    const world = await livedIn('gone');
    // A session without it leaves its last root in the sweep.
    const decoy = await unlockWorld(world, 'decoy');
    for (let flush = 0; flush < 2; flush += 1) await flushContainer(world.deps, decoy.container);
    const request = {
      current: password('decoy'),
      next: { ...PASSWORDS, hidden: 'none' as const },
      mayDestroyHidden: true,
    };
    assert.equal(await change(world, request), 'ok');
    assert.equal(await kindOf(world, 'hidden'), 'vault/wrong-password');
  });

  test('a hidden volume that is removed leaves no root, not even to whoever kept its keys', async () => {
    const world = await livedIn('removed');
    const { container } = await unlockWorld(world, 'hidden');
    const hidden = container.volumes[1] as OpenVolume;
    assert.equal(everythingReadable(world, container, hidden).size, 5);
    const request = {
      current: password('hidden'),
      next: { ...PASSWORDS, hidden: 'none' as const },
      mayDestroyHidden: true,
    };
    assert.equal(await change(world, request), 'ok');
    assert.equal(everythingReadable(world, container, hidden).size, 0);
  });

  test('the duress password as the current one destroys E, and changes what the decoy password would', async () => {
    const world = await livedIn('duress');
    const before = world.deps.secret.written.at(-1)?.join();
    const request = { current: password('duress'), next: ALL_NEW };
    assert.equal(await change(world, request), 'vault/hidden-password-needed');
    assert.notEqual(world.deps.secret.written.at(-1)?.join(), before);
    assert.equal(await kindOf(world, 'hidden'), 'vault/wrong-password');
  });

  test('a keeper that fails in the middle leaves the old passwords, one that fails at the end says so', async () => {
    for (const [writes, outcome] of [
      [1, 'vault/secret-unavailable'],
      [2, false],
    ] as const) {
      const world = await livedIn('keeper');
      let left = writes;
      const secret = {
        ...world.deps.secret,
        async write(value: Uint8Array) {
          left -= 1;
          if (left < 0) throw new Error('locked');
          return world.deps.secret.write(value);
        },
      };
      const answer = await inTime(
        world,
        changeContainerPasswords({ ...world.deps, secret }, world.geometry, {
          current: password('hidden'),
          next: ALL_NEW,
        }),
      );
      assert.equal(answer.ok ? answer.value.isOldSecretErased : answer.error.code, outcome);
      assert.equal(await kindOf(world, writes === 1 ? 'hidden' : 'new hidden'), 'hidden');
    }
  });

  test('both flushes count as extra ones, and without two left nothing happens', async () => {
    const world = await livedIn('extra');
    const { container } = await unlockWorld(world, 'hidden');
    container.extra = { day: Math.floor(world.time.clock.nowMs() / 86_400_000), count: 61 };
    await flushContainer(world.deps, container);
    const request = { current: password('hidden'), next: PASSWORDS };
    assert.equal(await change(world, request), 'ok');
    assert.equal((await unlockWorld(world, 'hidden')).container.extra.count, 63);
    assert.equal(await change(world, request), 'vault/no-extra-flush');
  });
});

/** Whether the new passwords are in force; never both, never none. */
async function holdsNew(world: World, kind: PasswordChange): Promise<boolean> {
  const old = await kindOf(world, 'decoy');
  if (kind.next.decoy === PASSWORDS.decoy) {
    assert.equal(old, 'decoy');
    return (await unlockWorld(world, 'decoy')).container.keySet === 1;
  }
  const fresh = await kindOf(world, 'new decoy');
  assert.deepEqual([fresh, old].toSorted(), ['decoy', 'vault/wrong-password']);
  return old === 'vault/wrong-password';
}

function textOfNext(kind: PasswordChange): string {
  const isNew = kind.next.decoy === ALL_NEW.decoy;
  if (kind.next.hidden === 'none') return isNew ? 'new decoy' : 'decoy';
  return kind.next.hidden === ALL_NEW.hidden ? 'new hidden' : 'hidden';
}
