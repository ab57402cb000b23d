import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { regressions } from '../scenario/regressions.ts';
import { commandOf, missedFigures, type Scenario } from '../scenario/scenario.ts';
import { scenarios } from './index.ts';

const seed = process.env['PARS_SEED'] ?? '1';

function find(name: string): Scenario {
  const scenario = scenarios.find((other) => other.name === name);
  assert.ok(scenario !== undefined, `no scenario ${name}`);
  return scenario;
}

describe('every scenario keeps its promises at the small size', () => {
  for (const scenario of scenarios) {
    test(scenario.name, async () => {
      const parameters = { ...scenario.defaults, ...scenario.small };
      const outcome = await scenario.run({ seed, parameters, suite: 'modelled' });
      assert.deepEqual(missedFigures(outcome), [], commandOf(scenario, seed, parameters));
      assert.ok(outcome.figures.some(({ promise }) => promise !== undefined));
      assert.ok(outcome.plot.series.some(({ points }) => points.length > 1));
    });
  }
});

describe('one seed is one world', () => {
  const tiny: Readonly<Record<string, Readonly<Record<string, number>>>> = {
    city: { nodes: 10, clusterSize: 5, hours: 1, messages: 3, crashesPerHour: 10 },
    partition: { nodes: 4, common: 20, divergent: 60, authors: 2, crashes: 2 },
    radio: { nodes: 3, hours: 2, messages: 1 },
  };
  for (const [name, parameters] of Object.entries(tiny)) {
    test(name, async () => {
      const run = async (of: string) =>
        await find(name).run({ seed: of, parameters, suite: 'modelled' });
      const first = await run('one');
      const second = await run('one');
      assert.equal(second.fingerprint, first.fingerprint);
      assert.deepEqual(second.figures, first.figures);
      assert.equal(second.events, first.events);
      assert.notEqual((await run('another')).fingerprint, first.fingerprint);
    });
  }
});

test('with the whole suite real, a blackout is survived as well', async () => {
  const scenario = find('blackout');
  const parameters = { nodes: 6, places: 2, couriers: 2, sticks: 1, days: 4, messages: 4 };
  const outcome = await scenario.run({ seed, parameters, suite: 'real' });
  assert.deepEqual(missedFigures(outcome), []);
  const carried = outcome.figures.find(({ name }) => name === 'bundles carried');
  assert.ok((carried?.value ?? 0) > 0);
});

describe('what once failed', () => {
  test('is run again', {
    skip: regressions.length === 0 && 'nothing has failed so far',
  }, async () => {
    for (const { scenario, seed: once, parameters, because } of regressions) {
      const outcome = await find(scenario).run({ seed: once, parameters, suite: 'modelled' });
      assert.deepEqual(missedFigures(outcome), [], because);
    }
  });
});
