import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { draftText } from '@pars/pips';
import { runCommand } from '../cli.ts';
import { createPieceFiles } from '../files/piece-files.ts';

const DRAFT = {
  pip: 'XXXX',
  title: 'Better links',
  description: 'Links that carry more than before',
  author: 'Roya (@roya)',
  status: 'Draft',
  type: 'Standards Track',
  category: 'Mesh',
  created: '2026-11-01',
  requires: [],
};
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pars-pip-'));
  await writeFile(join(folder, 'LICENSE.md'), '# Licence\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('pars pip new', () => {
  const flags = [
    '--title',
    'Better links',
    '--description',
    'Links that carry more',
    '--author',
    'Roya (@roya)',
    '--category',
    'Mesh',
  ];

  test('writes a draft that has no errors', async () => {
    const made = await pars(['pip', 'new', ...flags]);
    assert.equal(made.code, 0, made.stderr);
    const text = await readFile(join(folder, 'pip-XXXX-better-links.md'), 'utf8');
    assert.match(text, /^---\npip: XXXX\ntitle: Better links\n/);
    const linted = await pars(['pip', 'lint', '--json']);
    const { findings } = JSON.parse(linted.stdout) as { findings: { severity: string }[] };
    assert.deepEqual(
      findings.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.equal(linted.code, 0);
  });

  test('asks what it was not told', async () => {
    const answers = 'Better: links\nLinks that carry more\nRoya (@roya)\nMesh\n';
    assert.equal((await pars(['pip', 'new'], answers)).code, 0);
    assert.match(
      await readFile(join(folder, 'pip-XXXX-better-links.md'), 'utf8'),
      /title: "Better: links"/,
    );
  });

  test('refuses values that the linter refuses, missing ones, and a file that exists', async () => {
    assert.equal((await pars(['pip', 'new', ...flags.slice(0, 6), '--category', 'Space'])).code, 2);
    assert.equal((await pars(['pip', 'new', ...flags.slice(0, 6)])).code, 2);
    assert.equal((await pars(['pip', 'new', ...flags])).code, 0);
    const again = await pars(['pip', 'new', ...flags]);
    assert.equal(again.code, 7);
    assert.match(again.stderr, /cli\/proposal-exists/);
  });

  test('a title cannot lead out of the folder', async () => {
    await pars(['pip', 'new', '--title', 'Up ../../etc/x', ...flags.slice(2)]);
    assert.deepEqual((await readdir(folder)).toSorted(), ['LICENSE.md', 'pip-XXXX-up-etc-x.md']);
  });
});

describe('pars pip lint', () => {
  test('tells what is wrong, with its place, and exits with 1', async () => {
    await save('pip-XXXX-bad.md', draft({ status: 'Done' }));
    const { stdout, code } = await pars(['pip', 'lint']);
    assert.equal(code, 1);
    assert.match(stdout, /pip-XXXX-bad\.md:6:9 error .*\[field-status\]/);
  });

  test('--fix writes what can be corrected', async () => {
    await save(
      'pip-XXXX-bad.md',
      draft().replace('requires: []', 'requires: 0043').replaceAll('\n', '\r\n'),
    );
    await save('pip-0043-other.md', draft({ pip: '0043', category: 'Core' }));
    assert.equal((await pars(['pip', 'lint', '--fix'])).code, 0);
    const text = await readFile(join(folder, 'pip-XXXX-bad.md'), 'utf8');
    assert.match(text, /^requires: \[0043\]$/m);
    assert.doesNotMatch(text, /\r/);
  });

  test('--sarif is a SARIF log', async () => {
    await save('pip-XXXX-bad.md', draft({ status: 'Done' }));
    const { stdout } = await pars(['pip', 'lint', '--sarif']);
    const { version, runs } = JSON.parse(stdout) as {
      version: string;
      runs: { results: { ruleId: string }[] }[];
    };
    assert.equal(version, '2.1.0');
    assert.ok(runs[0]?.results.some(({ ruleId }) => ruleId === 'field-status'));
  });

  test('one file is checked together with what it refers to', async () => {
    await save('pip-XXXX-bad.md', draft({ status: 'Done' }));
    await save('pip-XXXX-good.md', draft());
    const { stdout, code } = await pars(
      ['pip', 'lint', join(folder, 'pip-XXXX-good.md')],
      '',
      false,
    );
    assert.doesNotMatch(stdout, /bad/);
    assert.equal(code, 0);
    assert.equal(
      (await pars(['pip', 'lint', join(folder, 'pip-XXXX-none.md')], '', false)).code,
      5,
    );
  });

  test('links to files elsewhere are not read, and files that are too large or no text are named', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'pars-outside-'));
    await writeFile(join(outside, 'secret.md'), draft({ title: 'Secret' }));
    await symlink(join(outside, 'secret.md'), join(folder, 'pip-XXXX-link.md'));
    await mkdir(join(folder, 'pip-XXXX-folder.md'));
    await save('pip-XXXX-large.md', 'x'.repeat(10_000_000));
    await writeFile(
      join(folder, 'pip-XXXX-bytes.md'),
      Uint8Array.of(0x2d, 0x2d, 0x2d, 0x0a, 0xff, 0xfe),
    );
    const { stdout } = await pars(['pip', 'lint', '--json']);
    assert.doesNotMatch(stdout, /Secret|XXXX-link|XXXX-folder/);
    assert.match(stdout, /"ruleId":"file-size"/);
    assert.match(stdout, /"ruleId":"file-encoding"/);
    await rm(outside, { recursive: true });
  });

  test('a folder that does not exist is told as such', async () => {
    const { code, stderr } = await pars(
      ['pip', 'lint', '--folder', join(folder, 'none')],
      '',
      false,
    );
    assert.equal(code, 5);
    assert.match(stderr, /no folder of proposals/);
  });
});

describe('pars pip number', () => {
  test('gives the lowest free number of the category, and Review', async () => {
    await save('pip-1000-first.md', draft({ pip: '1000' }));
    await save('pip-XXXX-better-links.md', draft());
    const { stdout, stderr } = await pars(
      ['pip', 'number', join(folder, 'pip-XXXX-better-links.md'), '--json'],
      '',
      false,
    );
    assert.deepEqual(
      JSON.parse(stdout),
      { schemaVersion: 1, pip: '1001', path: 'pip-1001-better-links.md' },
      stderr,
    );
    const text = await readFile(join(folder, 'pip-1001-better-links.md'), 'utf8');
    assert.match(text, /^pip: 1001$/m);
    assert.match(text, /^status: Review$/m);
    assert.ok(
      !(await readdir(folder)).some((name) => name.includes('XXXX') || name.startsWith('.')),
    );
  });

  test('refuses what has errors and what is no draft', async () => {
    await save('pip-XXXX-bad.md', draft({ description: 'x'.repeat(200) }));
    await save('pip-1000-first.md', draft({ pip: '1000' }));
    const bad = await pars(['pip', 'number', join(folder, 'pip-XXXX-bad.md')], '', false);
    assert.match(bad.stderr, /1 errors/);
    assert.equal(
      (await pars(['pip', 'number', join(folder, 'pip-1000-first.md')], '', false)).code,
      7,
    );
  });
});

describe('pars pip', () => {
  test('list, show, hash and diff', async () => {
    await save('pip-1000-first.md', draft({ pip: '1000' }));
    await save('pip-1001-second.md', draft({ pip: '1001', title: 'Red \u001b[31m\u202etext' }));
    const listed = await pars(['pip', 'list', '--category', 'mesh']);
    assert.match(listed.stdout, /^1000 .*Better links$/m);
    assert.doesNotMatch(listed.stdout, /[\u001b\u202e]/);
    assert.match(listed.stderr, /not on the ledger yet/);
    assert.match(
      (await pars(['pip', 'show', '1000'])).stdout,
      /not on the ledger yet[\s\S]*Abstract\n====/,
    );
    assert.match(
      (await pars(['pip', 'hash', join(folder, 'pip-1000-first.md')], '', false)).stdout,
      /^[0-9a-f]{64}\n$/,
    );
    const compared = await pars(['pip', 'diff', '1000', '1001']);
    assert.match(compared.stdout, /- pip: 1000\n\+ pip: 1001/);
    assert.equal((await pars(['pip', 'diff', '1000'])).code, 2);
    assert.equal((await pars(['pip', 'show', '1999'])).code, 5);
  });

  test('rules explains one rule with its examples', async () => {
    const { stdout } = await pars(['pip', 'rules', 'mention-link'], '', false);
    assert.match(stdout, /mention-link \(error, --fix\)[\s\S]*not:[\s\S]*but:/);
    assert.equal((await pars(['pip', 'rules', 'no-such'], '', false)).code, 2);
  });
});

function draft(fields: Partial<typeof DRAFT> = {}): string {
  return draftText({ ...DRAFT, ...fields });
}

function save(name: string, text: string): Promise<void> {
  return writeFile(join(folder, name), text);
}

async function pars(
  args: readonly string[],
  input = '',
  isInFolder = true,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const lines = input.split('\n').slice(0, -1);
  let stdout = '';
  let stderr = '';
  const code = await runCommand(isInFolder ? [...args, '--folder', folder] : args, {
    process: {
      stdout: { write: (text) => void (stdout += text) },
      stderr: { write: (text) => void (stderr += text) },
    },
    input: {
      isTerminal: false,
      readLine: async () => lines.shift(),
      readAll: async () => input,
      askLine: async () => '',
      askHidden: async () => '',
      readFile: async () => '',
    },
    files: createPieceFiles(),
    signal: new AbortController().signal,
    nowMs: () => Date.parse('2026-11-22T12:00:00Z'),
  });
  return { code, stdout, stderr };
}
