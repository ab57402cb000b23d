import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Benchmark, BenchRow } from '@pars/base/bench';

const PARS = fileURLToPath(new URL('../../bin/pars.mjs', import.meta.url));
const PROPOSAL = fileURLToPath(
  new URL('../../../../PIPs/pip-0002-post-quantum.md', import.meta.url),
);
const RUNS = 15;

/** What an author waits for when one proposal is checked from the shell, git and all. */
export const benchmarks: readonly Benchmark[] = [{ name: 'pars/pip-lint-one', run: measureLint }];

async function measureLint(): Promise<readonly BenchRow[]> {
  const cache = await mkdtemp(join(tmpdir(), 'pars-bench-'));
  const environment = { ...process.env, XDG_CACHE_HOME: cache };
  try {
    const lint: number[] = [];
    const bare: number[] = [];
    // In turns, so that a busy machine slows both. The first run compiles.
    for (let run = 0; run <= RUNS; run += 1) {
      const command = ['--conditions=pars-source', PARS, 'pip', 'lint', PROPOSAL];
      const lintMs = await timeOf(command, environment);
      const bareMs = await timeOf(['-e', '0'], environment);
      if (run === 0) continue;
      lint.push(lintMs);
      bare.push(bareMs);
    }
    const lintMs = median(lint);
    const bareMs = median(bare);
    return [
      {
        name: 'pars/pip-lint-one/node',
        value: lintMs,
        unit: 'ms',
        peer: { name: 'node -e 0', value: bareMs },
        ratio: lintMs / bareMs,
        target: { of: 'value', atMost: 150 },
      },
    ];
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

async function timeOf(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { stdio: 'ignore', env });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}`);
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
