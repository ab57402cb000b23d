import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { redact, unwrap, utf8ToBytes } from '@pars/base';
import { createSmallVault, SMALL_VAULT_BYTES } from '@pars/vault/fakes';
import { createFileMedia } from './file-media.ts';
import { fileDeps, PAGES_OF_A_TRANSACTION, type WriterLine } from './vault-process-fixture.ts';

/** Processes that are killed: 12; `PARS_KILL_ROUNDS=1000` is the full size. */
const ROUNDS = Number(process.env['PARS_KILL_ROUNDS'] ?? 12);
/** Flushes of the longest life; those of one without the hidden volume stay far below its margin. */
const COUNT = { hidden: 40, decoy: 3 } as const;
const WRITER = fileURLToPath(new URL('vault-process-fixture.ts', import.meta.url));

interface Life {
  readonly lines: readonly WriterLine[];
  readonly signal: string | null;
}

/** Starts a writer and kills it so many lines and milliseconds after it opened the vault. */
async function liveAndKill(
  paths: readonly [string, string],
  password: 'hidden' | 'decoy',
  death: { readonly lines: number; readonly afterMs: number },
): Promise<Life> {
  const child = spawn(
    process.execPath,
    ['--conditions=pars-source', WRITER, 'write', ...paths, password, `${COUNT[password]}`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let text = '';
  let isDoomed = false;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (isDoomed || text.split('\n').length <= death.lines + 1) return;
    isDoomed = true;
    setTimeout(() => child.kill('SIGKILL'), death.afterMs);
  });
  const signal = await new Promise<string | null>((resolve) => {
    child.on('close', (_, by) => resolve(by));
  });
  const lines = text.split('\n').slice(0, -1);
  return { lines: lines.map((line) => JSON.parse(line) as WriterLine), signal };
}

describe('a vault in a file, its process killed', () => {
  test(`${ROUNDS} times: what was durable is there, transactions are whole, both volumes agree`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'pars-kill-'));
    const paths = [join(folder, 'container'), join(folder, 'secret')] as const;
    await (await createFileMedia(paths[0], SMALL_VAULT_BYTES))[Symbol.asyncDispose]();
    {
      await using deps = await fileDeps(...paths);
      const [decoy, hidden] = ['decoy', 'hidden'].map((text) => redact(utf8ToBytes(text)));
      assert.ok(decoy !== undefined && hidden !== undefined);
      unwrap(await createSmallVault(deps, { decoy, hidden }));
    }
    const durable = [0, 0];
    let killed = 0;
    let flushes = 0;
    let mayDecoy: boolean = false;
    for (let round = 0; round < ROUNDS; round += 1) {
      const password: 'hidden' | 'decoy' = mayDecoy && round % 3 === 2 ? 'decoy' : 'hidden';
      const { lines, signal } = await liveAndKill(paths, password, {
        lines: (round * 7) % (password === 'decoy' ? 3 : 23),
        afterMs: (round * 5) % 13,
      });
      if (signal === 'SIGKILL') killed += 1;
      const [opened, ...rest] = lines;
      assert.ok(opened !== undefined && 'opened' in opened, `round ${round} did not open`);
      assert.equal(opened.opened, password);
      for (const volume of password === 'hidden' ? [0, 1] : [0]) {
        const numbers: readonly number[] = opened.numbers[volume] ?? [];
        assert.ok(new Set(numbers).size <= 1, `round ${round} volume ${volume}: ${numbers.join()}`);
        assert.equal(numbers.length, (numbers[0] ?? 0) > 0 ? PAGES_OF_A_TRANSACTION : 0);
        assert.ok((numbers[0] ?? 0) >= (durable[volume] ?? 0), `round ${round} lost a durable one`);
        const last = rest.findLast((line) => 'durable' in line);
        durable[volume] = last === undefined ? (numbers[0] ?? 0) : last.durable;
      }
      flushes += rest.length;
      mayDecoy = password === 'hidden' && rest.length >= 3;
    }
    t.diagnostic(`${killed} killed, ${flushes} transactions durable`);
    assert.ok(killed >= ROUNDS / 2, `killed ${killed}`);
    await rm(folder, { recursive: true });
  });
});
