import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ParsError } from '../pars-error.ts';
import { createSimulationRandom } from './simulation-random.ts';

const first = (seed: string | number) => createSimulationRandom(seed).bytes(16).join();

describe('simulation randomness', () => {
  test('the same seed gives the same bytes, a number as its text', () => {
    assert.equal(first('a'), first('a'));
    assert.equal(first(42), first('42'));
    // Written down so that an old seed keeps replaying an old failure.
    assert.equal(Buffer.from(createSimulationRandom('pars').bytes(16)).toString('hex'), PINNED);
  });

  test('close seeds give different bytes', () => {
    const seeds = ['', 'a', 'b', 'aa', 'ab', 'ba', '0', '1', '00', ...Array(5000).keys()];
    const draws = new Set(seeds.map(first));
    // The numbers 0 and 1 are their texts.
    assert.equal(draws.size, seeds.length - 2);
  });

  test('forks depend on seed and label, not on what was drawn', () => {
    const parent = createSimulationRandom('seed');
    const before = parent.fork('x').bytes(16);
    parent.bytes(1000);
    assert.deepEqual(parent.fork('x').bytes(16), before);
    assert.notDeepEqual(parent.fork('y').bytes(16), before);
    assert.notEqual(
      createSimulationRandom('a').fork('b/c').bytes(16).join(),
      createSimulationRandom('a/b').fork('c').bytes(16).join(),
    );
  });

  test('below is fair and in range', () => {
    const random = createSimulationRandom('dice');
    const counts = new Map<number, number>();
    for (let roll = 0; roll < 6000; roll += 1) {
      const value = random.below(6);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    assert.deepEqual(
      [...counts.keys()].sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5],
    );
    for (const count of counts.values()) assert.ok(count > 850 && count < 1150, `${count}`);
    assert.equal(random.below(1), 0);
    for (const end of [0, -1, 1.5, 2 ** 32 + 1]) assert.throws(() => random.below(end), ParsError);
  });

  test('chance, pick and shuffle', () => {
    const random = createSimulationRandom('cards');
    let hits = 0;
    for (let draw = 0; draw < 1000; draw += 1) if (random.chance(0.25)) hits += 1;
    assert.ok(hits > 190 && hits < 310, `${hits}`);
    assert.ok(!random.chance(0));
    assert.ok(random.chance(1));
    const items = [1, 2, 3, 4, 5, 6, 7, 8];
    assert.ok(items.includes(random.pick(items)));
    assert.throws(() => random.pick([]), ParsError);
    const mixed = random.shuffle(items);
    assert.notDeepEqual(mixed, items);
    assert.deepEqual(
      mixed.toSorted((a, b) => a - b),
      items,
    );
  });
});

const PINNED = '05df6161ded585b1da774715ffa5dcc8';
