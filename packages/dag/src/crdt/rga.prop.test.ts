import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import { createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import * as fc from 'fast-check';
import { createModelHistory } from '../history-fixture.ts';
import type { Vertex, VertexId } from '../vertex.ts';
import { growOperations, linearOrder, materialise, momentOf, testLaws } from './crdt-fixture.ts';
import { type Rga, rga } from './rga.ts';
import { MAX_REMOVED_RANGES, type RgaOperation } from './rga-format.ts';

const LETTERS = Array.from('abcdefgh پارس😀');

function next(seen: Rga, random: SimulationRandom): RgaOperation {
  if (seen.length > 0 && random.chance(0.3)) {
    const index = random.below(seen.length);
    const count = 1 + random.below(Math.min(3, seen.length - index));
    return seen.remove(index, count)[0] as RgaOperation;
  }
  const text = Array.from({ length: 1 + random.below(3) }, () => random.pick(LETTERS)).join('');
  return seen.insert(random.below(seen.length + 1), text);
}

describe('laws', () => testLaws(rga, next));

describe('intention', () => {
  test('an edit does to the text that its author saw what an edit of a string does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (seed) => {
        const random = createSimulationRandom(seed);
        const history = await growOperations(rga, next, seed, 12);
        const text = await materialise(rga, history, history.model.vertices);
        const before = [...text.value()];
        assert.equal(text.length, before.length);
        const index = random.below(before.length + 1);
        const { model } = history;
        const heads = model.maximal(model.vertices);
        const written = model.add(heads);
        await text.apply(text.insert(index, 'نو'), momentOf(model, written));
        const expected = before.toSpliced(index, 0, 'ن', 'و');
        assert.equal(text.value(), expected.join(''));
        const count = random.below(expected.length - index + 1);
        const removals = text.remove(index, count);
        for (const removal of removals) {
          const removing = model.add([written], new Uint8Array([1]));
          await text.apply(removal, momentOf(model, removing));
        }
        assert.equal(text.value(), expected.toSpliced(index, count).join(''));
      }),
      { numRuns: 40 },
    );
  });

  test('characters that nobody removed are there once, and keep their order everywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (seed) => {
        const history = await growOperations(rga, next, seed, 16);
        const { model, operations } = history;
        const whole = [...(await materialise(rga, history, model.vertices)).value()];
        const inserted = Array.from(operations.values()).flatMap((operation) =>
          operation.type === 'insert' ? [...operation.text] : [],
        );
        const removed = new Set(
          Array.from(operations.values()).flatMap((operation) =>
            operation.type === 'remove'
              ? operation.ranges.flatMap(({ id, offset, count }) =>
                  Array.from({ length: count }, (_, step) => `${id.toHex()} ${offset + step}`),
                )
              : [],
          ),
        );
        assert.equal(whole.length, inserted.length - removed.size);
      }),
      { numRuns: 40 },
    );
  });

  test('what several wrote into one gap, in whatever way, is never interleaved', async () => {
    let splitGaps = 0;
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.integer({ min: 2, max: 3 }), async (seed, writers) => {
        const random = createSimulationRandom(seed);
        const model = createModelHistory();
        const operations = new Map<Vertex, RgaOperation>();
        const add = (parents: readonly Vertex[], operation: RgaOperation) => {
          const vertex = model.add(parents, rga.encodeOperation(operation));
          operations.set(vertex, operation);
          return vertex;
        };
        const history = { model, operations };
        // A shared text in several runs, some of it removed.
        let shared: readonly Vertex[] = [];
        for (let step = 0; step < random.below(5); step += 1) {
          const seen = await materialise(rga, history, model.vertices);
          const place = random.below(seen.length + 1);
          shared = [add(shared, seen.insert(place, '····'.slice(0, 1 + random.below(4))))];
          const grown = await materialise(rga, history, model.vertices);
          if (random.chance(0.4)) {
            const [removal] = grown.remove(random.below(grown.length), 1);
            if (removal !== undefined) shared = [add(shared, removal)];
          }
        }
        const common = [...model.vertices];
        const sharedText = (await materialise(rga, history, common)).value();
        const gap = random.below([...sharedText].length + 1);
        if (gap > 0 && gap < [...sharedText].length) splitGaps += 1;
        for (let writer = 0; writer < writers; writer += 1) {
          const own = [...common];
          let tips = shared;
          let length = 0;
          for (let step = 0; step < 1 + random.below(8); step += 1) {
            const seen = await materialise(rga, history, own);
            // Forwards, backwards, in the middle of what is one's own; now and then removing some of it.
            const within = random.pick([0, length, random.below(length + 1)]);
            const removes = length > 1 && random.chance(0.2);
            const operation = removes
              ? (seen.remove(gap + random.below(length), 1)[0] as RgaOperation)
              : seen.insert(gap + within, 'ABC'.charAt(writer).repeat(1 + random.below(2)));
            if (operation.type === 'insert') length += operation.text.length;
            else length -= 1;
            const vertex = add(tips, operation);
            tips = [vertex];
            own.push(vertex);
          }
        }
        const order = linearOrder(model, model.vertices, random);
        const merged = (await materialise(rga, history, order)).value();
        const runs = merged.match(/A+|B+|C+/g) ?? [];
        const letters = new Set(runs.map((run) => run.charAt(0)));
        assert.equal(runs.length, letters.size, merged);
        assert.equal(merged.replaceAll(/[ABC]/g, ''), sharedText);
        assert.equal(merged.search(/[ABC]/), gap);
      }),
      { numRuns: 150 },
    );
    assert.ok(splitGaps > 30);
  });
});

describe('operations that lie are void', () => {
  const nobody = new Uint8Array(32).fill(9) as VertexId;

  test('for every replica alike, whether it knows what they name or not', async () => {
    const model = createModelHistory();
    const operations = new Map<Vertex, RgaOperation>();
    const first: RgaOperation = { type: 'insert', text: 'abc' };
    const known = model.add([], rga.encodeOperation(first));
    operations.set(known, first);
    const lies: readonly RgaOperation[] = [
      { type: 'insert', at: { id: known.id, offset: 2, side: 'after' }, text: 'x' },
      { type: 'insert', at: { id: nobody, offset: 0, side: 'before' }, text: 'x' },
      { type: 'remove', ranges: [{ id: known.id, offset: 0, count: 3 }] },
      { type: 'remove', ranges: [{ id: nobody, offset: 0, count: 3 }] },
    ];
    // Roots of their own: none of them has `known` in its past.
    for (const lie of lies) operations.set(model.add([], rga.encodeOperation(lie)), lie);
    const { vertices } = model;
    for (const order of [vertices, vertices.toReversed()]) {
      const text = await materialise(rga, { model, operations }, order);
      assert.equal(text.value(), 'abc');
    }
  });

  test('places that are none', async () => {
    const model = createModelHistory();
    const operations = new Map<Vertex, RgaOperation>();
    const first: RgaOperation = { type: 'insert', text: 'abc' };
    const root = model.add([], rga.encodeOperation(first));
    operations.set(root, first);
    const { id } = root;
    const faults: readonly RgaOperation[] = [
      { type: 'insert', at: { id, offset: 1, side: 'after' }, text: 'x' },
      { type: 'insert', at: { id, offset: 3, side: 'before' }, text: 'x' },
      { type: 'remove', ranges: [{ id, offset: 3, count: 1 }] },
    ];
    for (const fault of faults)
      operations.set(model.add([root], rga.encodeOperation(fault)), fault);
    const text = await materialise(rga, { model, operations }, model.vertices);
    assert.equal(text.value(), 'abc');
  });

  test('a range beyond the end of a run removes what is there of it', async () => {
    const model = createModelHistory();
    const operations = new Map<Vertex, RgaOperation>();
    const first: RgaOperation = { type: 'insert', text: 'abc' };
    const root = model.add([], rga.encodeOperation(first));
    operations.set(root, first);
    const removal: RgaOperation = {
      type: 'remove',
      ranges: [{ id: root.id, offset: 1, count: 16_000 }],
    };
    operations.set(model.add([root], rga.encodeOperation(removal)), removal);
    const text = await materialise(rga, { model, operations }, model.vertices);
    assert.equal(text.value(), 'a');
  });
});

test('a text of 12,000 letters that were typed one by one, from the front and from the end', async () => {
  for (const side of ['after', 'before'] as const) {
    const text = rga.create();
    let previous: VertexId | undefined;
    for (let step = 0; step < 12_000; step += 1) {
      const id = new Uint8Array(32) as VertexId;
      new DataView(id.buffer).setUint32(0, step);
      const at = previous === undefined ? {} : { at: { id: previous, offset: 0, side } };
      await text.apply({ type: 'insert', ...at, text: 'x' }, { id, includes: async () => true });
      previous = id;
    }
    assert.equal(text.length, 12_000);
  }
});

test('a removal of many pieces is several operations, each within its bound', async () => {
  const text = rga.create();
  for (let step = 0; step < 600; step += 1) {
    const id = new Uint8Array(32) as VertexId;
    new DataView(id.buffer).setUint32(0, step);
    await text.apply({ type: 'insert', text: 'x' }, { id, includes: async () => true });
  }
  const removals = text.remove(0, 600);
  assert.deepEqual(
    removals.map((removal) => removal.ranges.length),
    [MAX_REMOVED_RANGES, MAX_REMOVED_RANGES, 600 - 2 * MAX_REMOVED_RANGES],
  );
  for (const removal of removals) rga.encodeOperation(removal);
  assert.deepEqual(text.remove(0, 0), []);
});

test('positions beyond the text are bugs', () => {
  const text = rga.create();
  assert.throws(() => text.insert(1, 'x'), /range of text/);
  assert.throws(() => text.insert(-1, 'x'), /range of text/);
  assert.throws(() => text.remove(0, 1), /range of text/);
});

test('states that no history leads to are refused', async () => {
  const text = rga.create();
  const id = new Uint8Array(32) as VertexId;
  await text.apply({ type: 'insert', text: 'ab' }, { id, includes: async () => true });
  const saved = unwrap(text.save());
  for (let at = 0; at < saved.length; at += 1) {
    for (const bit of [1, 2, 4, 128]) {
      const changed = saved.slice();
      changed[at] = (changed[at] ?? 0) ^ bit;
      const loaded = rga.load(changed);
      if (loaded.ok) assert.deepEqual(unwrap(loaded.value.save()), changed);
    }
  }
});

test('a text that is asked for after every operation is the one that is asked for once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), async (seed) => {
      const history = await growOperations(rga, next, seed, 30);
      const { vertices } = history.model;
      const asked = rga.create();
      for (const vertex of linearOrder(history.model, vertices, createSimulationRandom(seed))) {
        await materialise(rga, history, [vertex], asked);
        const loaded = unwrap(rga.load(unwrap(asked.save())));
        assert.equal(asked.value(), loaded.value());
        assert.equal(asked.length, [...loaded.value()].length);
        if (asked.length === 0) continue;
        const at = createSimulationRandom(`${seed} at`).below(asked.length);
        assert.deepEqual(asked.insert(at, 'x'), loaded.insert(at, 'x'));
        assert.deepEqual(asked.remove(at, 1), loaded.remove(at, 1));
      }
    }),
    { numRuns: 20 },
  );
});

test('deep siblings, far beyond what is looked through, stand where a fresh look puts them', async () => {
  const includes = async () => true;
  const idOf = (first: number, step: number) => {
    const id = new Uint8Array(32) as VertexId;
    new DataView(id.buffer).setUint32(0, first);
    new DataView(id.buffer).setUint32(4, step);
    return id;
  };
  for (const side of ['after', 'before'] as const) {
    const text = rga.create();
    await text.apply({ type: 'insert', text: 'r' }, { id: idOf(0, 0), includes });
    const root = { id: idOf(0, 0), offset: 0 };
    assert.equal(text.length, 1);
    let previous = root;
    for (let step = 0; step < 3000; step += 1) {
      const id = idOf(5, step);
      const at = { ...previous, side };
      await text.apply({ type: 'insert', at, text: 'd' }, { id, includes });
      previous = { id, offset: 0 };
    }
    for (const first of [1, 9]) {
      const id = idOf(first, 0);
      assert.equal(text.length, 3001 + (first === 9 ? 1 : 0));
      await text.apply(
        { type: 'insert', at: { ...root, side }, text: 'ABCDEFGHI'.charAt(first - 1) },
        { id, includes },
      );
    }
    const expected = unwrap(rga.load(unwrap(text.save()))).value();
    assert.equal(text.value(), expected);
    assert.equal(expected.indexOf('A') < expected.indexOf('d'), true);
    assert.equal(expected.indexOf('I') > expected.lastIndexOf('d'), true);
  }
});

test('a text of 20,000 letters, typed one by one at any place', async () => {
  const random = createSimulationRandom('typed');
  const text = rga.create();
  for (let step = 0; step < 20_000; step += 1) {
    const id = new Uint8Array(32) as VertexId;
    new DataView(id.buffer).setUint32(0, Math.imul(step, 0x9e37_79b1));
    const operation = text.insert(random.below(text.length + 1), 'x');
    await text.apply(operation, { id, includes: async () => true });
  }
  assert.equal(text.value().length, 20_000);
});
