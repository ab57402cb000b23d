import { argon2Sync } from 'node:crypto';
import { expose, redact, unwrap } from '@pars/base';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createJavaScriptProvider, type SymmetricPrimitives } from '@pars/crypto';
import type { OpenContainer } from './container.ts';
import { createContainer } from './create-container.ts';
import { createMemoryMedia, createMemorySecret } from './fakes/index.ts';
import { flushContainer } from './flush.ts';
import { sizeOf, TIERS } from './geometry.ts';
import { unlockContainer } from './unlock-container.ts';
import type { VaultDeps } from './vault.ts';
import { FAST_SUITE, PASSWORDS, password } from './vault-fixture.ts';

const FLUSHES = 60;
const WRITES = 4;

/** A tier S container in memory: what the vault itself costs, without a disk. */
export const benchmarks: readonly Benchmark[] = [
  {
    name: 'vault/tier-S',
    run: async () => {
      const deps = depsWith(FAST_SUITE.symmetric);
      const createMs = await timeOf(async () => {
        unwrap(await createContainer(deps, TIERS.S, PASSWORDS));
      });
      const { container } = await unlock(deps);
      const native = await flushes(deps, container);
      const unlockMs = Math.min(
        await timedUnlock(deps),
        await timedUnlock(deps),
        await timedUnlock(deps),
      );
      const wrongMs = await timedUnlock(deps, 'wrong');
      const hashMs = await timeOf(async () => void hashPassword());
      const slow = depsWith(createJavaScriptProvider({ random: deps.random }).symmetric, deps);
      const javaScript = await flushes(slow, (await unlock(slow)).container);
      const rows: BenchRow[] = [
        { name: 'vault/create-S/node', value: createMs, unit: 'ms' },
        {
          name: 'vault/flush-S/node',
          value: median(native),
          unit: 'ms',
          target: { of: 'value', atMost: 12 },
        },
        { name: 'vault/flush-S/js', value: median(javaScript), unit: 'ms' },
        {
          name: 'vault/unlock-S/node',
          value: unlockMs,
          unit: 'ms',
          target: { of: 'value', atMost: 1500 },
        },
        { name: 'vault/unlock-S-wrong-password/node', value: wrongMs, unit: 'ms' },
        { name: 'vault/unlock-S-scan/node', value: unlockMs - hashMs, unit: 'ms' },
      ];
      return rows;
    },
  },
];

function depsWith(symmetric: SymmetricPrimitives, like?: VaultDeps): VaultDeps {
  return {
    suite: {
      symmetric,
      password: {
        derive: async (secret, salt) => redact(hashPassword(expose(secret), salt)),
      },
    },
    random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
    media: like?.media ?? createMemoryMedia({ sizeBytes: sizeOf(TIERS.S) }),
    secret: like?.secret ?? createMemorySecret(),
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    // The deadline is not what is measured.
    scheduler: { schedule: () => () => undefined, sleep: async () => undefined },
  };
}

/** The profile `phone` of PIP-2000 §9, natively. */
function hashPassword(
  message: Uint8Array = new Uint8Array(8),
  nonce: Uint8Array = new Uint8Array(32),
): Uint8Array {
  return new Uint8Array(
    argon2Sync('argon2id', {
      message,
      nonce,
      parallelism: 1,
      tagLength: 32,
      memory: 65_536,
      passes: 3,
    }),
  );
}

async function unlock(deps: VaultDeps): Promise<{ readonly container: OpenContainer }> {
  return unwrap(await unlockContainer(deps, TIERS.S, { password: password('hidden') }));
}

function timedUnlock(deps: VaultDeps, text = 'hidden'): Promise<number> {
  return timeOf(async () => {
    await unlockContainer(deps, TIERS.S, { password: password(text) });
  });
}

/** Flushes with a few pages for each volume. */
async function flushes(deps: VaultDeps, container: OpenContainer): Promise<readonly number[]> {
  const times: number[] = [];
  for (let flush = 0; flush < FLUSHES; flush += 1) {
    for (const { writer } of container.volumes) {
      const page = new Uint8Array(container.geometry.pageBytes).fill(flush);
      writer.take(new Map(Array.from({ length: WRITES }, (_, at) => [flush * WRITES + at, page])));
    }
    times.push(await timeOf(() => flushContainer(deps, container)));
  }
  return times;
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
