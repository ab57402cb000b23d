import { compareBytes, ParsError } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import type { VertexId } from '../vertex.ts';
import { type DocumentEdit, decodeUpdate, encodeUpdate } from './document-edit.ts';
import {
  applyUpdate,
  createDocumentState,
  type DocumentState,
  readDocument,
} from './document-state.ts';
import { restoreState, saveState } from './saved-document.ts';

const base = new Uint8Array(32).fill(9) as VertexId;
const text = { id: base, edit: 0 } as const;
const flag = { type: 'flag', flag: true } as const;
const first: readonly DocumentEdit[] = [
  { type: 'text-insert', part: 'b', text: 'سلام 😀' },
  { type: 'list-insert', part: 'l', value: { type: 'integer', integer: 4 } },
  {
    type: 'list-insert',
    part: 'l',
    at: { edit: 1, offset: 0, side: 'after' },
    value: { type: 'text', text: 'x' },
  },
  { type: 'map-set', part: 'm', key: 'k', value: flag },
  { type: 'node-create', part: 'n' },
  { type: 'node-create', part: 'n', parent: { edit: 4 } },
];
const second: readonly DocumentEdit[] = [
  { type: 'text-insert', part: 'b', at: { ...text, offset: 5, side: 'after' }, text: 'دو' },
  { type: 'text-mark', part: 'b', from: { ...text, offset: 1 }, mark: 'bold', value: flag },
  {
    type: 'text-unmark',
    part: 'b',
    from: { ...text, offset: 2 },
    until: { edit: 0, offset: 1, side: 'after' },
    mark: 'bold',
  },
  { type: 'text-remove', part: 'b', ranges: [{ ...text, offset: 2, count: 2 }] },
  { type: 'list-move', part: 'l', item: { id: base, edit: 2 } },
  { type: 'list-set', part: 'l', item: { id: base, edit: 1 }, value: flag },
  { type: 'list-remove', part: 'l', items: [{ id: base, edit: 1 }] },
  { type: 'map-remove', part: 'm', key: 'k' },
  { type: 'node-move', part: 'n', node: { id: base, edit: 4 }, parent: { id: base, edit: 5 } },
  { type: 'node-move', part: 'n', node: { id: base, edit: 5 } },
  {
    type: 'node-set',
    part: 'n',
    node: { id: base, edit: 4 },
    key: 'k',
    value: { type: 'bytes', bytes: new Uint8Array(2) },
  },
  { type: 'node-remove', part: 'n', node: { id: base, edit: 5 } },
];

/** Updates of strangers: refused, or done as far as they fit, with one outcome in whatever order. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'dag/document-update',
    corpus: async () => [first, second, ...second.map((edit) => [edit])].map(encodeUpdate),
    run(input) {
      const edits = decodeUpdate(input);
      if (!edits.ok) return;
      if (compareBytes(encodeUpdate(edits.value), input) !== 0) throw breach('one encoding');
      const outcomes = [1, 2].map((early) => {
        const state = createDocumentState();
        apply(state, base, 1, first);
        for (const writer of [early, 3 - early]) {
          const id = new Uint8Array(32).fill(writer) as VertexId;
          apply(state, id, 2, writer === 1 ? edits.value : second);
        }
        const saved = restoreState(saveState(state));
        if (saved === undefined) throw breach('a state that can be saved');
        const outcome = JSON.stringify(readDocument(state));
        if (JSON.stringify(readDocument(saved)) !== outcome) throw breach('a saved state');
        return outcome;
      });
      if (outcomes[0] !== outcomes[1]) throw breach('one outcome');
    },
  },
];

function apply(
  state: DocumentState,
  id: VertexId,
  time: number,
  edits: readonly DocumentEdit[],
): void {
  const knows = (past: VertexId) => time === 2 && compareBytes(past, base) === 0;
  applyUpdate(state, edits, { id, time, knows });
}

function breach(expectation: string): ParsError {
  return new ParsError('base/does-not-conform', { expectation });
}
