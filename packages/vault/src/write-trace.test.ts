import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { flushContainer } from './flush.ts';
import { createWorld, PASSWORDS, unlockWorld, type World, write } from './vault-fixture.ts';

/** Three sessions of a few flushes: everything that reaches the medium and the keeper of E. */
async function traceOf(
  life: 'decoy' | 'hidden idle' | 'hidden busy' | 'duress' | 'no hidden volume',
): Promise<{ readonly operations: readonly unknown[]; readonly secretLengths: readonly number[] }> {
  const { decoy, duress } = PASSWORDS;
  const world = await createWorld(
    'trace',
    life === 'no hidden volume' ? { decoy, duress } : PASSWORDS,
  );
  for (let session = 0; session < 3; session += 1) {
    const text = life === 'duress' ? 'duress' : life.startsWith('hidden') ? 'hidden' : 'decoy';
    const { container } = await unlockWorld(world, text);
    for (let flush = 0; flush < 7; flush += 1) {
      write(container, 0, new Map([[flush, `decoy ${flush}`]]));
      if (life === 'hidden busy') write(container, 1, busy(world));
      await flushContainer(world.deps, container);
    }
  }
  const { media, secret } = world.deps;
  return {
    operations: media.operations,
    secretLengths: secret.written.map(({ length }) => length),
  };
}

function busy(world: World): Map<number, string> {
  return new Map([0, 1, 2, 3].map((at) => [world.random.below(40), `hidden ${at}`]));
}

describe('write traces', () => {
  test('decoy, hidden idle, hidden busy, duress and no hidden volume write the same places in the same order', async () => {
    const decoy = await traceOf('decoy');
    assert.ok(decoy.operations.length > 21 * 7);
    assert.deepEqual(decoy.secretLengths, [64, 64, 64, 64]);
    for (const life of ['hidden idle', 'hidden busy', 'duress', 'no hidden volume'] as const) {
      assert.deepEqual(await traceOf(life), decoy, life);
    }
  });

  test('a wrong password writes E once and nothing to the medium, as the others do', async () => {
    for (const text of ['decoy', 'hidden', 'duress', 'wrong'] as const) {
      const world = await createWorld('unlock writes');
      const before = world.deps.media.operations.length;
      await unlockWorld(world, text as 'decoy').catch(() => undefined);
      assert.equal(world.deps.media.operations.length, before, text);
      assert.equal(world.deps.secret.written.length, 2, text);
    }
  });
});
