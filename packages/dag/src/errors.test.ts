import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

test('the codes in use are exactly those that errors.ts explains', () => {
  const codesIn = (file: string) =>
    readFileSync(new URL(file, import.meta.url), 'utf8').matchAll(/'(dag\/[a-z0-9-]+)'/g);
  const explained = new Set(Array.from(codesIn('errors.ts'), (match) => match[1]));
  const used = new Set<string | undefined>();
  for (const file of globSync('**/*.ts', { cwd: import.meta.dirname })) {
    if (/errors|test|fuzz|fixture|bench/.test(file)) continue;
    for (const match of codesIn(file)) used.add(match[1]);
  }
  for (const codec of CODEC_NAMES) used.delete(codec);
  assert.deepEqual(used, explained);
});

/** Names of codecs look like codes. */
const CODEC_NAMES = ['dag/vertex', 'dag/vertex-core', 'dag/replica-head'];
