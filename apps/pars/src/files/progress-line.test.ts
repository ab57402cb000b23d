import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createProgressLine } from './progress-line.ts';

function createTerminal() {
  const written: string[] = [];
  let nowMs = 0;
  const line = createProgressLine({ write: (text) => written.push(text) }, () => nowMs);
  return {
    line,
    written,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('a progress line', () => {
  test('writes over itself, at most ten times a second', () => {
    const { line, pass, written } = createTerminal();
    line('1 MB');
    line('2 MB');
    pass(99);
    line('3 MB');
    pass(1);
    line('4 MB');
    assert.deepEqual(written, ['\r\u001b[K1 MB', '\r\u001b[K4 MB']);
  });

  test('does not repeat what stands there', () => {
    const { line, pass, written } = createTerminal();
    line('1 MB');
    pass(500);
    line('1 MB');
    assert.equal(written.length, 1);
  });

  test('is cleared at once, and only when something stands there', () => {
    const { line, written } = createTerminal();
    line(undefined);
    assert.deepEqual(written, []);
    line('1 MB');
    line(undefined);
    line(undefined);
    assert.deepEqual(written, ['\r\u001b[K1 MB', '\r\u001b[K']);
  });

  test('appears at once in a process that has just begun, and after it was cleared', () => {
    const { line, pass, written } = createTerminal();
    line('making parcels');
    line(undefined);
    pass(100);
    line('1 MB');
    assert.equal(written.length, 3);
  });
});
