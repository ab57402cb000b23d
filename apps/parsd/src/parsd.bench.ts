import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import allocatorEnvironment from '../allocator-environment.json' with { type: 'json' };

const PARSD = fileURLToPath(new URL('../bin/parsd.mjs', import.meta.url));
const PARS = fileURLToPath(new URL('../../pars/bin/pars.mjs', import.meta.url));
const FLAGS = ['--conditions=pars-source'];
const STATUS_RUNS = 15;
const START_RUNS = 5;
/** Until start-up memory was given back and nothing happens any more. */
const IDLE_MS = 3_000;
/** Until the node noticed that it is idle again: two of its looks and a little. */
const IDLE_AFTER_WORK_MS = 24_000;

/** What a person feels of the daemon: how heavy it is, how soon it is there, how fast it answers. */
export const benchmarks: readonly Benchmark[] = [{ name: 'parsd/process', run: measureProcesses }];

async function measureProcesses(): Promise<readonly BenchRow[]> {
  const root = await mkdtemp(join(tmpdir(), 'pars-bench-'));
  const environment = {
    ...allocatorEnvironment,
    ...process.env,
    XDG_CACHE_HOME: join(root, 'cache'),
  };
  const folder = join(root, 'node');
  try {
    // The first start compiles; people meet it once, so the later ones count.
    const starts: number[] = [];
    for (let run = 0; run <= START_RUNS; run += 1) {
      const node = await startNode(folder, environment);
      if (run > 0) starts.push(node.startMs);
      await node.end();
    }
    const node = await startNode(folder, environment);
    const status: number[] = [];
    const bare: number[] = [];
    for (let run = 0; run <= STATUS_RUNS; run += 1) {
      const statusMs = await timeOf(
        [...FLAGS, PARS, 'node', 'status', '--data-dir', folder],
        environment,
      );
      const bareMs = await timeOf(['-e', '0'], environment);
      // The first run compiles.
      if (run > 0) {
        status.push(statusMs);
        bare.push(bareMs);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    const residentMb = await residentMbOf(node.pid);
    const passwordFile = join(root, 'password');
    await writeFile(passwordFile, 'a password of a benchmark\n');
    const usePassword = ['--password-file', passwordFile];
    for (const command of [
      ['vault', 'create', '--keeper', 'file', ...usePassword],
      ['vault', 'unlock', ...usePassword],
      ['id', 'create', '--name', 'bench'],
    ]) {
      await timeOf([...FLAGS, PARS, ...command, '--data-dir', folder], environment);
    }
    await new Promise((resolve) => setTimeout(resolve, IDLE_AFTER_WORK_MS));
    const afterCreatingMb = await residentMbOf(node.pid);
    await node.end();
    const statusMs = median(status);
    const bareMs = median(bare);
    return [
      {
        name: 'parsd/idle-resident/node',
        value: residentMb,
        unit: 'MB',
        target: { of: 'value', atMost: 120 },
      },
      {
        name: 'parsd/idle-resident-after-creating-identity/node',
        value: afterCreatingMb,
        unit: 'MB',
        target: { of: 'value', atMost: 120 },
      },
      {
        name: 'parsd/start-to-ready/node',
        value: median(starts),
        unit: 'ms',
        target: { of: 'value', atMost: 3_000 },
      },
      {
        name: 'pars/node-status/node',
        value: statusMs,
        unit: 'ms',
        peer: { name: 'node -e 0', value: bareMs },
        ratio: statusMs / bareMs,
        target: { of: 'value', atMost: 150 },
      },
    ];
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

interface MeasuredNode {
  readonly pid: number;
  readonly startMs: number;
  end(): Promise<void>;
}

async function startNode(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<MeasuredNode> {
  const start = performance.now();
  const child = spawn(process.execPath, [...FLAGS, PARSD, '--data-dir', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  });
  const exited = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), exited]);
  if (child.exitCode !== null) throw new Error(`parsd ended with ${child.exitCode}`);
  return {
    pid: child.pid ?? 0,
    startMs: performance.now() - start,
    end: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function timeOf(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { stdio: 'ignore', env: environment });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  return performance.now() - start;
}

/** Resident memory from the kernel's own account, shared pages of the runtime included. */
async function residentMbOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kibibytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return (kibibytes * 1_024) / 1_000_000;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
