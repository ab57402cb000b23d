import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulationRandom } from '@pars/base/fakes';
import * as fc from 'fast-check';
import type { VertexId } from '../vertex.ts';
import { type DocumentDraft, openDraft } from './document-draft.ts';
import { decodeUpdate } from './document-edit.ts';
import { hostileHistory } from './document-history-fixture.ts';
import {
  applyUpdate,
  createDocumentState,
  type DocumentState,
  readDocument,
} from './document-state.ts';

test('a draft writes the same and shows the same, whether or not it copied or froze what it is on', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 6 }), (seed) => {
      const { vertices } = hostileHistory(createSimulationRandom(seed), 12);
      const written = ['never', 'copied', 'frozen'].map((way) => {
        const state = stateOf(vertices);
        const before = readDocument(state);
        const open = openDraft(state, 99);
        const random = createSimulationRandom(`${seed} edits`);
        for (let step = 0; step < 12; step += 1) {
          if (way === 'copied') open.draft.value();
          if (way === 'frozen' && step === 3) {
            open.freeze();
            const late = new Uint8Array(32).fill(254) as VertexId;
            const edits = [
              { type: 'text-insert', part: 'p', text: 'late' },
              { type: 'list-insert', part: 'p', value: { type: 'flag', flag: true } },
            ] as const;
            applyUpdate(state, edits, { id: late, time: 98, knows: () => true });
          }
          writeAnything(open.draft, random, step);
        }
        const shown = open.draft.value();
        if (way !== 'frozen') assert.deepEqual(readDocument(state), before);
        const updates = Array.from({ length: open.updateCount }, (_, at) => open.update(at, []));
        return { shown, updates };
      });
      assert.deepEqual(written[1], written[0]);
      assert.deepEqual(written[2], written[0]);
      const done = stateOf(vertices);
      const [update] = written[0]?.updates ?? [];
      const edits = decodeUpdate(update as Uint8Array);
      assert.ok(edits.ok);
      const own = { id: new Uint8Array(32).fill(255) as VertexId, time: 99, knows: () => true };
      assert.equal(applyUpdate(done, edits.value, own), edits.value.length);
      assert.deepEqual(readDocument(done).lists, written[0]?.shown.lists);
      assert.deepEqual(readDocument(done).texts, written[0]?.shown.texts);
    }),
    { numRuns: 60 },
  );
});

function stateOf(vertices: ReturnType<typeof hostileHistory>['vertices']): DocumentState {
  const state = createDocumentState();
  for (const { id, time, update } of vertices) {
    const edits = decodeUpdate(Uint8Array.fromHex(update));
    assert.ok(edits.ok);
    const at = { id: Uint8Array.fromHex(id) as VertexId, time, knows: () => true };
    applyUpdate(state, edits.value, at);
  }
  return state;
}

function writeAnything(
  draft: DocumentDraft,
  random: ReturnType<typeof createSimulationRandom>,
  step: number,
): void {
  const choice = random.below(8);
  const length = draft.textLength('p');
  const items = draft.listLength('p');
  if (choice < 3) draft.insertText('p', Math.min(step, length), 'ab');
  else if (choice === 3) draft.insertText('p', random.below(length + 1), '😀');
  else if (choice === 4 && length > 1) draft.removeText('p', random.below(length - 1), 2);
  else if (choice < 6 || items === 0) draft.insertItem('p', random.below(items + 1), step);
  else if (choice === 6) draft.moveItem('p', random.below(items), random.below(items));
  else if (random.chance(0.5)) draft.setItem('p', random.below(items), -step);
  else draft.removeItems('p', random.below(items), 1);
}
