import { compareBytes, ParsError } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { type DocumentEdit, decodeUpdate, encodeUpdate } from './document-edit.ts';
import { loroEngine } from './loro-engine.ts';

const node = { edit: 0 } as const;
const first: readonly DocumentEdit[] = [
  { type: 'text-insert', part: 'b', at: 0, text: 'سلام 😀' },
  { type: 'list-insert', part: 'l', at: 0, value: { type: 'integer', integer: 4 } },
  { type: 'list-insert', part: 'l', at: 1, value: { type: 'text', text: 'x' } },
  { type: 'map-set', part: 'm', key: 'k', value: { type: 'flag', flag: true } },
];
const second: readonly DocumentEdit[] = [
  { type: 'node-create', part: 'n', at: 0 },
  { type: 'node-create', part: 'n', parent: node, at: 0 },
  {
    type: 'node-set',
    part: 'n',
    node,
    key: 'k',
    value: { type: 'bytes', bytes: new Uint8Array(2) },
  },
  { type: 'node-move', part: 'n', node: { edit: 1 }, at: 0 },
  {
    type: 'text-mark',
    part: 'b',
    at: 1,
    count: 3,
    mark: 'bold',
    value: { type: 'flag', flag: true },
  },
  { type: 'text-remove', part: 'b', at: 2, count: 2 },
  { type: 'text-unmark', part: 'b', at: 0, count: 2, mark: 'bold' },
  { type: 'list-move', part: 'l', at: 0, to: 1 },
  { type: 'list-set', part: 'l', at: 0, value: { type: 'integer', integer: -1 } },
  { type: 'list-remove', part: 'l', at: 0, count: 1 },
  { type: 'map-remove', part: 'm', key: 'k' },
  { type: 'node-remove', part: 'n', node },
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
      const outcomes = [1n, 2n].map((early) => {
        const engine = loroEngine.create();
        const base = engine.write({ heads: [] }, 9n, 'base', first).version ?? { heads: [] };
        for (const writer of [early, 3n - early]) {
          engine.write(base, writer, `${writer}`, writer === 1n ? edits.value : second);
        }
        const outcome = JSON.stringify(engine.value());
        engine.free();
        return outcome;
      });
      if (outcomes[0] !== outcomes[1]) throw breach('one outcome');
    },
  },
];

function breach(expectation: string): ParsError {
  return new ParsError('base/does-not-conform', { expectation });
}
