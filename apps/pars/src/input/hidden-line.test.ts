import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createHiddenLine } from './hidden-line.ts';

function typed(pieces: readonly string[]): { text: string; end: string | undefined } {
  const line = createHiddenLine();
  const end = pieces.map((piece) => line.take(piece)).find((each) => each !== undefined);
  return { text: line.text, end };
}

describe('a secret that is typed unseen', () => {
  for (const [name, pieces, text] of [
    ['ends with Enter', ['گذر', 'واژه', '\r'], 'گذرواژه'],
    ['takes back whole characters', ['a😀\u007f', 'b\n'], 'ab'],
    ['can be begun anew with Ctrl-U', ['wrong\u0015right\r'], 'right'],
    ['is not changed by arrows', ['pa', '\u001b[D', '\u001b[1;5C', '\u001bOA', 'ss\r'], 'pass'],
    ['can be pasted with marks', ['\u001b[200~pasted\u001b[201~\r'], 'pasted'],
    ['keeps brackets that were typed', ['[D', 'OA\r'], '[DOA'],
  ] as const) {
    test(name, () => assert.deepEqual(typed(pieces), { text, end: 'entered' }));
  }

  test('is forgotten on Ctrl-C', () => {
    assert.deepEqual(typed(['half', '\u0003']), { text: '', end: 'interrupted' });
  });

  test('leaves the next line to the next question', () => {
    const line = createHiddenLine();
    line.take('password\nword word');
    assert.equal(line.text, 'password');
    assert.equal(line.rest, 'word word');
  });
});
