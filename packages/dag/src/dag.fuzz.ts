import { compareBytes, ParsError, unwrap } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { createMemoryStore } from '@pars/base/fakes';
import { growOperations, materialise, type NextOperation } from './crdt/crdt-fixture.ts';
import { gCounter } from './crdt/g-counter.ts';
import { gSet } from './crdt/g-set.ts';
import { lwwRegister } from './crdt/lww-register.ts';
import { mvRegister } from './crdt/mv-register.ts';
import { type OrSetOperation, orSet } from './crdt/or-set.ts';
import { pnCounter } from './crdt/pn-counter.ts';
import type { ReplicatedKind, ReplicatedType } from './crdt/replicated-type.ts';
import { rga } from './crdt/rga.ts';
import { hashDep, historyFromPicks, openGate, testSpace } from './history-fixture.ts';
import { decodeIndexRecord, encodeIndexRecord } from './replica/index-record.ts';
import { BRANCH_CHILDREN, LEAF_POSITIONS } from './replica/position-tree.ts';
import { openReplica } from './replica/replica.ts';
import { decodeTreePage, encodeTreePage } from './replica/tree-pages.ts';
import { decodeVertex, type VertexId } from './vertex.ts';

const history = historyFromPicks([0, 1, 1, 6, 4095, 7, 4095]);
const element = new Uint8Array([1, 2]);

/** Everything of the DAG that reads bytes of strangers, or bytes that a disk may have damaged. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'dag/vertex',
    corpus: async () => history.vertices.map((vertex) => vertex.bytes),
    run(input) {
      const vertex = decodeVertex(hashDep, testSpace, input);
      if (vertex.ok && compareBytes(vertex.value.bytes, input) !== 0) throw breach('same bytes');
    },
  },
  {
    name: 'dag/replica',
    corpus: async () => history.vertices.map((vertex) => vertex.bytes),
    async run(input) {
      const store = createMemoryStore();
      const deps = { ...hashDep, store, gate: openGate };
      const replica = unwrap(await openReplica(deps, { space: testSpace }));
      const honest = history.vertices.map((vertex) => vertex.bytes);
      await replica.receive('fuzz', [input, ...honest]);
      for (const vertex of history.vertices) {
        if (!(await replica.has(vertex.id))) throw breach('honest vertices enter');
      }
    },
  },
  {
    name: 'dag/index-record',
    corpus: async () => [
      encodeIndexRecord(
        {
          id: new Uint8Array(32) as VertexId,
          position: 9,
          time: 4,
          parents: [3, 8],
          label: { ranges: [0, 3, 8, 9], exactFrom: 6, below: 2 },
          treeNodes: 1,
        },
        new Uint8Array(10),
      ),
    ],
    run: (input) => requireReadOrDamage(() => decodeIndexRecord(9, input)),
  },
  {
    name: 'dag/tree-page',
    corpus: async () => [
      encodeTreePage([
        new Uint8Array(LEAF_POSITIONS / 8).fill(5),
        Array.from({ length: BRANCH_CHILDREN }, (_, child) => child * 100),
      ]),
    ],
    run: (input) => requireReadOrDamage(() => decodeTreePage(input)),
  },
  ...kindTargets('g-counter', gCounter, () => ({ amount: 7 })),
  ...kindTargets('pn-counter', pnCounter, () => ({ amount: -7 })),
  ...kindTargets('g-set', gSet, () => ({ element })),
  ...kindTargets(
    'or-set',
    orSet,
    (_, random): OrSetOperation => ({
      type: random.chance(0.7) ? 'add' : 'remove',
      element,
    }),
  ),
  ...kindTargets('lww-register', lwwRegister, () => ({ value: element })),
  ...kindTargets('mv-register', mvRegister, () => ({ value: element })),
  ...kindTargets('rga', rga, (seen, random) =>
    seen.length > 2 && random.chance(0.3)
      ? (seen.remove(1, 2)[0] ?? seen.insert(0, 'x'))
      : seen.insert(random.below(seen.length + 1), 'سلام'),
  ),
];

/** An operation is refused or has one encoding and can be applied; so is a state. */
function kindTargets<Operation, Value, T extends ReplicatedType<Operation, Value>>(
  name: string,
  kind: ReplicatedKind<Operation, Value, T>,
  next: NextOperation<Operation, T>,
): readonly FuzzTarget[] {
  const grown = growOperations(kind, next, name, 8);
  const at = { id: new Uint8Array(32) as VertexId, includes: async () => true };
  return [
    {
      name: `dag/${name}-operation`,
      corpus: async () =>
        Array.from((await grown).operations.values(), (operation) =>
          kind.encodeOperation(operation),
        ),
      async run(input) {
        const operation = kind.decodeOperation(input);
        if (!operation.ok) return;
        if (compareBytes(kind.encodeOperation(operation.value), input) !== 0) {
          throw breach('one encoding');
        }
        const model = (await grown).model;
        const object = await materialise(kind, await grown, model.vertices);
        await object.apply(operation.value, at);
        object.value();
        unwrap(object.save());
      },
    },
    {
      name: `dag/${name}-state`,
      corpus: async () => {
        const { model } = await grown;
        const object = await materialise(kind, await grown, model.vertices);
        return [unwrap(kind.create().save()), unwrap(object.save())];
      },
      async run(input) {
        const object = kind.load(input);
        if (!object.ok) return;
        if (compareBytes(unwrap(object.value.save()), input) !== 0) throw breach('one state');
        object.value.value();
      },
    },
  ];
}

/** A row is read, or told to be damaged. */
function requireReadOrDamage(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ParsError) || error.code !== 'dag/store-corrupt') throw error;
  }
}

function breach(expectation: string): ParsError {
  return new ParsError('base/does-not-conform', { expectation });
}
