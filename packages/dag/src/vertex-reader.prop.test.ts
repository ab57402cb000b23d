import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Codec, createCodec, type Infer, schema } from '@pars/base';
import * as fc from 'fast-check';
import { hashDep, makeVertex, testSpace } from './history-fixture.ts';
import {
  decodeVertex,
  MAX_PARENTS,
  MAX_PAYLOAD_BYTES,
  MAX_PROOF_BYTES,
  MAX_TIME,
  MAX_VERTEX_BYTES,
  type VertexId,
  vertexIds,
} from './vertex.ts';

// PIP-1001 §2 once more, as schemas: the reader must take what they take and nothing else.
const coreSchema = schema.struct({
  parents: [0, schema.array(vertexIds.schema, { max: MAX_PARENTS })],
  time: [1, schema.int({ min: 1, max: MAX_TIME })],
  payload: [2, schema.bytes({ max: MAX_PAYLOAD_BYTES })],
});
const coreCodec: Codec<Infer<typeof coreSchema>> = createCodec('test/core', coreSchema, {
  maxBytes: MAX_VERTEX_BYTES,
});
const vertexCodec = createCodec(
  'test/vertex',
  schema.struct({
    core: [0, schema.bytes({ max: MAX_VERTEX_BYTES })],
    proof: [1, schema.bytes({ max: MAX_PROOF_BYTES })],
  }),
  { maxBytes: MAX_VERTEX_BYTES },
);

const sizes = fc.constantFrom(0, 1, 23, 24, 25, 255, 256, 257, 8192, 8193, 65_535, 65_536);
const times = fc.oneof(
  fc.constantFrom(0, 1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, MAX_TIME),
  fc.integer({ min: 1, max: MAX_TIME }),
);

test('the reader and the codec take the same vertices, at every size of a head', () => {
  fc.assert(
    fc.property(fc.nat({ max: 17 }), times, sizes, sizes, (count, time, payload, proof) => {
      const parents = Array.from({ length: count }, (_, index) => idOf(index));
      const core = schema.struct({
        parents: [0, schema.array(vertexIds.schema, { max: 20 })],
        time: [1, schema.uint()],
        payload: [2, schema.bytes({ max: 100_000 })],
      });
      const outer = schema.struct({
        core: [0, schema.bytes({ max: 300_000 })],
        proof: [1, schema.bytes({ max: 300_000 })],
      });
      const limits = { maxBytes: 400_000 };
      const coreBytes = createCodec('loose/core', core, limits).encode({
        parents,
        time,
        payload: new Uint8Array(payload),
      });
      requireAgreement(
        createCodec('loose/vertex', outer, limits).encode({
          core: coreBytes,
          proof: new Uint8Array(proof),
        }),
      );
    }),
    { numRuns: 300 },
  );
});

test('the reader and the codec take the same bytes, whatever is changed in them', () => {
  const seeds = [0, 1, 2, 16].map((count) => {
    const parents = Array.from({ length: count }, (_, index) => ({ id: idOf(index), time: 300 }));
    return makeVertex(hashDep, parents, new Uint8Array(30), new Uint8Array(5)).bytes;
  });
  const byte = fc.oneof(
    fc.nat({ max: 255 }),
    fc.constantFrom(0x18, 0x19, 0x1a, 0x1b, 0x58, 0x5b, 0x9b),
  );
  const edit = fc.record({
    at: fc.nat({ max: 80 }),
    removed: fc.nat({ max: 2 }),
    inserted: fc.array(byte, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(edit, { minLength: 1, maxLength: 3 }),
      (seed, edits) => {
        const bytes = [...seed];
        for (const { at, removed, inserted } of edits) bytes.splice(at, removed, ...inserted);
        requireAgreement(new Uint8Array(bytes));
      },
    ),
    { numRuns: 2000 },
  );
});

test('a head in a longer form than it needs is refused, wherever it stands', () => {
  const id = [...idOf(1)];
  // Each part as [in its one form, in longer ones]; the core's length is that of what is in it.
  const parts: readonly (readonly (readonly number[])[])[] = [
    [[0x81], [0x98, 1], [0x99, 0, 1], [0x9a, 0, 0, 0, 1]],
    [
      [0x58, 0x20],
      [0x59, 0, 0x20],
    ],
    [[0x05], [0x18, 5], [0x19, 0, 5], [0x1b, 0, 0, 0, 0, 0, 0, 0, 5]],
    [[0x41], [0x58, 1], [0x5b, 0, 0, 0, 0, 0, 0, 0, 1]],
    [[0x42], [0x58, 2], [0x59, 0, 2]],
  ];
  const build = (forms: readonly (readonly number[])[], longCore: boolean) => {
    const [count, idHead, time, payload, proof] = forms as [
      number[],
      number[],
      number[],
      number[],
      number[],
    ];
    const core = [0xa3, 0, ...count, ...idHead, ...id, 1, ...time, 2, ...payload, 7];
    const coreHead = longCore ? [0x59, 0, core.length] : [0x58, core.length];
    return new Uint8Array([0xa2, 0, ...coreHead, ...core, 1, ...proof, 8, 9]);
  };
  const shortest = parts.map(([first]) => first as readonly number[]);
  assert.ok(decodeVertex(hashDep, testSpace, build(shortest, false)).ok);
  const longer = [build(shortest, true)];
  for (const [index, forms] of parts.entries()) {
    for (const form of forms.slice(1)) longer.push(build(shortest.with(index, form), false));
  }
  for (const bytes of longer) {
    const vertex = decodeVertex(hashDep, testSpace, bytes);
    assert.equal(vertex.ok ? 'accepted' : vertex.error.code, 'dag/vertex-malformed');
    requireAgreement(bytes);
  }
});

/** Both refuse, or both give the same parts. What the parents tell against a vertex is no matter here. */
function requireAgreement(bytes: Uint8Array): void {
  const outer = vertexCodec.decode(bytes);
  const core = outer.ok ? coreCodec.decode(outer.value.core) : undefined;
  const vertex = decodeVertex(hashDep, testSpace, bytes);
  const isMalformed =
    !vertex.ok && ['dag/vertex-malformed', 'dag/vertex-too-large'].includes(vertex.error.code);
  assert.equal(isMalformed, core?.ok !== true);
  if (vertex.ok && outer.ok && core?.ok === true) {
    const { parents, time, payload, proof } = vertex.value;
    assert.deepEqual({ parents, time, payload }, core.value);
    assert.deepEqual(proof, outer.value.proof);
  } else if (!vertex.ok && isMalformed && bytes.length <= MAX_VERTEX_BYTES) {
    assert.match(String(vertex.error.meta?.['reason']), /^base\/cbor-/);
  }
}

function idOf(last: number): VertexId {
  const id = new Uint8Array(32);
  id[31] = last;
  return id as VertexId;
}
