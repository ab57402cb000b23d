import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes, err, type Failure, type Result, type Store, unwrap } from '@pars/base';
import { createMemoryStore, createMemoryStoreDisk } from '@pars/base/fakes';
import {
  createModelHistory,
  hashDep,
  makeVertex,
  openGate,
  testSpace,
} from '../history-fixture.ts';
import {
  draftVertex,
  encodeVertex,
  type HashDep,
  type SpaceId,
  type Vertex,
  type VertexId,
} from '../vertex.ts';
import type { Receipt, VertexGate } from './admission.ts';
import { MAX_FRONTIER } from './difference.ts';
import { openReplica, type Replica, type ReplicaOptions } from './replica.ts';

describe('what a replica refuses', () => {
  test('a time that jumps, and whatever waits for such a vertex', async () => {
    const replica = await open();
    const root = makeVertex(hashDep, [], text('root'));
    const liar = lyingVertex([root.id], 253_402_300_799);
    const child = makeVertex(hashDep, [liar], text('child'));
    const grandchild = makeVertex(hashDep, [child], text('grandchild'));
    const waiting = await replica.receive('a', [grandchild.bytes, child.bytes, liar.bytes]);
    assert.equal(waiting.parked, 3);
    const receipt = await replica.receive('b', [root.bytes]);
    assert.deepEqual(codes(receipt), [
      'dag/wrong-time',
      'dag/ancestor-refused',
      'dag/ancestor-refused',
    ]);
    assert.deepEqual(receipt.added, [root.id]);
    assert.deepEqual(replica.parked, { vertices: 0, bytes: 0 });
    assert.deepEqual(replica.missing(), []);
  });

  test('a parent that is an ancestor of another parent', async () => {
    const replica = await open();
    const [root, child] = chain(2);
    const redundant = makeVertex(hashDep, [root, child], text('both'));
    const receipt = await replica.receive('a', bytesOf([root, child, redundant]));
    assert.deepEqual(codes(receipt), ['dag/redundant-parent']);
    assert.deepEqual(await replica.frontier(), [child.id]);
  });

  test('what the gate refuses, in this copy only', async () => {
    const [root] = chain(1);
    const forged = encodeVertex(
      draftVertex(hashDep, testSpace, { parents: [], time: 1, payload: root.payload }),
      text('forged'),
    );
    const gate: VertexGate = {
      admit: async (vertex) =>
        vertex.proof.length === 0 ? { ok: true, value: undefined } : err('session/bad-signature'),
    };
    const replica = await open({}, createMemoryStore(), hashDep, gate);
    assert.deepEqual(codes(await replica.receive('a', [forged])), ['session/bad-signature']);
    assert.equal(await replica.has(root.id), false);
    assert.deepEqual((await replica.receive('a', [root.bytes])).added, [root.id]);
  });

  test('bytes that are no vertex, without losing the others', async () => {
    const replica = await open();
    const [root, child] = chain(2);
    const receipt = await replica.receive('a', [root.bytes, text('noise'), child.bytes]);
    assert.deepEqual(codes(receipt), ['dag/vertex-malformed']);
    assert.equal(receipt.added.length, 2);
  });

  test('a cycle, were the hash ever broken: it waits, bounded, and never enters', async () => {
    // This hash lets the author choose the id: the last bytes of the core's payload.
    const broken: HashDep = { hash: { sha3: (...parts) => concatBytes(...parts).slice(-32) } };
    const [left, right] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const member = (own: Uint8Array, other: Uint8Array) =>
      encodeVertex(
        draftVertex(broken, testSpace, { parents: [other as VertexId], time: 2, payload: own }),
        new Uint8Array(0),
      );
    const replica = await open({}, createMemoryStore(), broken);
    const receipt = await replica.receive('a', [member(left, right), member(right, left)]);
    assert.deepEqual({ added: receipt.added, parked: receipt.parked }, { added: [], parked: 2 });
    assert.deepEqual(replica.missing(), []);
    assert.deepEqual(await replica.frontier(), []);
  });
});

describe('what waits for parents', () => {
  test('is named by the ids that nobody has', async () => {
    const replica = await open();
    const [root, child, last] = chain(3);
    await replica.receive('a', bytesOf([last]));
    assert.deepEqual(replica.missing(), [child.id]);
    await replica.receive('a', bytesOf([child]));
    assert.deepEqual(replica.missing(), [root.id]);
    assert.deepEqual(replica.missing(0), []);
    const receipt = await replica.receive('a', bytesOf([root]));
    assert.deepEqual(receipt.added, [root.id, child.id, last.id]);
    assert.deepEqual(replica.missing(), []);
  });

  test('is counted once, whoever brings it again', async () => {
    const replica = await open();
    const [, child] = chain(2);
    await replica.receive('a', bytesOf([child]));
    const receipt = await replica.receive('b', bytesOf([child]));
    assert.deepEqual([receipt.duplicates, receipt.parked], [1, 0]);
  });

  test('for ever is bounded for each source, and costs the others nothing', async () => {
    const limits = { vertices: 50, bytes: 100_000, verticesPerSource: 20, bytesPerSource: 100_000 };
    const replica = await open({ parking: limits });
    const [root, honest] = chain(2);
    await replica.receive('honest', bytesOf([honest]));
    const flood = await replica.receive('hostile', orphans(500));
    assert.deepEqual([flood.parked, flood.evicted], [500, 480]);
    assert.equal(replica.parked.vertices, 21);
    assert.equal(replica.missing().length, 21);
    const receipt = await replica.receive('honest', bytesOf([root]));
    assert.deepEqual(receipt.added, [root.id, honest.id]);
  });

  test('for ever is bounded over all sources: who holds most gives way', async () => {
    const limits = { vertices: 30, bytes: 1_000_000, verticesPerSource: 20, bytesPerSource: 1e6 };
    const replica = await open({ parking: limits });
    const [root, honest] = chain(2);
    await replica.receive('honest', bytesOf([honest]));
    for (let source = 0; source < 10; source += 1) {
      await replica.receive(`hostile ${source}`, orphans(20, source));
      assert.ok(replica.parked.vertices <= 30);
    }
    const receipt = await replica.receive('honest', bytesOf([root]));
    assert.deepEqual(receipt.added, [root.id, honest.id]);
  });

  test('is bounded in bytes', async () => {
    const replica = await open({ parking: { bytes: 5_000, bytesPerSource: 3_000 } });
    for (let source = 0; source < 4; source += 1) {
      const receipt = await replica.receive(`${source}`, orphans(10, source, 1_000));
      assert.ok(receipt.evicted >= 8);
      assert.ok(replica.parked.bytes <= 5_000);
    }
  });
});

describe('a replica', () => {
  test('gives place to the next vertex above the newest 16 heads', async () => {
    const replica = await open();
    assert.deepEqual(await replica.nextPlace(), { parents: [], time: 1 });
    const roots = Array.from({ length: 20 }, (_, at) => makeVertex(hashDep, [], text(`${at}`)));
    const above = makeVertex(hashDep, [roots[0] as Vertex], text('above'));
    await replica.receive('a', bytesOf([...roots, above]));
    const place = await replica.nextPlace();
    assert.equal(place.time, 3);
    assert.equal(place.parents.length, 16);
    assert.ok(place.parents.some((id) => id.toHex() === above.id.toHex()));
    const draft = draftVertex(hashDep, testSpace, { ...place, payload: text('own') });
    const receipt = await replica.receive('own', [encodeVertex(draft, new Uint8Array(0))]);
    assert.deepEqual(receipt.added, [draft.id]);
    assert.equal((await replica.frontier()).length, 5);
  });

  test('shows the gate every ancestor of what it judges', async () => {
    const seen: boolean[] = [];
    const opened: Replica[] = [];
    const gate: VertexGate = {
      async admit(vertex) {
        for (const parent of vertex.parents) {
          seen.push((await opened[0]?.get(parent))?.id.toHex() === parent.toHex());
        }
        return { ok: true, value: undefined };
      },
    };
    const replica = await open({}, createMemoryStore(), hashDep, gate);
    opened.push(replica);
    await replica.receive('a', bytesOf(chain(5)));
    assert.deepEqual(seen, [true, true, true, true]);
  });

  test('shares its store with others under another prefix', async () => {
    const store = createMemoryStore();
    const elsewhere = new Uint8Array(32).fill(9) as SpaceId;
    const left = await open({ keyPrefix: text('left') }, store);
    const right = await open({ keyPrefix: text('right'), space: elsewhere }, store);
    await left.receive('a', bytesOf(chain(3)));
    assert.equal(right.sequence, 0);
    assert.deepEqual(await right.frontier(), []);
    assert.deepEqual(codes(await right.receive('a', bytesOf(chain(1)))), []);
    assert.equal(await right.has(chain(1)[0].id), false, 'the space is part of the id');
  });

  test('is there again after opening; the wrong space or a snapshot is refused', async () => {
    const disk = createMemoryStoreDisk();
    await (await open({}, disk.open())).receive('a', bytesOf(chain(3)));
    const again = await open({}, disk.open());
    assert.equal(again.sequence, 3);
    const other = { space: new Uint8Array(32) as SpaceId };
    requireCode(await tryOpen(other, disk.open()), 'dag/wrong-space');
    requireCode(await tryOpen({ base: chain(1)[0].bytes }, disk.open()), 'dag/not-empty');
    requireCode(await tryOpen({ base: text('x') }, createMemoryStore()), 'dag/vertex-malformed');
  });

  test('written by a newer program is refused', async () => {
    const store = createMemoryStore();
    await open({}, store);
    const [head] = await Array.fromAsync(store.list({}));
    const value = head?.value.slice() as Uint8Array;
    value[2] = 2;
    await store.write([{ key: head?.key as Uint8Array, value }]);
    requireCode(await tryOpen({}, store), 'dag/unknown-version');
  });

  test('is closed for good after a write failed', async () => {
    const disk = createMemoryStoreDisk();
    const replica = await open({}, disk.open());
    disk.crashAt(1, 'after');
    await assert.rejects(replica.receive('a', bytesOf(chain(2))), /simulated-crash/);
    await assert.rejects(replica.receive('a', bytesOf(chain(2))), /dag\/closed/);
    await assert.rejects(replica.frontier(), /dag\/closed/);
    assert.equal((await open({}, disk.open())).sequence, 2);
  });

  test('keeps nothing of a call that was aborted or whose gate threw', async () => {
    let calls = 0;
    const abort = new AbortController();
    const gate: VertexGate = {
      async admit() {
        calls += 1;
        if (calls === 2) throw new Error('gate');
        if (calls === 5) abort.abort(new Error('enough'));
        return { ok: true, value: undefined };
      },
    };
    const replica = await open({}, createMemoryStore(), hashDep, gate);
    await assert.rejects(replica.receive('a', bytesOf(chain(4))), /gate/);
    assert.equal(await replica.has(chain(1)[0].id), false);
    await assert.rejects(replica.receive('a', bytesOf(chain(4)), abort.signal), /enough/);
    assert.equal(replica.sequence, 0);
    assert.equal((await replica.receive('a', bytesOf(chain(4)))).added.length, 4);
  });

  test('runs calls that are made at once one after the other', async () => {
    const replica = await open();
    const vertices = chain(30);
    const receipts = await Promise.all(
      vertices.toReversed().map((vertex) => replica.receive('a', [vertex.bytes])),
    );
    assert.equal(receipts.flatMap((receipt) => receipt.added).length, 30);
  });

  test('refuses a frontier of more than 1,024 heads', async () => {
    const replica = await open();
    const heads = Array.from({ length: MAX_FRONTIER + 1 }, () => new Uint8Array(32) as VertexId);
    requireCode(await replica.difference(heads), 'dag/too-many-heads');
  });

  test('gives a difference in pages of bytes, one vertex at least', async () => {
    const replica = await open();
    const vertices = [...chain(1), makeVertex(hashDep, chain(1), new Uint8Array(5_000))];
    await replica.receive('a', bytesOf(vertices));
    const first = unwrap(await replica.difference([], { maxBytes: 100 }));
    assert.equal(first.vertices.length, 1);
    const second = unwrap(await replica.difference([], { maxBytes: 100, from: first.next ?? 0 }));
    assert.deepEqual(second, { vertices: [vertices[1]?.bytes], unknown: [] });
  });

  test('gives its log from any sequence number on', async () => {
    const replica = await open();
    const vertices = chain(5);
    await replica.receive('a', bytesOf(vertices));
    const page = await replica.log(2, 2);
    assert.deepEqual(
      page.map((entry) => [entry.sequence, entry.id]),
      [
        [3, vertices[2]?.id],
        [4, vertices[3]?.id],
      ],
    );
    assert.deepEqual(await replica.log(5), []);
  });
});

describe('pruning', () => {
  test('is refused where something is concurrent, and changes nothing', async () => {
    const history = createModelHistory();
    const root = history.add([]);
    const [left, right] = [history.add([root]), history.add([root])];
    const merge = history.add([left, right]);
    for (const order of [history.vertices, history.vertices.toReversed()]) {
      const replica = await open();
      await replica.receive('a', bytesOf(order));
      requireCode(await replica.prune(left.id), 'dag/cut-not-clean');
      requireCode(await replica.prune(right.id), 'dag/cut-not-clean');
      requireCode(await replica.prune(new Uint8Array(32) as VertexId), 'dag/unknown-vertex');
      assert.equal(replica.base, undefined);
      assert.ok((await replica.prune(merge.id)).ok);
      assert.deepEqual(replica.base, { id: merge.id, time: 3 });
      requireCode(await replica.prune(root.id), 'dag/unknown-vertex');
    }
  });

  test('is refused where a later vertex goes round the cut', async () => {
    const history = createModelHistory();
    const root = history.add([]);
    const cut = history.add([root]);
    const round = history.add([root]);
    const replica = await open();
    await replica.receive('a', bytesOf([root, cut, round]));
    requireCode(await replica.prune(cut.id), 'dag/cut-not-clean');
    const other = await open();
    await other.receive('a', bytesOf([root, cut, makeVertex(hashDep, [], text('second root'))]));
    requireCode(await other.prune(cut.id), 'dag/cut-not-clean');
  });

  test('lets nothing from below in again, and knows what was below', async () => {
    const replica = await open();
    const vertices = chain(1_200);
    await replica.receive('a', bytesOf(vertices));
    const base = vertices[1_100] as Vertex;
    assert.ok((await replica.prune(base.id)).ok);
    const old = bytesOf(vertices.slice(0, 1_100));
    const receipt = await replica.receive('a', old);
    assert.equal(receipt.refused.length, 1_100);
    assert.ok(codes(receipt).every((code) => code === 'dag/below-snapshot'));
    const tip = vertices.at(-1) as Vertex;
    assert.equal(await replica.includes(tip.id, (vertices[3] as Vertex).id), true);
    assert.equal(await replica.includes(tip.id, base.id), true);
    assert.equal(await replica.includes(base.id, tip.id), false);
    requireCode(await replica.difference([]), 'dag/snapshot-needed');
    assert.equal(unwrap(await replica.difference([base.id])).vertices.length, 99);
  });

  test('leaves only the rows of what is kept', async () => {
    const store = createMemoryStore();
    const replica = await open({}, store);
    const vertices = chain(700);
    await replica.receive('a', bytesOf(vertices));
    await replica.prune((vertices[698] as Vertex).id);
    // Two vertices of two rows, one head, the replica's own row.
    assert.equal((await Array.fromAsync(store.list({}))).length, 6);
  });
});

async function tryOpen(
  options: Partial<ReplicaOptions>,
  store: Store,
  deps: HashDep = hashDep,
  gate: VertexGate = openGate,
): Promise<Result<Replica, Failure>> {
  return await openReplica({ ...deps, store, gate }, { space: testSpace, ...options });
}

async function open(
  options: Partial<ReplicaOptions> = {},
  store: Store = createMemoryStore(),
  deps: HashDep = hashDep,
  gate: VertexGate = openGate,
): Promise<Replica> {
  return unwrap(await tryOpen(options, store, deps, gate));
}

/** A root and its descendants, one above the other; the same for every call. */
function chain(length: number): [Vertex, Vertex, Vertex, ...Vertex[]] {
  const vertices: Vertex[] = [];
  for (let index = 0; index < length; index += 1) {
    vertices.push(makeVertex(hashDep, vertices.slice(-1), text(`link ${index}`)));
  }
  return vertices as [Vertex, Vertex, Vertex, ...Vertex[]];
}

function lyingVertex(parents: readonly VertexId[], time: number): Vertex {
  const before = { id: parents[0] as VertexId, time: time - 1 };
  return makeVertex(hashDep, [before], text('liar'));
}

/** Vertices with parents that do not exist. */
function orphans(count: number, salt = 0, payloadBytes = 1): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const id = new Uint8Array(32).fill(salt);
    new DataView(id.buffer).setUint32(0, index);
    return makeVertex(hashDep, [{ id: id as VertexId, time: 4 }], new Uint8Array(payloadBytes))
      .bytes;
  });
}

function codes(receipt: Receipt): readonly string[] {
  return receipt.refused.map((refusal) => refusal.failure.code);
}

function requireCode(result: Result<unknown, Failure>, code: string): void {
  assert.equal(result.ok ? 'done' : result.error.code, code);
}

function bytesOf(vertices: readonly Vertex[]): readonly Uint8Array[] {
  return vertices.map((vertex) => vertex.bytes);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
