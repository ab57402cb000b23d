import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { createSimulationRandom } from '@pars/base/fakes';
import * as fc from 'fast-check';
import type { VertexId } from '../vertex.ts';
import { createAuthorChains } from './author-chains.ts';
import { decodeUpdate } from './document-edit.ts';
import { hostileHistory } from './document-history-fixture.ts';
import { type PlainDocument, type PlainVertex, readPlainly } from './document-reader-fixture.ts';
import { applyUpdate, createDocumentState, readDocument } from './document-state.ts';
import { restoreState, saveState } from './saved-document.ts';

/*
 * Frozen documents, against the implementation in many orders of arrival and
 * against a second reader that was made from PIP-1001 §9 alone.
 */

interface Vector {
  readonly name: string;
  readonly vertices: readonly PlainVertex[];
  readonly shows: PlainDocument;
}

const vectors = JSON.parse(
  readFileSync(new URL('./document.vectors.json', import.meta.url), 'utf8'),
) as readonly Vector[];

describe('frozen documents', () => {
  for (const { name, vertices, shows } of vectors) {
    test(`${name}: in any order of arrival, also over saved states`, async () => {
      for (let round = 0; round < 12; round += 1) {
        const seed = `${name} ${round}`;
        assert.deepEqual(await implemented(vertices, seed), plain(shows), seed);
      }
    });

    test(`${name}: by a second reader`, () => {
      assert.deepEqual(plain(readPlainly(vertices)), plain(shows));
    });
  }
});

test('histories of writers who do as they please show the same to the implementation and the second reader', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 50 }),
      async (seed, count) => {
        const { vertices } = hostileHistory(createSimulationRandom(seed), count);
        const expected = plain(readPlainly(vertices));
        for (const order of ['a', 'b', 'c']) {
          assert.deepEqual(await implemented(vertices, `${seed} ${order}`), expected);
        }
      },
    ),
    { numRuns: 40 },
  );
});

/** What the implementation shows when vertices come in some order, parents first, with saves in between. */
async function implemented(vertices: readonly PlainVertex[], seed: string): Promise<unknown> {
  const random = createSimulationRandom(seed);
  const pastById = new Map<string, ReadonlySet<string>>();
  const chains = createAuthorChains(
    async (of, past) => pastById.get(of.toHex())?.has(past.toHex()) === true,
  );
  let state = createDocumentState();
  const waiting = random.shuffle([...vertices]);
  while (waiting.length > 0) {
    const at = waiting.findIndex(({ parents }) => parents.every((parent) => pastById.has(parent)));
    const [vertex] = waiting.splice(at, 1);
    assert.ok(vertex !== undefined);
    const { parents, time } = vertex;
    const past = new Set(parents);
    for (const parent of parents) for (const known of pastById.get(parent) ?? []) past.add(known);
    pastById.set(vertex.id, past);
    const [id, author] = [bytes(vertex.id) as VertexId, bytes(vertex.author)];
    await chains.admit({ author, id, time });
    const edits = decodeUpdate(bytes(vertex.update));
    if (!edits.ok) continue;
    applyUpdate(state, edits.value, { id, time, knows: (other) => past.has(other.toHex()) });
    if (random.chance(0.2)) readDocument(state);
    if (random.chance(0.05)) {
      const restored = restoreState(saveState(state));
      assert.ok(restored !== undefined);
      state = restored;
    }
  }
  return plain({ ...readDocument(state), forks: chains.forks });
}

/** As JSON has it: bytes in hexadecimal, objects without order. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) =>
      part instanceof Uint8Array ? { bytes: part.toHex() } : part,
    ),
  );
}

function bytes(hexadecimal: string): Uint8Array {
  return Uint8Array.fromHex(hexadecimal);
}
