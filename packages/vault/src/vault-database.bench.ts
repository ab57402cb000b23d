import { DatabaseSync } from 'node:sqlite';
import { unwrap } from '@pars/base';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import { openNodeSqlEngine } from '@pars/platform-node';
import type { OpenContainer } from './container.ts';
import { createContainer } from './create-container.ts';
import { createMemoryMedia, createMemorySecret } from './fakes/index.ts';
import { maxPagesOf, sizeOf, TIERS } from './geometry.ts';
import { createPageImage } from './sql/page-image.ts';
import type { SqlDatabase } from './sql/sql-database.ts';
import { openVaultDatabase } from './sql/vault-database.ts';
import { unlockContainer } from './unlock-container.ts';
import type { Vault, VaultDeps } from './vault.ts';
import { FAST_SUITE, PASSWORDS, password } from './vault-fixture.ts';
import { createVaultSession } from './vault-session.ts';

const SCHEMA = [
  'CREATE TABLE message (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, text TEXT NOT NULL) STRICT',
  "CREATE VIRTUAL TABLE message_text USING fts5 (text, content = 'message', content_rowid = 'id')",
];
const INSERT = 'INSERT INTO message (id, at, text) VALUES (?, ?, ?)';
const INDEX = 'INSERT INTO message_text (rowid, text) VALUES (?, ?)';
const MEAN_BYTES = 1000;
const INSERT_ROWS = 60_000;
const BATCH_ROWS = 100;

/** The database over a vault of tier S in memory: what its clock lets through, and what its layer costs. */
export const benchmarks: readonly Benchmark[] = [
  {
    name: 'vault/sql',
    run: async () => {
      const rows: BenchRow[] = [
        // Messages of a chat are shorter: `vault/lived-in-S` keeps the promise of 40,000 with those.
        {
          name: 'vault/sql/hidden-S-messages-1kB',
          value: messagesThatFit(MEAN_BYTES),
          unit: 'messages',
        },
        {
          name: 'vault/sql/hidden-S-messages-400B',
          value: messagesThatFit(400),
          unit: 'messages',
          target: { of: 'value', atLeast: 40_000 },
        },
      ];
      rows.push(...(await insertRatios()));
      rows.push(...(await durableMessages()));
      return rows;
    },
  },
];

/** Words of a vocabulary as large as that of a chat, frequent ones more often. */
function textOf(random: SimulationRandom, meanBytes: number): string {
  const length = Math.floor(meanBytes / 2) + random.below(meanBytes);
  let text = '';
  while (text.length < length) {
    const word = random.below(1 + random.below(1 + random.below(30_000)));
    text += `${(word * 7919 + 17).toString(36)} `;
  }
  return text;
}

/** Messages with a searchable text until the database says that it is full. */
function messagesThatFit(meanBytes: number): number {
  const random = createSimulationRandom('messages');
  const { pageBytes } = TIERS.S;
  const maxPages = maxPagesOf(TIERS.S, 1);
  const engine = openNodeSqlEngine({ image: new Uint8Array(0), pageBytes, maxPages });
  for (const statement of SCHEMA) engine.script(statement);
  let count = 0;
  try {
    for (;;) {
      engine.script('BEGIN');
      for (let at = 0; at < 200; at += 1) {
        const text = textOf(random, meanBytes);
        engine.run(INSERT, [count + at, count + at, text]);
        engine.run(INDEX, [count + at, text]);
      }
      engine.script('COMMIT');
      count += 200;
    }
  } catch {
    engine.close();
    return count;
  }
}

/**
 * Batches of 100 rows of 100 bytes, in turn here and in plain `node:sqlite`, into
 * databases that grow; flushes are not in the time. The median batch counts, which
 * another process that takes the processor does not change; and the sum of all, which
 * has that, the hand-overs and the collection of garbage in it.
 */
async function insertRatios(): Promise<readonly BenchRow[]> {
  const { vault, decoy } = await openDatabases();
  const plain = new DatabaseSync(':memory:');
  const table = 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)';
  unwrap(await decoy.write((sql) => sql.run(table)));
  plain.exec(`PRAGMA page_size = 4096; ${table}`);
  const insert = plain.prepare('INSERT INTO note (text) VALUES (?)');
  const text = 'a'.repeat(100);
  const own: number[] = [];
  const other: number[] = [];
  for (let row = 0; row < INSERT_ROWS; row += BATCH_ROWS) {
    own.push(
      await measure(async () => {
        const written = await decoy.write((sql) => {
          for (let at = 0; at < BATCH_ROWS; at += 1) {
            sql.run('INSERT INTO note (text) VALUES (?)', [text]);
          }
        });
        unwrap(written);
      }),
    );
    other.push(
      await measure(async () => {
        plain.exec('BEGIN');
        for (let at = 0; at < BATCH_ROWS; at += 1) insert.run(text);
        plain.exec('COMMIT');
      }),
    );
    if (row % 10_000 !== 0) continue;
    while (decoy.durableSequence < row / BATCH_ROWS) {
      unwrap(await flushBeyondTheDay(vault));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  plain.close();
  // The first third warms up.
  const [mine, theirs] = [own, other].map((batches) => batches.slice(batches.length / 3));
  const sumOf = (batches: readonly number[] = []): number =>
    batches.reduce((sum, ms) => sum + ms, 0);
  const [mineMs, theirsMs] = [median(mine ?? []), median(theirs ?? [])];
  const name = 'vault/sql/insert';
  return [
    { name: `${name}/vault`, value: (BATCH_ROWS / mineMs) * 1000, unit: 'rows/s' },
    { name: `${name}/plain`, value: (BATCH_ROWS / theirsMs) * 1000, unit: 'rows/s' },
    {
      name: `${name}/ratio`,
      value: theirsMs / mineMs,
      unit: 'x',
      target: { of: 'value', atLeast: 0.5 },
    },
    { name: `${name}/ratio-of-sums`, value: sumOf(theirs) / sumOf(mine), unit: 'x' },
  ];
}

async function measure(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Messages of 1 kB with search, 200 at a time: how many flushes until they are durable. */
async function durableMessages(): Promise<readonly BenchRow[]> {
  const random = createSimulationRandom('durable');
  const { vault, hidden } = await openDatabases();
  for (const statement of SCHEMA) unwrap(await hidden.write((sql) => sql.run(statement)));
  let [messages, flushes, spentMs] = [0, 0, 0];
  for (let batch = 0; batch < 10; batch += 1) {
    const written = unwrap(
      await hidden.write((sql) => {
        for (let at = 0; at < 200; at += 1) {
          const text = textOf(random, MEAN_BYTES);
          sql.run(INSERT, [messages + at, messages + at, text]);
          sql.run(INDEX, [messages + at, text]);
        }
      }),
    );
    messages += 200;
    while (hidden.durableSequence < written.sequence) {
      const start = performance.now();
      unwrap(await flushBeyondTheDay(vault));
      spentMs += performance.now() - start;
      flushes += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const aFlush = messages / flushes;
  return [
    { name: 'vault/sql/durable-messages-normal-clock', value: aFlush * 2, unit: '1/min' },
    { name: 'vault/sql/durable-messages-64-extra-flushes', value: aFlush * 64, unit: '1/day' },
    {
      name: 'vault/sql/durable-messages-bulk-clock',
      value: (messages / spentMs) * 60_000,
      unit: '1/min',
    },
  ];
}

let today = 0;

/** An extra flush; when none is left of a day, the next day comes. */
async function flushBeyondTheDay(vault: Vault): ReturnType<Vault['flushNow']> {
  if (vault.extraFlushesLeft() === 0) today += 86_400_000;
  return await vault.flushNow();
}

async function openDatabases(): Promise<{
  readonly vault: Vault;
  readonly decoy: SqlDatabase;
  readonly hidden: SqlDatabase;
}> {
  const deps: VaultDeps = {
    suite: FAST_SUITE,
    random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
    media: createMemoryMedia({ sizeBytes: sizeOf(TIERS.S) }),
    secret: createMemorySecret(),
    clock: { nowMs: () => today, monotonicMs: () => performance.now() },
    scheduler: { schedule: () => () => undefined, sleep: async () => undefined },
  };
  unwrap(await createContainer(deps, TIERS.S, PASSWORDS));
  const unlocked = unwrap(await unlockContainer(deps, TIERS.S, { password: password('hidden') }));
  const container: OpenContainer = unlocked.container;
  const vault = createVaultSession(deps, unlocked);
  const [decoy, hidden] = [vault.decoy, vault.hidden].map((volume) => {
    if (volume === undefined) throw new Error(`no volume in ${container.volumes.length}`);
    const image = createPageImage(volume.pageBytes, volume.maxPages).take();
    return unwrap(openVaultDatabase(openNodeSqlEngine, { vault, volume, image }));
  });
  if (decoy === undefined || hidden === undefined) throw new Error('no database');
  return { vault, decoy, hidden };
}
