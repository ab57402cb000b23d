import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unwrap } from '@pars/base';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { containerBytes, createVault } from '@pars/vault';
import type { SqlDatabase } from '@pars/vault/sql';
import { type Chat, createChat, createMessageTables, search } from './chat-fixture.ts';
import { databaseBytes, type Residence } from './resident-fixture.ts';
import {
  createJumpingDays,
  fileVaultDeps,
  type JumpingDays,
  openDatabases,
  PAGE_BYTES,
  passwordOf,
  withFolder,
} from './tier-fixture.ts';

const MESSAGES = 40_000;
const MEAN_BYTES = 90;
const BATCH = 200;
const ROUNDS = 20;
const RESIDENT = fileURLToPath(new URL('resident-fixture.ts', import.meta.url));
const MIB = 2 ** 20;

/**
 * A vault of tier S in a real file with 40,000 chat messages that can be searched in
 * the hidden volume, written by its clock, and as many in the decoy: room, time, memory.
 */
export const benchmarks: readonly Benchmark[] = [
  { name: 'vault/lived-in-S', run: () => withFolder(livedIn) },
];

async function livedIn(folder: string): Promise<readonly BenchRow[]> {
  const days = createJumpingDays();
  const rows = [...(await fill(folder, days))];
  const found = new Map<string, Residence[]>();
  for (let round = 0; round < 3; round += 1) {
    for (const password of ['hidden', 'decoy'] as const) {
      found.set(password, [...(found.get(password) ?? []), await reside(folder, password)]);
    }
  }
  for (const [password, residences] of found) rows.push(...rowsOf(password, residences));
  return rows;
}

interface Messages {
  readonly database: SqlDatabase;
  readonly chat: Chat;
  count: number;
}

/** Fills both volumes through the clock of the vault. */
async function fill(folder: string, days: JumpingDays): Promise<readonly BenchRow[]> {
  await using deps = await fileVaultDeps(folder, {
    ...days.deps,
    sizeBytes: containerBytes('S'),
  });
  const [decoy, hidden, duress] = ['decoy', 'hidden', 'duress'].map(passwordOf);
  if (decoy === undefined || hidden === undefined || duress === undefined) throw new Error('none');
  unwrap(await createVault(deps, { tier: 'S', passwords: { decoy, hidden, duress } }));
  const opened = await openDatabases(deps, { password: hidden });
  const { vault } = opened;
  if (opened.hidden === undefined) throw new Error('no hidden volume');
  const clock: FlushTimes = { flushes: 0, ms: 0 };
  const volumes = await Promise.all(
    [opened.hidden, opened.decoy].map(async (database): Promise<Messages> => {
      // In one volume an index by random ids, in the other none.
      const hasIndexById = database === opened.hidden;
      unwrap(await database.write((sql) => createMessageTables(sql, { hasIndexById })));
      return { database, chat: createChat(MEAN_BYTES), count: 0 };
    }),
  );
  const write = (to: readonly Messages[], count: number): Promise<void> =>
    writeDurably(to, count, async () => {
      const start = performance.now();
      await days.flush(vault);
      clock.ms += performance.now() - start;
      clock.flushes += 1;
    });
  for (let done = 0; done < MESSAGES; done += BATCH) await write(volumes, BATCH);
  const { flushes, ms } = clock;
  const { pages, maxPages } = opened.hidden.room();
  const searchMs = await timeOfSearches(opened.hidden);
  const rows = [
    row('hidden/messages', volumes[0]?.count ?? 0, 'messages', { atLeast: 40_000 }),
    row('hidden/text-of-a-message', (volumes[0]?.chat.textBytes() ?? 0) / MESSAGES, 'B'),
    row('hidden/room-of-a-message', (pages * PAGE_BYTES) / MESSAGES, 'B'),
    row('hidden/room-used', (100 * pages) / maxPages, '%', { atMost: 100 }),
    row('hidden/messages-that-would-fit', Math.floor((MESSAGES * maxPages) / pages), 'messages'),
    row('hidden/search', searchMs, 'ms'),
    row('hidden/margin', vault.hidden?.marginFlushes() ?? Number.NaN, 'flushes', { atLeast: 1 }),
    row('fill/flushes', flushes, ''),
    row('fill/flush-and-hand-over', ms / flushes, 'ms'),
    row('durable-messages/bulk-clock', (MESSAGES / ms) * 60_000, '1/min'),
  ];
  for (const [at, name] of ['hidden-index-by-id', 'decoy-no-index-by-id'].entries()) {
    for (const batch of [5, 50, 200]) {
      const before = clock.flushes;
      for (let round = 0; round < ROUNDS; round += 1) {
        await write(volumes.slice(at, at + 1), batch);
      }
      const aFlush = (ROUNDS * batch) / (clock.flushes - before);
      rows.push(
        row(`durable-messages/${name}/${batch}-at-once/normal-clock`, aFlush * 2, '1/min'),
        row(`durable-messages/${name}/${batch}-at-once/64-extra-flushes`, aFlush * 64, '1/day'),
      );
    }
  }
  unwrap(await vault.lock());
  return rows;
}

interface FlushTimes {
  flushes: number;
  ms: number;
}

/** A transaction of so many messages in each of them, and as many flushes as it takes. */
async function writeDurably(
  volumes: readonly Messages[],
  count: number,
  flush: () => Promise<void>,
): Promise<void> {
  const waiting = await Promise.all(
    volumes.map(async (volume) => {
      const { database, chat } = volume;
      const written = await database.write((sql) => {
        for (let at = 0; at < count; at += 1) chat.insert(sql, volume.count + at);
      });
      volume.count += count;
      return { database, sequence: unwrap(written).sequence };
    }),
  );
  while (waiting.some(({ database, sequence }) => database.durableSequence < sequence)) {
    await flush();
  }
}

/** Of forty words, frequent and rare ones; every one of them has to be found. */
async function timeOfSearches(database: SqlDatabase): Promise<number> {
  const times: number[] = [];
  for (let word = 0; word < 400; word += 10) {
    const start = performance.now();
    const texts = await search(database, word);
    times.push(performance.now() - start);
    if (texts.length === 0) throw new Error(`word ${word} is not found`);
  }
  return median(times);
}

/** A process of its own that unlocks once: what is measured there is not what was left behind here. */
async function reside(folder: string, password: string): Promise<Residence> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=pars-source',
    RESIDENT,
    'reside',
    folder,
    password,
  ]);
  return JSON.parse(stdout) as Residence;
}

function rowsOf(password: string, all: readonly Residence[]): readonly BenchRow[] {
  const of = (value: (residence: Residence) => number): number => median(all.map(value));
  return [
    row(
      `${password}/unlock`,
      of(({ unlockMs }) => unlockMs),
      'ms',
      { atMost: 1500 },
    ),
    row(
      `${password}/unlock-cpu`,
      of(({ unlockCpuMs }) => unlockCpuMs),
      'ms',
    ),
    row(
      `${password}/open-databases`,
      of(({ openMs }) => openMs),
      'ms',
    ),
    row(
      `${password}/database`,
      of((one) => databaseBytes(one) / MIB),
      'MiB',
    ),
    row(
      `${password}/resident-before`,
      of(({ before }) => before / MIB),
      'MiB',
    ),
    row(
      `${password}/resident-at-most`,
      of(({ peak }) => peak / MIB),
      'MiB',
    ),
    row(
      `${password}/resident-unlocked`,
      of(({ after }) => after / MIB),
      'MiB',
    ),
    row(
      `${password}/resident-beyond-database`,
      of((one) => (one.after - one.before - databaseBytes(one)) / MIB),
      'MiB',
      { atMost: 160 },
    ),
  ];
}

function row(
  name: string,
  value: number,
  unit: string,
  bounds?: { readonly atMost?: number; readonly atLeast?: number },
): BenchRow {
  const base = { name: `vault/lived-in-S/${name}`, value, unit };
  return bounds === undefined ? base : { ...base, target: { of: 'value', ...bounds } };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
