import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { withFolder } from './tier-fixture.ts';
import { MARK, PATHS, type Seen, type UnlockPath } from './unlock-game-fixture.ts';

/** Unlocks of each path: 20; `PARS_UNLOCK_ROUNDS=300` is the full size. */
const ROUNDS = Number(process.env['PARS_UNLOCK_ROUNDS'] ?? 20);
/** Under `strace`, which is slow. */
const TRACED_ROUNDS = Math.min(ROUNDS, 60);
const PLAYER = fileURLToPath(new URL('unlock-game-fixture.ts', import.meta.url));
/** What a program is seen to do to files, without what its memory and its threads do. */
const FILE_CALLS: ReadonlySet<string> = new Set(
  'pread64 preadv pwrite64 pwritev read write openat close fsync fdatasync fstat statx rename unlink'.split(
    ' ',
  ),
);

/** How well time, memory and system calls tell one kind of unlock from another: 0 is not at all, 0.5 always. */
export const benchmarks: readonly Benchmark[] = [
  { name: 'vault/unlock-timing', run: () => withFolder(timingGame) },
  { name: 'vault/unlock-system-calls', run: () => withFolder(systemCallGame) },
];

async function timingGame(folder: string): Promise<readonly BenchRow[]> {
  const args = ['--expose-gc', '--conditions=pars-source', PLAYER, 'play', folder, `${ROUNDS}`];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    maxBuffer: 64 * 2 ** 20,
  });
  const seen = new Map(JSON.parse(stdout) as readonly (readonly [UnlockPath, Seen])[]);
  const of = (what: keyof Seen): ReadonlyMap<UnlockPath, readonly number[]> =>
    new Map([...seen].map(([path, numbers]) => [path, numbers[what]]));
  return [
    ...[...seen].map(([path, { ms }]) => ({
      name: `vault/unlock-timing/${nameOf(path)}`,
      value: median(ms),
      unit: 'ms',
    })),
    ...pairsOf('vault/unlock-timing/time', of('ms')),
    ...pairsOf('vault/unlock-timing/memory', of('memory')),
    ...pairsOf('vault/unlock-timing/reads', of('reads')),
  ];
}

async function systemCallGame(folder: string): Promise<readonly BenchRow[]> {
  const log = join(folder, 'trace');
  const player = [process.execPath, '--expose-gc', '--conditions=pars-source', PLAYER, 'play'];
  const args = ['-f', '-qq', '-o', log, ...player, folder, `${TRACED_ROUNDS}`, 'traced'];
  try {
    await promisify(execFile)('strace', args, { maxBuffer: 64 * 2 ** 20 });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return [
        { name: 'vault/unlock-system-calls/not measured: no strace here', value: 0, unit: '' },
      ];
    }
    throw error;
  }
  const counts = countCalls(await readFile(log, 'utf8'));
  const of = (which: 'files' | 'all'): ReadonlyMap<UnlockPath, readonly number[]> =>
    new Map([...counts].map(([path, unlocks]) => [path, unlocks.map((unlock) => unlock[which])]));
  return [
    ...[...counts].map(([path, unlocks]) => ({
      name: `vault/unlock-system-calls/${nameOf(path)}`,
      value: median(unlocks.map(({ files }) => files)),
      unit: 'calls',
    })),
    ...pairsOf('vault/unlock-system-calls/files', of('files')),
    ...pairsOf('vault/unlock-system-calls/all', of('all')),
  ];
}

interface Calls {
  files: number;
  all: number;
}

/** The system calls between the marks, of all threads. Two rounds that warmed up are left out. */
function countCalls(log: string): ReadonlyMap<UnlockPath, readonly Calls[]> {
  const counts = new Map<UnlockPath, Calls[]>(PATHS.map((path) => [path, []]));
  let current: Calls | undefined;
  for (const line of log.split('\n')) {
    const [, path, isEnd] = new RegExp(`"${MARK}/(?:begin-([a-z, ]+)|(end))"`).exec(line) ?? [];
    if (isEnd !== undefined) current = undefined;
    if (path !== undefined) {
      current = { files: 0, all: 0 };
      counts.get(path as UnlockPath)?.push(current);
      continue;
    }
    const [, call] = /^\d+\s+([a-z0-9_]+)\(/.exec(line) ?? [];
    if (current === undefined || call === undefined) continue;
    current.all += 1;
    if (FILE_CALLS.has(call)) current.files += 1;
  }
  return new Map([...counts].map(([path, unlocks]) => [path, unlocks.slice(2)]));
}

/** The distance of the area under the curve from one half for each pair; the promise is three standard errors. */
function pairsOf(
  name: string,
  values: ReadonlyMap<UnlockPath, readonly number[]>,
): readonly BenchRow[] {
  const rows: BenchRow[] = [];
  for (const [at, one] of PATHS.entries()) {
    for (const other of PATHS.slice(at + 1)) {
      const [a = [], b = []] = [values.get(one), values.get(other)];
      const error = Math.sqrt((a.length + b.length + 1) / (12 * a.length * b.length));
      rows.push({
        name: `${name}/${nameOf(one)}/${nameOf(other)}`,
        value: Math.abs(area(a, b) - 0.5),
        unit: 'AUC',
        target: { of: 'value', atMost: 3 * error },
      });
    }
  }
  const worst = rows.toSorted((a, b) => b.value - a.value)[0];
  return worst === undefined || rows.every(({ value }) => value === 0)
    ? [{ name: `${name}/all-pairs`, value: 0, unit: 'AUC', target: { of: 'value', atMost: 0 } }]
    : rows;
}

function nameOf(path: UnlockPath): string {
  return path.replace(', ', '-');
}

function area(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (const low of a) for (const high of b) sum += high > low ? 1 : high === low ? 0.5 : 0;
  return sum / (a.length * b.length);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
