import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unwrap } from '@pars/base';
import { createMemoryStore, createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import * as fc from 'fast-check';
import {
  createModelHistory,
  hashDep,
  type ModelHistory,
  openGate,
  testSpace,
} from '../history-fixture.ts';
import { openReplica } from '../replica/replica.ts';
import { decodeVertex, type Vertex } from '../vertex.ts';
import { replayLog } from './replay.ts';
import type { Moment, ReplicatedKind, ReplicatedType } from './replicated-type.ts';

/** A history whose vertices carry operations in clear. */
export interface OperationHistory<Operation> {
  readonly model: ModelHistory;
  readonly operations: ReadonlyMap<Vertex, Operation>;
}

/** How a person would act on what they see. */
export type NextOperation<Operation, T> = (seen: T, random: SimulationRandom) => Operation;

type AnyKind<Operation, Value, T extends ReplicatedType<Operation, Value>> = ReplicatedKind<
  Operation,
  Value,
  T
>;

/** Several people who act on what they have seen so far, and see others' operations late. */
export async function growOperations<Operation, Value, T extends ReplicatedType<Operation, Value>>(
  kind: AnyKind<Operation, Value, T>,
  next: NextOperation<Operation, T>,
  seed: string,
  count: number,
): Promise<OperationHistory<Operation>> {
  const random = createSimulationRandom(seed);
  const model = createModelHistory();
  const operations = new Map<Vertex, Operation>();
  for (let step = 0; step < count; step += 1) {
    const recent = model.vertices.slice(-8).filter(() => random.chance(0.4));
    const parents = model.maximal(recent);
    const past = model.vertices.filter((a) => parents.some((b) => model.reaches(a, b)));
    const seen = await materialise(kind, { model, operations }, past);
    const operation = next(seen, random);
    operations.set(model.add(parents, kind.encodeOperation(operation)), operation);
  }
  return { model, operations };
}

/** The object after these vertices, which must come parents first. */
export async function materialise<Operation, Value, T extends ReplicatedType<Operation, Value>>(
  kind: AnyKind<Operation, Value, T>,
  history: OperationHistory<Operation>,
  order: readonly Vertex[],
  object: T = kind.create(),
): Promise<T> {
  for (const vertex of order) {
    await object.apply(operationOf(history, vertex), momentOf(history.model, vertex));
  }
  return object;
}

export function momentOf(model: ModelHistory, vertex: Vertex): Moment {
  return {
    id: vertex.id,
    async includes(past) {
      const other = model.find(past);
      return other !== undefined && other !== vertex && model.reaches(other, vertex);
    },
  };
}

/** A random order of these vertices in which parents come before children. */
export function linearOrder(
  model: ModelHistory,
  vertices: readonly Vertex[],
  random: SimulationRandom,
): readonly Vertex[] {
  const rest = new Set(random.shuffle(vertices));
  const order: Vertex[] = [];
  while (rest.size > 0) {
    const ready = [...rest].find((a) => ![...rest].some((b) => a !== b && model.reaches(b, a)));
    if (ready === undefined) throw new Error('a cycle');
    rest.delete(ready);
    order.push(ready);
  }
  return order;
}

/** What every type must do, whatever it means. `count` operations a history. */
export function testLaws<Operation, Value, T extends ReplicatedType<Operation, Value>>(
  kind: AnyKind<Operation, Value, T>,
  next: NextOperation<Operation, T>,
  count = 14,
): void {
  const seeds = fc.string({ minLength: 1, maxLength: 6 });
  const bytesOf = (object: T) => unwrap(object.save()).toHex();

  test('commutativity: two orders of the same operations give the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const history = await growOperations(kind, next, seed, count);
        const { vertices } = history.model;
        const random = createSimulationRandom(`${seed} orders`);
        const [one, other] = [
          await materialise(kind, history, linearOrder(history.model, vertices, random)),
          await materialise(kind, history, linearOrder(history.model, vertices, random)),
        ];
        assert.equal(bytesOf(one), bytesOf(other));
        assert.deepEqual(one.value(), other.value());
      }),
      { numRuns: 25 },
    );
  });

  test('associativity: it makes no difference who merged with whom first', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const history = await growOperations(kind, next, seed, count);
        const random = createSimulationRandom(`${seed} parts`);
        const parts = [1, 2, 3].map(() => closedPart(history.model, random));
        const [a = [], b = [], c = []] = parts;
        const merge = async (groups: readonly (readonly Vertex[])[]) => {
          const object = kind.create();
          const held = new Set<Vertex>();
          for (const group of groups) {
            const fresh = group.filter((vertex) => !held.has(vertex));
            const order = linearOrder(history.model, fresh, random);
            await materialise(kind, history, order, object);
            for (const vertex of fresh) held.add(vertex);
          }
          return bytesOf(object);
        };
        const union = (left: readonly Vertex[], right: readonly Vertex[]) => [
          ...new Set([...left, ...right]),
        ];
        assert.equal(await merge([union(a, b), c]), await merge([a, union(b, c)]));
        assert.equal(await merge([a, b, c]), await merge([c, b, a]));
      }),
      { numRuns: 25 },
    );
  });

  test('idempotence: through a replica, repeats and a second replay change nothing', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const history = await growOperations(kind, next, seed, count);
        const { vertices } = history.model;
        const random = createSimulationRandom(`${seed} repeats`);
        const deps = { ...hashDep, store: createMemoryStore(), gate: openGate };
        const replica = unwrap(await openReplica(deps, { space: testSpace }));
        const object = kind.create();
        let sequence = 0;
        const replay = async () => {
          sequence = await replayLog(replica, sequence, async (entry, at) => {
            const { payload } = unwrap(decodeVertex(hashDep, testSpace, entry.bytes));
            await object.apply(unwrap(kind.decodeOperation(payload.subarray(4))), at);
          });
        };
        for (const vertex of random.shuffle([...vertices, ...vertices])) {
          await replica.receive('peer', [vertex.bytes]);
          if (random.chance(0.3)) await replay();
        }
        await replay();
        await replay();
        const expected = await materialise(kind, history, vertices);
        assert.equal(bytesOf(object), bytesOf(expected));
      }),
      { numRuns: 12 },
    );
  });

  test('a saved state goes on like the object that it was saved from', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.nat({ max: count }), async (seed, cut) => {
        const history = await growOperations(kind, next, seed, count);
        const { vertices } = history.model;
        const whole = await materialise(kind, history, vertices);
        const early = await materialise(kind, history, vertices.slice(0, cut));
        const loaded = unwrap(kind.load(unwrap(early.save())));
        assert.deepEqual(loaded.value(), early.value());
        await materialise(kind, history, vertices.slice(cut), loaded);
        assert.equal(bytesOf(loaded), bytesOf(whole));
      }),
      { numRuns: 15 },
    );
  });

  test('noise is neither an operation nor a state', () => {
    const noise = new Uint8Array([0xff, 1, 2]);
    assert.equal(codeOf(kind.decodeOperation(noise)), 'dag/operation-malformed');
    assert.equal(codeOf(kind.load(noise)), 'dag/state-malformed');
  });
}

/** All vertices at or below a few random ones. */
function closedPart(model: ModelHistory, random: SimulationRandom): readonly Vertex[] {
  const heads = model.vertices.filter(() => random.chance(0.2));
  return model.vertices.filter((a) => heads.some((head) => model.reaches(a, head)));
}

function operationOf<Operation>(history: OperationHistory<Operation>, vertex: Vertex): Operation {
  const operation = history.operations.get(vertex);
  if (operation === undefined) throw new Error('a vertex without an operation');
  return operation;
}

function codeOf(result: {
  readonly ok: boolean;
  readonly error?: { readonly code: string };
}): string {
  return result.error?.code ?? 'accepted';
}
