import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ParsError, unwrap } from './pars-error.ts';
import { err, ok } from './result.ts';

test('the message is the code and the safe values', () => {
  const error = new ParsError('base/argument', { what: 'limit', given: 3 });
  assert.equal(error.message, 'base/argument (what=limit given=3)');
  assert.equal(new ParsError('base/argument').message, 'base/argument');
  assert.equal(error.name, 'ParsError');
});

test('the cause is kept for a debugger and not shown in the message', () => {
  const cause = new Error('/home/someone');
  const error = new ParsError('base/argument', {}, { cause });
  assert.equal(error.cause, cause);
  assert.ok(!error.message.includes('someone'));
});

test('unwrap gives the value or throws the code', () => {
  assert.equal(unwrap(ok(3)), 3);
  assert.throws(
    () => unwrap(err('base/argument', { what: 'x' })),
    (error) =>
      error instanceof ParsError && error.code === 'base/argument' && error.meta['what'] === 'x',
  );
});

test('a failure without meta has no such property', () => {
  assert.deepEqual(err('a/b'), { ok: false, error: { code: 'a/b' } });
});
