import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Random } from '@pars/base';
import {
  areaUnderCurve,
  type Observation,
  observe,
  STATISTICS,
  standardError,
} from './game-fixture.ts';

/** Containers a world: 16 by default; `PARS_GAME_WORLDS=400` is the full size. */
const CONTAINERS = Number(process.env['PARS_GAME_WORLDS'] ?? 16);
/** Images a container: two and a half sweeps; at full size nearly eight. */
const FLUSHES = CONTAINERS >= 100 ? 62 : 20;

/** `PARS_GAME_RANDOM=platform`: the randomness that a real vault uses; no seed repeats such a game. */
const PLATFORM: { readonly random?: Random } =
  process.env['PARS_GAME_RANDOM'] === 'platform'
    ? { random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) } }
    : {};

async function play(withoutPermutation: boolean): Promise<ReadonlyMap<keyof Observation, number>> {
  const worlds: [Observation[], Observation[]] = [[], []];
  for (let at = 0; at < CONTAINERS; at += 1) {
    for (const isHidden of [false, true]) {
      const seed = `game ${at} ${isHidden}`;
      const seen = await observe({
        seed,
        isHidden,
        flushes: FLUSHES,
        withoutPermutation,
        ...PLATFORM,
      });
      worlds[isHidden ? 1 : 0].push(seen);
    }
  }
  return new Map(
    STATISTICS.map((name) => [
      name,
      areaUnderCurve(
        worlds[0].map((seen) => seen[name]),
        worlds[1].map((seen) => seen[name]),
      ),
    ]),
  );
}

describe('distinguishing game', () => {
  test('with the decoy password and an image after every flush, no statistic tells a hidden volume', async (t) => {
    const allowed = 3 * standardError(CONTAINERS, CONTAINERS);
    for (const [name, area] of await play(false)) {
      t.diagnostic(`${name}: AUC ${area.toFixed(3)}`);
      assert.ok(Math.abs(area - 0.5) <= allowed, `${name} tells: ${area}`);
    }
  });

  test('negative control: without the fresh permutation the same statistics tell', async (t) => {
    const areas = [...(await play(true)).entries()];
    for (const [name, area] of areas) t.diagnostic(`${name}: AUC ${area.toFixed(3)}`);
    assert.ok(areas.some(([, area]) => Math.abs(area - 0.5) > 0.4));
  });
});
