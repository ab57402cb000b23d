import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, test } from 'node:test';
import { type Store, type StoreWrite, unwrap } from '@pars/base';
import { createHashMapStore } from '../hash-map-store-fixture.ts';
import { hashDep, makeVertex, openGate, testSpace } from '../history-fixture.ts';
import type { VertexId } from '../vertex.ts';
import { createLongHistory } from './long-history-fixture.ts';
import { openReplica, type Replica } from './replica.ts';

/*
 * Reading does not wait for pruning. Whenever what is read goes away in between,
 * the answer is the one from before or the one from after.
 */

const earlyCount = 120;
const lateCount = 5;
const history = createLongHistory(hashDep, 'hostile', earlyCount, 4);
const early = history.next(earlyCount);
const old = history.idAt(earlyCount - 1);
const other = history.idAt(earlyCount - 2);

describe('while the replica is pruned', () => {
  const questions: Readonly<Record<string, (replica: Replica) => Promise<unknown>>> = {
    'what somebody lacks who holds old vertices': (replica) =>
      replica.difference([old, other], { maxVertices: 50 }),
    'what somebody lacks who holds an old vertex, further on': (replica) =>
      replica.difference([old], { from: 90, maxVertices: 10_000 }),
    'how two old vertices stand to each other': (replica) => replica.relate(old, other),
  };
  for (const [what, ask] of Object.entries(questions)) {
    test(what, async () => {
      const before = await ask((await createWorld()).replica);
      const pruned = await createWorld();
      pruned.writesAllowed = Number.POSITIVE_INFINITY;
      unwrap(await pruned.replica.prune(pruned.cut));
      const after = await ask(pruned.replica);
      assert.notDeepEqual(before, after);
      let isDone = false;
      for (let at = 0; !isDone; at = 2 * at + 1) {
        // In one go at the read, or one write of the pruning before each read from then on.
        for (const isSlow of [false, true]) {
          const world = await createWorld();
          let reads = 0;
          let pruning: Promise<unknown> | undefined;
          world.writesAllowed = isSlow ? 0 : Number.POSITIVE_INFINITY;
          world.onRead = async () => {
            reads += 1;
            if (reads <= at) return;
            pruning ??= isReading.run(false, async () => await world.replica.prune(world.cut));
            world.writesAllowed += 1;
            if (isSlow) await settled();
            else await pruning;
          };
          const answer = await isReading.run(true, async () => await ask(world.replica));
          world.writesAllowed = Number.POSITIVE_INFINITY;
          await pruning;
          isDone = pruning === undefined;
          const isEither = [before, after].some((known) => isSame(known, answer));
          assert.ok(isEither, `pruned at read ${at}, ${isSlow ? 'slowly' : 'at once'}`);
        }
      }
    });
  }
});

function isSame(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

/** Whether it is the question that reads, and not the pruning. */
const isReading = new AsyncLocalStorage<boolean>();

/** Everything has run that waits for nothing but itself. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

interface World {
  readonly replica: Replica;
  readonly cut: VertexId;
  /** Called before each read of the question. */
  onRead: (() => Promise<void>) | undefined;
  /** Writes of the pruning that may be made; others wait. */
  writesAllowed: number;
}

let filled: ReturnType<typeof fill> | undefined;

/** A replica of its own over rows that were written once. */
async function createWorld(): Promise<World> {
  filled ??= fill();
  const { disk, cut } = await filled;
  const rows = createHashMapStore();
  const batch: StoreWrite[] = [];
  for await (const { key, value } of disk.list({})) batch.push({ key, value });
  await rows.write(batch);
  const hooks: Omit<World, 'replica'> = { cut, onRead: undefined, writesAllowed: 0 };
  const store: Store = {
    ...rows,
    async get(key, signal) {
      if (isReading.getStore() === true) await hooks.onRead?.();
      return await rows.get(key, signal);
    },
    async write(batch, signal) {
      while (hooks.writesAllowed <= 0) await settled();
      hooks.writesAllowed -= 1;
      await rows.write(batch, signal);
    },
  };
  const replica = unwrap(
    await openReplica({ ...hashDep, store, gate: openGate }, { space: testSpace }),
  );
  return Object.assign(hooks, { replica });
}

async function fill() {
  const disk = createHashMapStore();
  const replica = unwrap(
    await openReplica({ ...hashDep, store: disk, gate: openGate }, { space: testSpace }),
  );
  await replica.receive('own', early);
  const write = async () => {
    const { parents } = await replica.nextPlace();
    const above = [];
    for (const id of parents) above.push(unwrapHeld(await replica.get(id)));
    const vertex = makeVertex(hashDep, above, new Uint8Array(4));
    const { added } = await replica.receive('own', [vertex.bytes]);
    assert.equal(added.length, 1);
    return vertex.id;
  };
  let cut = await write();
  while ((await replica.frontier()).length > 1) cut = await write();
  for (let count = 0; count < lateCount; count += 1) await write();
  return { disk, cut };
}

function unwrapHeld<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}
