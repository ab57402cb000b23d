import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatRow, isKept } from './table.ts';

describe('bench table', () => {
  test('a row without a target is neither kept nor missed', () => {
    assert.equal(isKept({ name: 'a', value: 1, unit: 'ms' }), undefined);
  });

  test('bounds are inclusive and apply to the ratio or to the value', () => {
    const row = { name: 'a', value: 10, unit: 'ms', ratio: 1.25 } as const;
    assert.equal(isKept({ ...row, target: { of: 'ratio', atMost: 1.25 } }), true);
    assert.equal(isKept({ ...row, target: { of: 'ratio', atMost: 1.2 } }), false);
    assert.equal(isKept({ ...row, target: { of: 'value', atLeast: 11 } }), false);
  });

  test('a promised ratio that was not measured is missed', () => {
    const row = { name: 'a', value: 10, unit: 'ms', target: { of: 'ratio', atMost: 2 } } as const;
    assert.equal(isKept(row), false);
    assert.match(formatRow(row), /MISSED/);
  });
});
