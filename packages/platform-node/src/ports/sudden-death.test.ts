import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFileBlobStore } from './file-blob-store.ts';
import { createSqliteStore } from './sqlite-store.ts';

// This file is also the process that dies: with an argument it writes until it is killed. It says
// on its output which round is safe; the parent kills it in the middle of a later round.
const [, , role, folder = ''] = process.argv;
const KEYS = Array.from({ length: 10 }, (_, index) => new Uint8Array([index]));
// Announced rounds before death, and milliseconds after the last: any moment of a write may be hit,
// and whichever it is, the promise must hold.
const DEATHS = [
  [1, 8],
  [2, 0],
  [2, 16],
  [3, 12],
  [3, 24],
] as const;
// Large enough that Node writes it in several pieces, so that death falls between them.
const BLOB_BYTES = 20_000_000;

if (role === 'write-store') await writeStoreForEver(folder);
else if (role === 'write-blobs') await writeBlobsForEver(folder);
else {
  describe('a process killed while it writes', () => {
    for (const [rounds, delayMs] of DEATHS) {
      test(`leaves whole batches in the SQLite store (round ${rounds} + ${delayMs} ms)`, async () => {
        await inFolder(async (place) => {
          const safeRound = await killAfter(rounds, delayMs, 'write-store', place);
          const store = createSqliteStore(join(place, 'store.sqlite'));
          const values = await Promise.all(KEYS.map((key) => store.get(key)));
          await store.close();
          const found = values.map((value) => roundOf(value));
          assert.equal(new Set(found).size, 1, `a torn batch: ${found.join()}`);
          assert.ok((found[0] ?? 0) >= safeRound, `lost a round that was safe: ${found[0]}`);
        });
      });

      test(`leaves whole blobs and no debris (round ${rounds} + ${delayMs} ms)`, async () => {
        await inFolder(async (place) => {
          const safeRound = await killAfter(rounds, delayMs, 'write-blobs', place);
          const blobs = await createFileBlobStore(place);
          const content = await blobs.read('blob');
          const round = roundOf(content);
          assert.equal(content?.length, BLOB_BYTES + round);
          const fill = content.subarray(4);
          assert.deepEqual(fill, new Uint8Array(fill.length).fill(round % 251));
          assert.ok(round >= safeRound, `lost a round that was safe: ${round}`);
          assert.deepEqual(await readdir(place), ['blob']);
        });
      });
    }
  });
}

async function writeStoreForEver(place: string): Promise<void> {
  const store = createSqliteStore(join(place, 'store.sqlite'));
  for (let round = 1; ; round += 1) {
    await store.write(KEYS.map((key) => ({ key, value: contentOf(round, 20_000) })));
    announce(round);
  }
}

async function writeBlobsForEver(place: string): Promise<void> {
  const blobs = await createFileBlobStore(place);
  for (let round = 1; ; round += 1) {
    await blobs.replace('blob', contentOf(round, BLOB_BYTES + round));
    announce(round);
  }
}

/** Kills the writer `delayMs` after it announced `rounds`; gives the last round that it announced. */
async function killAfter(
  rounds: number,
  delayMs: number,
  childRole: string,
  place: string,
): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--conditions=pars-source', fileURLToPath(import.meta.url), childRole, place],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (last === rounds) setTimeout(() => child.kill('SIGKILL'), delayMs);
  }
  assert.ok(last >= rounds, 'the writer died by itself');
  return last;
}

async function inFolder(work: (place: string) => Promise<void>): Promise<void> {
  const place = await mkdtemp(join(tmpdir(), 'pars-death-'));
  try {
    await work(place);
  } finally {
    await rm(place, { recursive: true });
  }
}

function contentOf(round: number, length: number): Uint8Array {
  const content = new Uint8Array(length).fill(round % 251);
  new DataView(content.buffer).setUint32(0, round);
  return content;
}

function roundOf(content: Uint8Array | undefined): number {
  assert.ok(content !== undefined);
  return new DataView(content.buffer, content.byteOffset).getUint32(0);
}

function announce(round: number): void {
  writeSync(1, `${round}\n`);
}
