import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { rootFolder } from '../process/run-step.ts';

// The rules of the gate are themselves tested: a small tree with one planted
// breach each, checked with the project's own configuration.

const EXPORTS = JSON.stringify({ '.': { 'pars-source': './src/index.ts' } });

const FILES: Readonly<Record<string, string>> = {
  'packages/base/src/index.ts': 'export const base: number = 1;\n',
  'packages/base/src/upward.ts':
    "import { suite } from '@pars/crypto';\nexport const up = suite;\n",
  'packages/base/src/platform.ts':
    "import { readFileSync } from 'node:fs';\nexport const r = readFileSync;\n",
  'packages/base/src/fakes/index.ts': 'export const fake: number = 1;\n',
  'packages/crypto/src/index.ts': 'export const suite: number = 1;\n',
  'packages/crypto/src/provider/index.ts': 'export const x25519: number = 1;\n',
  'packages/mesh/src/index.ts':
    "import { suite } from '@pars/crypto';\nexport const mesh = suite;\n",
  'packages/mesh/src/primitive.ts':
    "import { x25519 } from '../../crypto/src/provider/index.ts';\nexport const p = x25519;\n",
  'packages/mesh/src/double.ts':
    "import { fake } from '../../base/src/fakes/index.ts';\nexport const d = fake;\n",
  'packages/session/src/index.ts': 'export const session: number = 1;\n',
  'packages/session/src/app.ts':
    "import { main } from '../../../apps/parsd/src/main.ts';\nexport const m = main;\n",
  'apps/parsd/src/main.ts': "import { mesh } from '@pars/mesh';\nexport const main = mesh;\n",
  'packages/sim/src/index.ts': 'export const modelled: number = 1;\n',
  'packages/sim/src/own.test.ts': "import { modelled } from './index.ts';\nvoid modelled;\n",
  'packages/mesh/src/borrowing.test.ts': "import { modelled } from '@pars/sim';\nvoid modelled;\n",
  'packages/platform-node/src/index.ts':
    "export const open = async () => await import('@pars/sim');\n",
  'apps/parsd/src/chain.ts':
    "import { open } from '@pars/platform-node';\nexport const c = open;\n",
  'apps/parsd/test/chain.test.ts': "import { c } from '../src/chain.ts';\nvoid c;\n",
  'packages/session/src/world.ts': [
    'export function touch(): unknown[] {',
    '  setTimeout(touch, 1);',
    '  return [Date.now(), new Date(), Math.random(), performance.now(), fetch, crypto, process,',
    '    globalThis.crypto, Buffer, setInterval];',
    '}',
    '',
  ].join('\n'),
};

describe('the gate finds what it forbids', () => {
  let tree = '';

  before(async () => {
    tree = await mkdtemp(join(tmpdir(), 'pars-rules-'));
    for (const [path, text] of Object.entries(FILES)) {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), text);
    }
    await mkdir(join(tree, 'node_modules/@pars'), { recursive: true });
    for (const name of ['base', 'crypto', 'mesh', 'session', 'sim', 'platform-node']) {
      await writeFile(
        join(tree, 'packages', name, 'package.json'),
        `{"name":"@pars/${name}","type":"module","exports":${EXPORTS}}`,
      );
      await symlink(`../../packages/${name}`, join(tree, 'node_modules/@pars', name));
    }
    for (const file of ['.dependency-cruiser.cjs', '.oxlintrc.json', 'tsconfig.json']) {
      await cp(join(rootFolder, file), join(tree, file));
    }
  });

  after(() => rm(tree, { recursive: true, force: true }));

  test('imports against the layers', async () => {
    const output = await run('node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', [
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'json',
      'packages',
      'apps',
    ]);
    const report = JSON.parse(output) as {
      summary: { violations: { from: string; rule: { name: string } }[] };
    };
    const found = report.summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`);
    for (const expected of [
      'packages/base/src/upward.ts: layer-0',
      'packages/base/src/platform.ts: pure-layers-know-no-platform',
      'packages/mesh/src/primitive.ts: primitives-stay-behind-the-suite',
      'packages/mesh/src/primitive.ts: no-reaching-into-packages',
      'packages/mesh/src/double.ts: no-test-doubles-in-the-product',
      'packages/session/src/app.ts: packages-do-not-know-apps',
      'packages/mesh/src/borrowing.test.ts: modelled-crypto-stays-in-the-simulator',
      'packages/platform-node/src/index.ts: modelled-crypto-stays-in-the-simulator',
      'apps/parsd/src/chain.ts: apps-never-reach-the-simulator',
      'apps/parsd/test/chain.test.ts: apps-never-reach-the-simulator',
    ]) {
      assert.ok(found.includes(expected), `${expected} was not found among\n${found.join('\n')}`);
    }
    assert.ok(!found.some((line) => line.startsWith('packages/mesh/src/index.ts')));
    assert.ok(!found.some((line) => line.startsWith('packages/sim/')));
    assert.ok(!found.some((line) => line.startsWith('apps/parsd/src/main.ts')));
  });

  test('clocks, timers, randomness and platforms in the pure layers', async () => {
    const output = await run('node_modules/oxlint/bin/oxlint', [
      '--format=unix',
      'packages/session',
    ]);
    for (const name of [
      "'setTimeout'",
      "'setInterval'",
      "'Date'",
      "'Math.random'",
      "'performance'",
      "'fetch'",
      "'crypto'",
      "'globalThis.crypto'",
      "'process'",
      "'Buffer'",
    ]) {
      assert.ok(output.includes(name), `${name} was not found in\n${output}`);
    }
  });

  async function run(tool: string, args: readonly string[]): Promise<string> {
    try {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [join(rootFolder, tool), ...args],
        { cwd: tree, maxBuffer: 16 * 1024 * 1024 },
      );
      return stdout;
    } catch (error) {
      // Both tools exit with a code other than zero when they found something.
      return (error as { stdout: string }).stdout;
    }
  }
});
