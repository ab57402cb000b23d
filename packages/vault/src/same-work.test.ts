import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SymmetricPrimitives } from '@pars/crypto';
import { flushContainer } from './flush.ts';
import { maxPagesOf } from './geometry.ts';
import { unlockContainer } from './unlock-container.ts';
import {
  createWorld,
  FAST_SUITE,
  inTime,
  PASSWORDS,
  password,
  unlockWorld,
  type World,
  write,
} from './vault-fixture.ts';

/** How often an unlock did what, with inputs of which lengths, and whether it opened something. */
type Work = Readonly<Record<string, number>>;

/** The primitives, counted. */
function countWork(): {
  readonly symmetric: SymmetricPrimitives;
  readonly work: Map<string, number>;
} {
  const work = new Map<string, number>();
  const count = (what: string): void => void work.set(what, (work.get(what) ?? 0) + 1);
  const { symmetric } = FAST_SUITE;
  return {
    work,
    symmetric: {
      sha3(...parts) {
        count(`sha3 of ${parts.reduce((sum, { length }) => sum + length, 0)}`);
        return symmetric.sha3(...parts);
      },
      hkdf(ikm, salt, info, length) {
        count(`hkdf of ${ikm.length}`);
        return symmetric.hkdf(ikm, salt, info, length);
      },
      gcmSeal(key, nonce, plaintext, aad) {
        count(`seal ${plaintext.length}`);
        return symmetric.gcmSeal(key, nonce, plaintext, aad);
      },
      gcmOpen(key, nonce, sealed, aad) {
        const opened = symmetric.gcmOpen(key, nonce, sealed, aad);
        count(`${opened === undefined ? 'refuse' : 'open'} ${sealed.length}`);
        return opened;
      },
    },
  };
}

/** What one unlock does to everything that it is given. */
async function workOf(world: World, text: string): Promise<Work> {
  const { symmetric, work } = countWork();
  const count = (what: string): void => void work.set(what, (work.get(what) ?? 0) + 1);
  const { deps } = world;
  const answer = unlockContainer(
    {
      ...deps,
      suite: { ...deps.suite, symmetric },
      random: {
        bytes(length) {
          count(`draw ${length}`);
          return deps.random.bytes(length);
        },
      },
      media: {
        ...deps.media,
        read(offset, length, into) {
          count(`read ${length}`);
          return deps.media.read(offset, length, into);
        },
      },
      secret: {
        ...deps.secret,
        read() {
          count('read E');
          return deps.secret.read();
        },
        write(value) {
          count(`write E of ${value.length}`);
          return deps.secret.write(value);
        },
      },
    },
    world.geometry,
    { password: password(text) },
  );
  await inTime(world, answer);
  return Object.fromEntries([...work].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A container that has seen some life: `share` of what both volumes can hold, and sessions of both kinds. */
async function livedIn(
  seed: string,
  options: { isHidden: boolean; share: number },
): Promise<World> {
  const { decoy, duress } = PASSWORDS;
  const world = await createWorld(seed, options.isHidden ? PASSWORDS : { decoy, duress });
  for (const text of options.isHidden
    ? (['hidden', 'decoy', 'hidden'] as const)
    : ['decoy' as const]) {
    const { container } = await unlockWorld(world, text);
    const wanted = container.volumes.map(({ number }) =>
      Math.floor(maxPagesOf(world.geometry, number) * options.share),
    );
    for (let flush = 0, page = 0; flush < (text === 'decoy' ? 2 : 40); flush += 1, page += 5) {
      for (const { number } of container.volumes) {
        const pages = Array.from({ length: 5 }, (_, at) => page + at);
        const fitting = pages.filter((at) => at < (wanted[number] ?? 0));
        if (fitting.length === 0) continue;
        write(container, number, new Map(fitting.map((at) => [at, `${number} ${at}`])));
      }
      await flushContainer(world.deps, container);
    }
  }
  return world;
}

describe('the work of an unlock', () => {
  for (const share of [0, 0.3, 1]) {
    test(`the same calls with the same lengths for every password, ${share * 100} % full`, async () => {
      const world = await livedIn(`work ${share}`, { isHidden: true, share });
      const decoy = await workOf(world, 'decoy');
      for (const text of ['hidden', 'wrong', 'decoy', 'duress', 'hidden'] as const) {
        assert.deepEqual(await workOf(world, text), decoy, text);
      }
      const without = await livedIn(`work ${share}`, { isHidden: false, share });
      for (const text of ['hidden', 'decoy', 'duress'] as const) {
        assert.deepEqual(await workOf(without, text), decoy, `${text} without a hidden volume`);
      }
    });
  }

  test('the same after a crash at any point of a flush', async () => {
    const calm = await workOf(await livedIn('calm', { isHidden: true, share: 0.3 }), 'decoy');
    for (let crash = 1; crash <= 7; crash += 1) {
      const world = await livedIn('crashed', { isHidden: true, share: 0.3 });
      const { container } = await unlockWorld(world, 'hidden');
      world.deps.media.crashAt(crash);
      await assert.rejects(flushContainer(world.deps, container));
      world.deps.media.restart();
      for (const text of ['hidden', 'decoy', 'wrong'] as const) {
        assert.deepEqual(await workOf(world, text), calm, `${text} after crash ${crash}`);
      }
    }
  });
});
