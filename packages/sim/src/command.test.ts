import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from './command.ts';
import { defineScenario } from './scenario/scenario.ts';

/** Misses its promise from 4 nodes on, unless the suite is real. */
const toy = defineScenario({
  name: 'toy',
  description: 'for the tests',
  defaults: { nodes: 3, faults: 1 },
  small: { nodes: 2 },
  least: { nodes: 1, faults: 0 },
  realSuiteNodes: 5,
  async run({ seed, parameters: { nodes }, suite }) {
    if (seed === 'broken') throw new Error('the world ended');
    const value = suite === 'real' ? 0 : nodes;
    return {
      figures: [{ name: 'size', value, unit: '', promise: { atMost: 3 } }],
      plot: {
        x: 'time',
        y: 'share',
        series: [
          {
            name: 'a',
            points: [
              [0, 0],
              [1, 1],
            ],
          },
        ],
      },
      fingerprint: `print of ${seed}`,
      events: nodes,
    };
  },
});
async function run(...args: string[]) {
  let out = '';
  let err = '';
  let nowMs = 0;
  const io = {
    write: (text: string) => void (out += text),
    writeError: (text: string) => void (err += text),
    nowMs: () => (nowMs += 10),
  };
  const code = await runCommand(args, io, [toy]);
  return { code, out, err };
}

test('prints the table, the command and the fingerprint', async () => {
  const { code, out, err } = await run('--scenario', 'toy', '--seed', '7');
  assert.equal(code, 0);
  assert.equal(err, '');
  assert.match(out, /npm run sim -- --scenario toy --seed 7 --nodes 3\n/);
  assert.match(out, /size +3 +at most 3 +kept/);
  assert.match(out, /fingerprint print of 7, 3 events/);
});

test('a missed promise gives exit code 1, the command, and something smaller', async () => {
  const { code, err } = await run('--scenario', 'toy', '--nodes', '90', '--set', 'faults=8');
  assert.equal(code, 1);
  assert.match(err, /missed: size/);
  assert.match(
    err,
    /seed 1 fails: npm run sim -- --scenario toy --seed 1 --nodes 90 --set faults=8/,
  );
  assert.match(
    err,
    /smallest failure in \d+ runs: npm run sim -- --scenario toy --seed 1 --nodes 4 --set faults=0/,
  );
  assert.match(err, /"parameters":\{"nodes":4,"faults":0\}/);
  const hurried = await run('--scenario', 'toy', '--nodes', '90', '--shrink-seconds', '0');
  assert.match(hurried.err, /not shrunk/);
});

test('so does a world that throws', async () => {
  const { code, err } = await run('--scenario', 'toy', '--seed', 'broken');
  assert.equal(code, 1);
  assert.match(err, /the world ended/);
  assert.match(err, /seed broken fails: npm run sim/);
});

test('speaks JSON, and writes the plot', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pars-sim-'));
  try {
    const file = join(folder, 'plot.svg');
    const { code, out } = await run('--scenario', 'toy', '--small', '--json', '--plot', file);
    assert.equal(code, 0);
    const report = JSON.parse(out) as Record<string, unknown>;
    assert.deepEqual(report['parameters'], { nodes: 2, faults: 1 });
    assert.equal(report['kept'], true);
    assert.match(await readFile(file, 'utf8'), /^<svg .*toy, 2 nodes, seed 1/s);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('runs with the real suite as far as that makes sense', async () => {
  assert.equal((await run('--scenario', 'toy', '--suite', 'real', '--nodes', '5')).code, 0);
  assert.equal((await run('--scenario', 'toy', '--suite', 'real', '--nodes', '6')).code, 2);
});

test('arguments that make no sense give exit code 2 and the usage', async () => {
  for (const args of [
    [],
    ['--scenario', 'other'],
    ['--scenario', 'toy', '--nodes', 'many'],
    ['--scenario', 'toy', '--nodes', '0'],
    ['--scenario', 'toy', '--set', 'colour=3'],
    ['--scenario', 'toy', '--set', 'faults'],
    ['--scenario', 'toy', '--suite', 'best'],
    ['--scenario', 'toy', '--shrink-seconds', 'x'],
    ['--scenario', 'toy', '--fast'],
  ]) {
    const { code, err } = await run(...args);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, /usage: npm run sim/);
  }
});
