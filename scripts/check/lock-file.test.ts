import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { checkLockFile } from './lock-file.ts';

const integrity = 'sha512-x';
const sound = {
  'package.json': { dependencies: { left: '1.0.0' } },
  'packages/one/package.json': { devDependencies: { right: '2.0.0' } },
  'package-lock.json': {
    packages: {
      '': { dependencies: { left: '1.0.0' } },
      'packages/one': { devDependencies: { right: '2.0.0' } },
      'node_modules/left': { integrity },
      'node_modules/right': { integrity },
      'node_modules/@pars/one': { link: true, resolved: 'packages/one' },
    },
  },
};

describe('the lock file', () => {
  test('is fine as npm writes it without hosts', async () => {
    assert.equal(await complaintsOf(sound), '');
  });

  for (const [name, change, complaint] of [
    ['lacks a workspace', { 'apps/two/package.json': {} }, /^apps\/two\/package.json: not as/],
    [
      'is older than a package.json',
      { 'packages/one/package.json': { devDependencies: { right: '2.0.1' } } },
      /^packages\/one\/package.json: not as/,
    ],
    [
      'is older than the root',
      { 'package.json': { dependencies: { left: '1.0.0', third: '3.0.0' } } },
      /^package.json: not as/,
    ],
    ['pins without a hash', withEntry({}), /left: no integrity/],
    [
      'names a host',
      withEntry({ integrity, resolved: 'https://x/left.tgz' }),
      /left: names a host/,
    ],
    [
      'lacks a package of another platform',
      withEntry({ integrity, optionalDependencies: { 'left-win32': '1.0.0' } }),
      /left-win32: not in the lock/,
    ],
  ] as const) {
    test(`is refused when it ${name}`, async () => {
      assert.match(await complaintsOf({ ...sound, ...change }), complaint);
    });
  }
});

function withEntry(entry: object): Readonly<Record<string, object>> {
  const { packages } = sound['package-lock.json'];
  return { 'package-lock.json': { packages: { ...packages, 'node_modules/left': entry } } };
}

async function complaintsOf(files: Readonly<Record<string, object>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'pars-lock-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), JSON.stringify(content));
    }
    return await checkLockFile(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
