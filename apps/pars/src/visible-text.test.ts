import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonLine, visibleText } from './visible-text.ts';

test('no text can hold a control or direction character afterwards', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(
        visibleText(text),
        /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/,
      );
      const line = jsonLine({ text });
      assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
      assert.deepEqual(JSON.parse(line), { text });
    }),
  );
});

test('every direction character is replaced', () => {
  const characters = '\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069';
  assert.equal(visibleText(characters), '\ufffd'.repeat(9));
});

test('Persian keeps its joiners', () => {
  assert.equal(visibleText('می\u200cروم'), 'می\u200cروم');
});

test('a line break cannot fake another message', () => {
  assert.equal(visibleText('a\n2  2026 <- b'), 'a\n  2  2026 <- b');
});
