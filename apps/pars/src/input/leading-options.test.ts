import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { moveLeadingOptions } from './leading-options.ts';

describe('leading options', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['node status', 'node status'],
    ['--data-dir x node status', 'node status --data-dir x'],
    ['--data-dir=x --json node status', 'node status --data-dir=x --json'],
    ['--json chat send a b', 'chat send a b --json'],
    ['--data-dir x chat send a -- --json', 'chat send a --data-dir x -- --json'],
    ['chat send --json a', 'chat send --json a'],
    ['--data-dir', '--data-dir'],
    ['--data-dir x', ''],
    ['--data-dir x chat', 'chat'],
    ['--data-dir x doctor', 'doctor --data-dir x'],
    ['--other node status', '--other node status'],
    ['', ''],
  ];
  for (const [given, wanted] of cases) {
    test(`"${given}"`, () => {
      const words = given === '' ? [] : given.split(' ');
      assert.equal(moveLeadingOptions(words).join(' '), wanted);
    });
  }
});
