import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSimulationRandom, createVirtualTime } from '@pars/base/fakes';
import { challengeThreshold, createHalfOpenTable, workMemoryMs } from './half-open-table.ts';
import { createSeededSuite } from './link-fixture.ts';
import { isPuzzleSolved, maxDifficulty, solvePuzzle } from './puzzle.ts';

const time = createVirtualTime();
const { symmetric } = createSeededSuite(createSimulationRandom('link guards'));

describe('the half-open table', () => {
  test('lets the oldest of the busiest source give way', () => {
    const table = createHalfOpenTable(time, 3);
    const evicted: string[] = [];
    table.add('honest', () => evicted.push('honest'));
    table.add('flood', () => evicted.push('flood 1'));
    table.add('flood', () => evicted.push('flood 2'));
    table.add('late', () => evicted.push('late'));
    assert.deepEqual(evicted, ['flood 1']);
    assert.equal(table.size, 3);
  });

  test('stays within its capacity whatever comes', () => {
    const table = createHalfOpenTable(time, 10);
    let evictedCount = 0;
    for (let index = 0; index < 1_000; index += 1) {
      table.add(`source ${index % 7}`, () => (evictedCount += 1));
    }
    assert.equal(table.size, 10);
    assert.equal(evictedCount, 990);
  });

  test('asks for cookies under load, and for more work as it grows', () => {
    const table = createHalfOpenTable(time, 1_024);
    const entries = [];
    const difficulties = new Set<number | undefined>();
    for (let index = 0; index < 600; index += 1) {
      const entry = table.add('anyone', () => undefined);
      assert.equal(index < challengeThreshold, table.difficulty() === undefined);
      difficulties.add(table.difficulty());
      entry.markWorking();
      entry.markWorking();
      entries.push(entry);
    }
    assert.deepEqual([...difficulties], [undefined, 10, 12, 14, maxDifficulty]);
    for (const entry of entries) {
      entry.end('linked');
      entry.end('failed');
    }
    assert.equal(table.difficulty(), undefined);
    assert.equal(table.size, 0);
  });

  test('remembers for a while the work of those that leave without a link', async () => {
    const table = createHalfOpenTable(time);
    const work = (outcome: 'linked' | 'failed'): void => {
      const entry = table.add('anyone', () => undefined);
      entry.markWorking();
      entry.end(outcome);
    };
    for (let index = 0; index < 10_000; index += 1) work('linked');
    assert.equal(table.difficulty(), undefined);
    for (let index = 0; index < challengeThreshold; index += 1) work('failed');
    assert.equal(table.difficulty(), 10);
    for (let index = 0; index < 10_000; index += 1) work('failed');
    assert.equal(table.difficulty(), maxDifficulty);
    await time.advance(workMemoryMs - 1);
    assert.equal(table.difficulty(), maxDifficulty);
    await time.advance(1);
    assert.equal(table.difficulty(), undefined);
    assert.equal(table.size, 0);
  });

  test('counts the work of an evicted one too', () => {
    const table = createHalfOpenTable(time, 1);
    for (let index = 0; index <= challengeThreshold; index += 1) {
      table.add('anyone', () => undefined).markWorking();
    }
    assert.equal(table.difficulty(), 10);
  });

  test('does not count handshakes that made it do no work', () => {
    const table = createHalfOpenTable(time, 1_024);
    for (let index = 0; index < 500; index += 1) table.add('silent', () => undefined);
    assert.equal(table.difficulty(), undefined);
  });
});

describe('the puzzle', () => {
  test('is solved with about the work it asks for, letting others run in between', async () => {
    const cookie = new Uint8Array(37).fill(3);
    let pauseCount = 0;
    const answer = await solvePuzzle(symmetric, cookie, 12, async () => {
      pauseCount += 1;
    });
    assert.ok(isPuzzleSolved(symmetric, cookie, 12, answer));
    const attempts = new DataView(answer.buffer).getUint32(4) + 1;
    assert.equal(pauseCount, Math.floor((attempts - 1) / 1_024));
    assert.equal(isPuzzleSolved(symmetric, cookie, 12, new Uint8Array(8).fill(0xff)), false);
  });

  test('of no difficulty needs no work', async () => {
    const answer = await solvePuzzle(symmetric, new Uint8Array(37), 0, () =>
      Promise.reject(new Error('no pause is needed')),
    );
    assert.deepEqual(answer, new Uint8Array(8));
  });
});
