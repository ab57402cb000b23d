import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { format, inspect } from 'node:util';
import { eraseBytes, expose, redact } from './redacted.ts';

const SECRET = 'correct horse';

describe('Redacted shows nothing to', () => {
  const holder = redact(SECRET);
  const ways: Readonly<Record<string, () => string>> = {
    'String()': () => String(holder),
    'a template': () => `the secret is ${holder as unknown as string}`,
    JSON: () => JSON.stringify({ holder }),
    'the inspector': () => inspect(holder, { depth: 9, showHidden: true }),
    'the inspector without custom functions': () =>
      inspect(holder, { customInspect: false, depth: 9, showHidden: true }),
    'the inspector inside an error': () => inspect(new Error('x', { cause: { holder } })),
    'format %o': () => format('%o %O %s %j', holder, holder, holder, holder),
    'its own keys': () => Reflect.ownKeys(holder).map(String).join(),
    structuredClone: () => inspect(structuredClone(Object.assign({}, holder)), { depth: 9 }),
    concatenation: () => ['', holder].join(''),
  };
  for (const [way, show] of Object.entries(ways)) {
    test(way, () => assert.ok(!show().includes(SECRET)));
  }

  test('a structured clone, which cannot be exposed', () => {
    // Functions of the prototype are not cloned, so the clone is an empty object.
    const clone = structuredClone(holder);
    assert.ok(!inspect(clone, { depth: 9, showHidden: true }).includes(SECRET));
    assert.throws(() => expose(clone), TypeError);
  });

  test('JSON and the inspector say that it is redacted', () => {
    assert.equal(JSON.stringify({ holder }), '{"holder":"[redacted]"}');
    assert.match(inspect({ holder }), /\[redacted\]/);
  });
});

test('expose gives what was wrapped', () => {
  const secret = new Uint8Array([1, 2]);
  assert.equal(expose(redact(secret)), secret);
});

test('holders are frozen and not equal by content', () => {
  const holder = redact(SECRET);
  assert.throws(() => Object.assign(holder, { x: 1 }), TypeError);
  assert.notEqual(redact(SECRET), redact(SECRET));
});

test('a forged holder cannot be exposed', () => {
  assert.throws(() => expose({ toString: () => '', toJSON: () => '' } as never), TypeError);
});

test('eraseBytes zeroes and forgets, also twice', () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const holder = redact(bytes);
  eraseBytes(holder);
  eraseBytes(holder);
  assert.deepEqual(bytes, new Uint8Array(3));
  assert.throws(() => expose(holder), TypeError);
});
