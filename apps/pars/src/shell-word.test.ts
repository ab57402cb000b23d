import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { shellWord } from './shell-word.ts';

test('a plain path stays as it is', () => {
  assert.equal(shellWord('/media/roya/stick/letters.pars'), '/media/roya/stick/letters.pars');
});

test('what a shell would read is quoted', () => {
  assert.equal(shellWord('/media/a b/$(reboot).pars'), "'/media/a b/$(reboot).pars'");
  assert.equal(shellWord("it's"), "$'it\\'s'");
  assert.equal(shellWord('نامه.pars'), "'نامه.pars'");
});

test('what cannot be seen is written out', () => {
  assert.equal(shellWord('a\u001b[2J\nb\u202egpj'), "$'a\\x1b[2J\\x0ab\\xe2\\x80\\xaegpj'");
  assert.equal(shellWord('a\u200fb\u200bc'), "$'a\\xe2\\x80\\x8fb\\xe2\\x80\\x8bc'");
  assert.equal(shellWord('-rf'), './-rf');
});

test('a shell reads the same path, and a terminal sees nothing but signs', () => {
  const anyPath = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .map((text) => text.replaceAll('\u0000', ''))
    .filter((text) => text.isWellFormed());
  const paths = [...fc.sample(anyPath, 50), 'a\u001b\u009b\u2028\u2066\u{e0041}b', "'\\'", '\\n'];
  const words = paths.map((path) => shellWord(`/x${path}`));
  for (const word of words) assert.doesNotMatch(word, /[\p{Cc}\p{Cf}\u2028\u2029]/u);
  const script = `printf '%s\\0' ${words.join(' ')}`;
  const read = execFileSync('bash', ['-c', script], { encoding: 'utf8' });
  assert.deepEqual(
    read.split('\0').slice(0, -1),
    paths.map((path) => `/x${path}`),
  );
});
