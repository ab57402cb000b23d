import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseSiteArguments } from './site-arguments.ts';

const defaults = { out: 'dist', proposals: 'PIPs' };

describe('parseSiteArguments', () => {
  test('has defaults for everything', () => {
    assert.deepEqual(parseSiteArguments([], defaults), {
      kind: 'build',
      arguments: { ...defaults, base: undefined },
    });
  });

  test('takes a base with or without a slash', () => {
    for (const [given, base] of [
      ['/pips', '/pips/'],
      ['/', '/'],
      ['https://example.org/x', 'https://example.org/x/'],
    ] as const) {
      const parsed = parseSiteArguments(['--base', given], defaults);
      assert.deepEqual(parsed, { kind: 'build', arguments: { ...defaults, base } });
    }
  });

  for (const args of [
    ['--base', 'x'],
    ['--base', 'javascript:x'],
    ['--base', '//host'],
    ['--what'],
    ['x'],
  ]) {
    test(`refuses ${args.join(' ')}`, () => {
      assert.equal(parseSiteArguments(args, defaults).kind, 'wrong');
    });
  }

  test('helps', () => {
    assert.equal(parseSiteArguments(['--help'], defaults).kind, 'help');
  });
});
