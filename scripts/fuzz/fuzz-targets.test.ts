import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMutator } from './mutator.ts';
import { loadFuzzTargets, tryInput } from './run-fuzz-targets.ts';

/** Inputs per decoder in `npm test`; `npm run fuzz` goes on for as long as it is told. */
const INPUTS = 300;

describe('mutator', () => {
  test('the same seed gives the same inputs, another seed gives others', () => {
    const corpus = [Uint8Array.of(1, 2, 3), Uint8Array.of(0xa1, 0x00, 0x41, 0xff)];
    const sequence = (seed: number): string => {
      const mutate = createMutator(seed, corpus);
      return Array.from({ length: 50 }, () => mutate().toHex()).join();
    };
    assert.equal(sequence(7), sequence(7));
    assert.notEqual(sequence(7), sequence(8));
  });

  test('a target that throws is reported with its input', async () => {
    const failure = await tryInput(
      {
        name: 'broken',
        corpus: () => Promise.resolve([]),
        run: () => {
          throw new Error('crashed');
        },
      },
      Uint8Array.of(7),
    );
    assert.match(failure?.reason ?? '', /crashed/);
  });
});

describe('every decoder survives hostile bytes', async () => {
  for (const target of await loadFuzzTargets([])) {
    test(target.name, async () => {
      const mutate = createMutator(1, await target.corpus());
      for (let tried = 0; tried < INPUTS; tried += 1) {
        const failure = await tryInput(target, mutate());
        if (failure !== undefined) assert.fail(`${failure.reason}\n${failure.input.toHex()}`);
      }
    });
  }
});
