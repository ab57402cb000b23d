import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSimulationRandom } from '@pars/base/fakes';
import * as fc from 'fast-check';
import { createFountainDecoder } from './fountain-decoder.ts';
import { createFountainEncoder } from './fountain-encoder.ts';
import { createObjectAssembly } from './object-assembly.ts';

const object = fc.uint8Array({ minLength: 1, maxLength: 3_000 });

/** Ids in an order that depends on the seed, each at most once. */
function* shuffledIds(seed: number, count: number): Iterable<number> {
  const random = createSimulationRandom(`fountain ${seed}`);
  const ids = Array.from({ length: count }, (_, at) => at);
  while (ids.length > 0) {
    const [id] = ids.splice(random.below(ids.length), 1);
    if (id !== undefined) yield id;
  }
}

describe('fountain code', () => {
  test('gives the object back from symbols in any order, with duplicates, sources or not', () => {
    fc.assert(
      fc.property(
        object,
        fc.integer({ min: 1, max: 300 }),
        fc.nat(),
        fc.boolean(),
        (bytes, length, seed, late) => {
          const encoder = createFountainEncoder(bytes, length);
          const decoder = createFountainDecoder({
            objectLength: bytes.length,
            symbolLength: length,
          });
          const base = late ? encoder.sourceCount : 0;
          for (const id of shuffledIds(seed, 3 * encoder.sourceCount + 20)) {
            const before = decoder.missing;
            const step = decoder.add(base + id, encoder.symbol(base + id));
            assert.equal(before - decoder.missing, step === 'added' ? 1 : 0);
            assert.notEqual(step, 'contradiction');
            assert.equal(decoder.add(base + id, encoder.symbol(base + id)), 'redundant');
            if (decoder.missing === 0) break;
            assert.equal(decoder.object(), undefined);
          }
          assert.deepEqual(decoder.object(), bytes);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('takes any bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double(), fc.uint8Array({ maxLength: 12 }))),
        fc.integer({ min: 1, max: 60 }),
        (symbols, objectLength) => {
          const decoder = createFountainDecoder({ objectLength, symbolLength: 8 });
          for (const [id, symbol] of symbols) decoder.add(id, symbol);
          const length = decoder.object()?.length;
          assert.ok(length === undefined || length === objectLength);
        },
      ),
    );
  });

  test('notices a symbol that contradicts what is known', () => {
    const bytes = new Uint8Array(40).fill(7);
    const encoder = createFountainEncoder(bytes, 10);
    const decoder = createFountainDecoder({ objectLength: 40, symbolLength: 10 });
    for (const id of [0, 1, 2, 3]) decoder.add(id, encoder.symbol(id));
    assert.equal(decoder.add(9, encoder.symbol(9)), 'redundant');
    assert.equal(decoder.add(9, new Uint8Array(10)), 'contradiction');
  });
});

describe('object assembly', () => {
  const bytes = new Uint8Array(400).map((_, at) => at);
  const shape = { objectLength: 400, symbolLength: 40 };
  const encoder = createFountainEncoder(bytes, 40);
  const verify = (found: Uint8Array) => (Buffer.compare(found, bytes) === 0 ? found : undefined);

  test('begins again with one sender when two together gave a wrong object', () => {
    const assembly = createObjectAssembly(shape, verify);
    for (let id = 0; id < 9; id += 1) assembly.add(id, encoder.symbol(id), 'honest');
    assert.equal(assembly.add(9, new Uint8Array(40), 'liar'), 'more');
    assert.equal(assembly.missing, 10);
    // The liar may come first again; alone it is found out.
    for (let id = 0; id < 10; id += 1) assembly.add(id, new Uint8Array(40), 'liar');
    assert.equal(assembly.missing, 10);
    for (let id = 0; id < 10; id += 1) {
      assembly.add(id, new Uint8Array(40), 'liar');
      assembly.add(20 + id, encoder.symbol(20 + id), 'honest');
    }
    assembly.add(0, encoder.symbol(0), 'honest');
    assert.deepEqual(assembly.result(), bytes);
    assert.equal(assembly.state, 'done');
  });

  test('gives up when nobody but a liar sends', () => {
    const assembly = createObjectAssembly(shape, verify);
    for (let id = 0; id < 20; id += 1) assembly.add(id, new Uint8Array(40), 'liar');
    assert.equal(assembly.state, 'more');
    assembly.add(20, new Uint8Array(40), 'liar');
    assert.equal(assembly.state, 'given-up');
  });

  test('gives up after four wrong objects, and takes nothing more', () => {
    const assembly = createObjectAssembly(shape, verify);
    for (const sender of ['a', 'b', 'c', 'd']) {
      for (let id = 0; id < 10; id += 1) assembly.add(id, new Uint8Array(40), sender);
    }
    assert.equal(assembly.state, 'given-up');
    for (let id = 0; id < 10; id += 1) {
      assert.equal(assembly.add(id, encoder.symbol(id), 'honest'), 'given-up');
    }
    assert.equal(assembly.result(), undefined);
  });
});
