import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import type { OpenVolume } from '../container.ts';
import { everythingReadable } from '../erasure-fixture.ts';
import { createWorld, inTime, PASSWORDS, SMALL, type World } from '../vault-fixture.ts';
import { partsOf, TICK_MS } from '../vault-session.ts';
import { loseProcess, type OpenedVault, openDatabases } from './database-fixture.ts';
import type { SqlDatabase } from './sql-database.ts';

/** Half a sweep of it is longer than the life of a test: the hidden volume outlives one without it. */
const GEOMETRY = { ...SMALL, windows: 24 };
/** Every seventh write, others for each kind of session; all with `PARS_CRASH_WORLDS`. */
const STEP = process.env['PARS_CRASH_WORLDS'] === undefined ? 7 : 1;
const ROWS_AT_ONCE = [1, 12, 2] as const;

/** How many rows are in a database after each of its transactions. */
const STATES: readonly number[] = [3, 4, 16, 18];

/** A vault with three rows in both databases. */
async function prepared(seed: string): Promise<World> {
  const world = await createWorld(seed, PASSWORDS, { geometry: GEOMETRY });
  const opened = await openDatabases(world, 'hidden');
  for (const database of [opened.decoy, opened.hidden]) {
    await write(database, 0, 'CREATE TABLE note (number INTEGER PRIMARY KEY, text TEXT) STRICT');
    await write(database, 3);
  }
  unwrap(await inTime(world, opened.vault.lock()));
  return world;
}

async function write(database: SqlDatabase, rows: number, statement?: string): Promise<number> {
  const written = await database.write((sql) => {
    if (statement !== undefined) sql.run(statement);
    for (let row = 0; row < rows; row += 1) {
      sql.run('INSERT INTO note (text) VALUES (?)', [`a row ${row} `.repeat(30)]);
    }
  });
  return unwrap(written).sequence;
}

/** Transactions of one row, of more than a window and of two rows, with ticks between, and a lock. Gives which were durable. */
async function live(world: World, opened: OpenedVault, isBusy: boolean): Promise<[number, number]> {
  const databases = isBusy ? [opened.decoy, opened.hidden] : [opened.decoy];
  for (const rows of ROWS_AT_ONCE) {
    for (const database of databases) {
      if (!opened.vault.isLocked) await write(database, rows).catch(() => undefined);
    }
    for (let tick = 0; tick < 3; tick += 1) {
      await world.time.advance(TICK_MS);
      await opened.vault.decoy.readPage(0);
    }
  }
  await inTime(world, opened.vault.lock());
  return [opened.decoy.durableSequence, isBusy ? opened.hidden.durableSequence : 0];
}

async function rowsOf(database: SqlDatabase): Promise<number> {
  const found = await database.read((sql) => [
    sql.get('SELECT count(*) AS rows FROM note')?.['rows'],
    sql.get('PRAGMA integrity_check')?.['integrity_check'],
  ]);
  const [rows, verdict] = unwrap(found);
  assert.equal(verdict, 'ok');
  return Number(rows);
}

describe('a life with databases', () => {
  for (const [at, kind] of (['hidden', 'decoy', 'duress'] as const).entries()) {
    test(`a crash at every write in a ${kind} session leaves both databases before or after a transaction`, async () => {
      let crashes = 0;
      for (let operation = 1 + at; ; operation += STEP) {
        const world = await prepared(`${kind} ${operation}`);
        const opened = await openDatabases(world, kind);
        const before = world.deps.media.operations.length;
        world.deps.media.crashAt(operation);
        const durable = await live(world, opened, kind === 'hidden');
        const isOver = world.deps.media.operations.length - before < operation;
        world.deps.media.restart();
        const isHiddenThere = kind !== 'duress';
        const after = await openDatabases(world, isHiddenThere ? 'hidden' : 'decoy');
        const volumes = [after.decoy, ...(isHiddenThere ? [after.hidden] : [])];
        for (const [volume, database] of volumes.entries()) {
          const rows = await rowsOf(database);
          const state = STATES.indexOf(rows);
          assert.ok(
            state >= (durable[volume] ?? 0),
            `${kind} ${operation} ${volume}: ${rows} rows`,
          );
          if (isOver) assert.equal(state, kind === 'hidden' || volume === 0 ? 3 : 0);
        }
        await loseProcess(world, after);
        if (isOver) break;
        crashes += 1;
      }
      assert.ok(crashes * STEP > 60, `${crashes}`);
    });
  }

  for (const number of [0, 1] as const) {
    test(`volume ${number}: two flushes after a row was deleted, all keys together read nothing of it`, async () => {
      const world = await createWorld(`rows ${number}`);
      const opened = await openDatabases(world, 'hidden');
      const { vault } = opened;
      const database = number === 0 ? opened.decoy : opened.hidden;
      const { container } = partsOf(vault);
      const readable = (): string =>
        [
          ...everythingReadable(world, container, container.volumes[number] as OpenVolume, (page) =>
            Buffer.from(page).toString('latin1'),
          ),
        ].join('\n');
      await write(database, 2, 'CREATE TABLE note (number INTEGER PRIMARY KEY, text TEXT) STRICT');
      unwrap(
        await database.write((sql) =>
          sql.run('INSERT INTO note (text) VALUES (?)', ['MEET AT DAWN']),
        ),
      );
      unwrap(await vault.flushNow());
      assert.ok(readable().includes('MEET AT DAWN'));
      unwrap(
        await database.write((sql) => sql.run("DELETE FROM note WHERE text = 'MEET AT DAWN'")),
      );
      unwrap(await vault.flushNow());
      unwrap(await vault.flushNow());
      assert.ok(!readable().includes('MEET AT DAWN'));
      assert.ok(readable().includes('a row 1'));
    });
  }
});
