import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes, type Failure, type Result, unwrap } from '@pars/base';
import * as fc from 'fast-check';
import { hashDep, makeVertex, testSpace } from './history-fixture.ts';
import {
  compareVertices,
  decodeVertex,
  draftVertex,
  encodeVertex,
  type HashDep,
  MAX_PARENTS,
  MAX_PAYLOAD_BYTES,
  MAX_PROOF_BYTES,
  MAX_TIME,
  MAX_VERTEX_BYTES,
  type SpaceId,
  type VertexCore,
  type VertexId,
} from './vertex.ts';

const root = makeVertex(hashDep, [], new Uint8Array([1]));
const sixteen = Array.from({ length: MAX_PARENTS }, (_, index) => idOf(index));

describe('a vertex', () => {
  test('comes back from its encoding', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.uint8Array({ maxLength: 300 }),
        fc.nat({ max: MAX_PARENTS }),
        fc.integer({ min: 2, max: MAX_TIME }),
        (payload, proof, count, later) => {
          const parents = sixteen.slice(0, count);
          const core = { parents, time: count === 0 ? 1 : later, payload };
          const draft = draftVertex(hashDep, testSpace, core);
          const bytes = encodeVertex(draft, proof);
          const vertex = unwrap(decodeVertex(hashDep, testSpace, bytes, draft.id));
          assert.deepEqual(vertex, { ...core, id: draft.id, proof, bytes });
        },
      ),
    );
  });

  test('of the greatest size fits into the largest parcel', () => {
    const payload = new Uint8Array(MAX_PAYLOAD_BYTES);
    const core = { parents: sixteen, time: MAX_TIME, payload };
    const bytes = encodeVertex(
      draftVertex(hashDep, testSpace, core),
      new Uint8Array(MAX_PROOF_BYTES),
    );
    assert.ok(bytes.length <= MAX_VERTEX_BYTES);
    assert.ok(decodeVertex(hashDep, testSpace, bytes).ok);
  });

  test('has an id that covers everything but the proof', () => {
    const other = (change: Partial<VertexCore>, space = testSpace) => {
      const core = { parents: [root.id], time: 2, payload: new Uint8Array([1]), ...change };
      return draftVertex(hashDep, space, core).id.toHex();
    };
    const ids = [
      other({}),
      other({ parents: [idOf(3)] }),
      other({ time: 3 }),
      other({ payload: new Uint8Array([2]) }),
      other({}, new Uint8Array(32) as SpaceId),
    ];
    assert.equal(new Set(ids).size, ids.length);
    const proved = (proof: number) =>
      makeVertex(hashDep, [], new Uint8Array(1), new Uint8Array([proof])).id;
    assert.deepEqual(proved(1), proved(2));
  });

  test('does not change with the buffer that it was read from', () => {
    const buffer = root.bytes.slice();
    const vertex = unwrap(decodeVertex(hashDep, testSpace, buffer));
    buffer.fill(0);
    assert.deepEqual(vertex, root);
  });

  test('is ordered by time, then by id', () => {
    const [a, b] = [idOf(1), idOf(2)];
    assert.ok(compareVertices({ time: 1, id: b }, { time: 2, id: a }) < 0);
    assert.ok(compareVertices({ time: 2, id: a }, { time: 2, id: b }) < 0);
    assert.equal(compareVertices({ time: 2, id: a }, { time: 2, id: a }), 0);
  });
});

describe('refused with a code', () => {
  test('more bytes than a vertex may have', () => {
    requireCode(decode(new Uint8Array(MAX_VERTEX_BYTES + 1)), 'dag/vertex-too-large');
  });

  test('every prefix, and anything appended', () => {
    for (let length = 0; length < root.bytes.length; length += 1) {
      requireCode(decode(root.bytes.subarray(0, length)), 'dag/vertex-malformed');
    }
    requireCode(decode(concatBytes(root.bytes, new Uint8Array(1))), 'dag/vertex-malformed');
  });

  test('a billion parents, without looking for them', () => {
    const unused: HashDep = {
      hash: {
        sha3: () => {
          throw new Error('hashed');
        },
      },
    };
    // Array heads of 17, 10^9, 2^32 and 2^63 items, and a core that claims 10^9 bytes.
    const heads = [
      [0x91],
      [0x9a, 0x3b, 0x9a, 0xca, 0x00],
      [0x9b, 0, 0, 0, 1, 0, 0, 0, 0],
      [0x9b, 0x80, 0, 0, 0, 0, 0, 0, 0],
    ];
    for (const head of heads) {
      const bytes = wrap([0xa3, 0x00, ...head, 0x01, 0x02, 0x02, 0x40]);
      requireCode(decodeVertex(unused, testSpace, bytes), 'dag/vertex-malformed');
    }
    const claimed = new Uint8Array([0xa2, 0x00, 0x5a, 0x3b, 0x9a, 0xca, 0x00, 0xa3]);
    requireCode(decodeVertex(unused, testSpace, claimed), 'dag/vertex-malformed');
    const largest = new Uint8Array(MAX_VERTEX_BYTES + 1);
    requireCode(decodeVertex(unused, testSpace, largest), 'dag/vertex-too-large');
  });

  test('seventeen parents', () => {
    const core = new Uint8Array(34 * 17).fill(1);
    for (let index = 0; index < 17; index += 1) {
      core.set([0x58, 0x20], index * 34);
      core[index * 34 + 33] = index;
    }
    requireCode(
      decode(wrap([0xa3, 0x00, 0x91, ...core, 0x01, 0x02, 0x02, 0x40])),
      'dag/vertex-malformed',
    );
  });

  test('a time beyond 2^48-1', () => {
    const time = [0x1b, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00];
    const core = [0xa3, 0x00, 0x81, 0x58, 0x20, ...root.id, 0x01, ...time, 0x02, 0x40];
    requireCode(decode(wrap(core)), 'dag/vertex-malformed');
  });

  test('time 0, a root later than 1, and a child at 1', () => {
    requireCode(decode(wrap([0xa3, 0x00, 0x80, 0x01, 0x00, 0x02, 0x40])), 'dag/vertex-malformed');
    requireCode(decode(wrap([0xa3, 0x00, 0x80, 0x01, 0x02, 0x02, 0x40])), 'dag/wrong-time');
    const child = [0xa3, 0x00, 0x81, 0x58, 0x20, ...root.id, 0x01, 0x01, 0x02, 0x40];
    requireCode(decode(wrap(child)), 'dag/wrong-time');
  });

  test('parents out of order or twice', () => {
    const [low, high] = [idOf(1), idOf(2)];
    for (const parents of [
      [high, low],
      [low, low],
    ]) {
      const listed = parents.flatMap((parent) => [0x58, 0x20, ...parent]);
      const core = [0xa3, 0x00, 0x82, ...listed, 0x01, 0x02, 0x02, 0x40];
      requireCode(decode(wrap(core)), 'dag/parents-unordered');
    }
  });

  test('another id than the one asked for', () => {
    requireCode(decodeVertex(hashDep, testSpace, root.bytes, idOf(1)), 'dag/wrong-id');
    const elsewhere = new Uint8Array(32) as SpaceId;
    requireCode(decodeVertex(hashDep, elsewhere, root.bytes, root.id), 'dag/wrong-id');
  });

  test('its own id among the parents, were the hash ever broken', () => {
    const broken = { hash: { sha3: () => new Uint8Array(32).fill(5) } };
    const own = new Uint8Array(32).fill(5);
    const core = [0xa3, 0x00, 0x81, 0x58, 0x20, ...own, 0x01, 0x02, 0x02, 0x40];
    requireCode(decodeVertex(broken, testSpace, wrap(core)), 'dag/own-parent');
  });
});

test('an own vertex beyond a limit is a bug', () => {
  const payload = new Uint8Array(0);
  const draft = (core: VertexCore) => () => draftVertex(hashDep, testSpace, core);
  assert.throws(draft({ parents: [idOf(2), idOf(1)], time: 2, payload }), /parents-unordered/);
  assert.throws(draft({ parents: [], time: 2, payload }), /wrong-time/);
  assert.throws(draft({ parents: [], time: 1, payload: new Uint8Array(MAX_PAYLOAD_BYTES + 1) }));
});

function decode(bytes: Uint8Array): Result<unknown, Failure> {
  return decodeVertex(hashDep, testSpace, bytes);
}

function requireCode(result: Result<unknown, Failure>, code: string): void {
  assert.equal(result.ok ? 'accepted' : result.error.code, code);
}

/** {0: core, 1: empty}, by hand. */
function wrap(core: readonly number[]): Uint8Array {
  const length = [core.length >> 8, core.length & 255];
  const head = core.length < 24 ? [0x40 | core.length] : [0x59, ...length];
  const shortHead = core.length >= 24 && core.length < 256 ? [0x58, core.length] : head;
  return new Uint8Array([0xa2, 0x00, ...shortHead, ...core, 0x01, 0x40]);
}

function idOf(last: number): VertexId {
  const id = new Uint8Array(32);
  id[31] = last;
  return id as VertexId;
}
