import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Random } from '@pars/base';
import { heldOutArea } from './game-classifier-fixture.ts';
import {
  areaUnderCurve,
  type Observation,
  observe,
  STATISTICS,
  type Statistic,
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

interface Outcome {
  readonly areas: ReadonlyMap<Statistic, number>;
  /** Of a trained classifier, over containers that it did not learn from. */
  readonly classifier: number;
}

async function play(withoutPermutation: boolean): Promise<Outcome> {
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
  const features = worlds.map((seen) => seen.map((one) => one.features));
  return {
    areas: new Map(
      STATISTICS.map((name) => [
        name,
        areaUnderCurve(
          worlds[0].map((seen) => seen[name]),
          worlds[1].map((seen) => seen[name]),
        ),
      ]),
    ),
    classifier: heldOutArea([features[0] ?? [], features[1] ?? []]),
  };
}

function tell(t: TestContext, { areas, classifier }: Outcome): void {
  for (const [name, area] of areas) t.diagnostic(`${name}: AUC ${area.toFixed(3)}`);
  t.diagnostic(`trained classifier: AUC ${classifier.toFixed(3)}`);
}

describe('distinguishing game', () => {
  test('with the decoy password and an image after every flush, neither a statistic nor a trained classifier tells a hidden volume', async (t) => {
    const outcome = await play(false);
    tell(t, outcome);
    const allowed = 3 * standardError(CONTAINERS, CONTAINERS);
    for (const [name, area] of outcome.areas) {
      assert.ok(Math.abs(area - 0.5) <= allowed, `${name} tells: ${area}`);
    }
    // Each half of the containers is judged by what was learnt from the other.
    const half = standardError(CONTAINERS / 2, CONTAINERS / 2);
    assert.ok(
      Math.abs(outcome.classifier - 0.5) <= (3 * half) / Math.SQRT2,
      'the classifier tells',
    );
  });

  test('negative control: without the fresh permutation statistics and the classifier tell', async (t) => {
    const outcome = await play(true);
    tell(t, outcome);
    assert.ok([...outcome.areas.values()].some((area) => Math.abs(area - 0.5) > 0.4));
    assert.ok(outcome.classifier > 0.9);
  });
});
