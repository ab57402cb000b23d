import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plotToSvg } from './plot.ts';
import { defineScenario, missedFigures, type Outcome } from './scenario.ts';
import { shrink } from './shrink.ts';
import { outcomeToTable } from './table.ts';

const figure = (value: number, promise?: { atMost?: number; atLeast?: number }): Outcome => ({
  figures: [{ name: 'delay', value, unit: 's', ...(promise && { promise }) }],
  plot: { x: 'time', y: 'share', series: [{ name: 'a', points: [[0, 0]] }] },
  fingerprint: '00',
  events: 1,
});

/** Fails from 7 nodes on when there are at least 3 faults. */
const fragile = defineScenario({
  name: 'fragile',
  description: 'for the tests',
  defaults: { nodes: 100, faults: 20, hours: 9 },
  small: { nodes: 5 },
  least: { nodes: 1, faults: 0, hours: 1 },
  async run({ parameters: { nodes, faults } }) {
    return figure(nodes >= 7 && faults >= 3 ? 1 : 0, { atMost: 0 });
  },
});

describe('promises', () => {
  test('are kept up to and with their bounds, and never by what is no number', () => {
    assert.equal(missedFigures(figure(5)).length, 0);
    assert.equal(missedFigures(figure(5, { atMost: 5, atLeast: 5 })).length, 0);
    assert.equal(missedFigures(figure(6, { atMost: 5 })).length, 1);
    assert.equal(missedFigures(figure(4, { atLeast: 5 })).length, 1);
    assert.equal(missedFigures(figure(Number.NaN, { atLeast: 0 })).length, 1);
    assert.equal(missedFigures(figure(Number.POSITIVE_INFINITY, { atMost: 5 })).length, 1);
  });

  test('stand in the table with what became of them', () => {
    assert.match(outcomeToTable(figure(6, { atMost: 5 })), /delay +6 s +at most 5 s +MISSED/);
    assert.match(outcomeToTable(figure(1.5, { atLeast: 1 })), /delay +1\.5 s +at least 1 s +kept/);
    assert.match(outcomeToTable(figure(Number.POSITIVE_INFINITY)), /never s$/);
  });
});

describe('shrinking', () => {
  test('finds the smallest parameters that still fail', async () => {
    const parameters = { ...fragile.defaults };
    const { parameters: smallest, runs } = await shrink(fragile, '1', parameters, () => false);
    assert.deepEqual(smallest, { nodes: 7, faults: 3, hours: 1 });
    assert.ok(runs < 60, `${runs} runs`);
  });

  test('leaves alone what does not fail, and stops when it is enough', async () => {
    const fine = { nodes: 3, faults: 3, hours: 9 };
    assert.deepEqual((await shrink(fragile, '1', fine, () => false)).parameters, fine);
    const failing = { ...fragile.defaults };
    const stopped = await shrink(fragile, '1', failing, () => true);
    assert.deepEqual(stopped, { parameters: failing, runs: 1 });
  });

  test('an error is a failure like another, and not to be mixed up with one', async () => {
    const throwing = {
      ...fragile,
      run: async ({ parameters }: { parameters: Readonly<Record<string, number>> }) => {
        if ((parameters['faults'] ?? 0) > 4) throw new Error('broken');
        return figure(1, { atMost: 0 });
      },
    };
    const { parameters } = await shrink(throwing, '1', { ...fragile.defaults }, () => false);
    assert.deepEqual(parameters, { nodes: 1, faults: 5, hours: 1 });
  });
});

describe('the plot', () => {
  const points = Array.from({ length: 5_000 }, (_, at) => [at, Math.sqrt(at)] as const);
  const svg = plotToSvg('a <b> & "c"', {
    x: 'seconds',
    y: '%',
    series: [
      { name: 'one', points },
      { name: 'two', points: [] },
    ],
  });

  test('is small, has its axes named and its ticks round', () => {
    assert.ok(svg.length < 12_000, `${svg.length}`);
    assert.match(svg, />seconds</);
    assert.match(svg, />4000</);
    assert.match(svg, /fill="#fff"/);
    assert.ok(!svg.includes('NaN') && !svg.includes('Infinity'));
  });

  test('lets no text out of its place', () => {
    assert.ok(!svg.includes('<b>'));
    assert.match(svg, /a &#60;b&#62; &#38; &#34;c&#34;/);
  });

  test('shows nothing where there is nothing, or all is the same', () => {
    for (const values of [
      [],
      [[0, 0]],
      [
        [3, 3],
        [3, 3],
      ],
    ] as const) {
      const empty = plotToSvg('x', { x: 'x', y: 'y', series: [{ name: 'n', points: values }] });
      assert.ok(!empty.includes('NaN') && !empty.includes('Infinity'));
    }
  });
});
