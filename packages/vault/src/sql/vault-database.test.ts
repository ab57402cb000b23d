import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import { createWorld, inTime, SMALL } from '../vault-fixture.ts';
import { TICK_MS } from '../vault-session.ts';
import { loseProcess, openDatabases } from './database-fixture.ts';
import { type Migration, migrate } from './migrations.ts';
import { createPageImage, differingPages } from './page-image.ts';
import type { SqlDatabase } from './sql-database.ts';

const SCHEMA: readonly Migration[] = [
  [
    'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT UNIQUE NOT NULL) STRICT',
    'CREATE TABLE file (content TEXT NOT NULL) STRICT',
  ],
];

async function add(database: SqlDatabase, ...texts: readonly string[]): Promise<number> {
  const written = await database.write((sql) => {
    for (const text of texts) sql.run('INSERT INTO note (text) VALUES (?)', [text]);
  });
  return unwrap(written).sequence;
}

async function notes(database: SqlDatabase): Promise<readonly unknown[]> {
  const rows = await database.read((sql) => sql.all('SELECT text FROM note ORDER BY id'));
  return unwrap(rows).map((row) => row['text']);
}

function codeOf(result: {
  readonly ok: boolean;
  readonly error?: { readonly code: string };
}): string {
  return result.ok ? 'ok' : (result.error?.code ?? '');
}

describe('a database in a vault', () => {
  test('both volumes keep what was flushed, through locking and unlocking', async () => {
    const world = await createWorld('sql');
    const first = await openDatabases(world, 'hidden');
    unwrap(await migrate(first.decoy, SCHEMA));
    unwrap(await migrate(first.hidden, SCHEMA));
    await add(first.decoy, 'for show');
    const sequence = await add(first.hidden, 'for me');
    assert.equal(first.hidden.durableSequence, 0);
    const waiting = first.hidden.durable(sequence);
    await world.time.advance(TICK_MS);
    unwrap(await waiting);
    assert.equal(first.hidden.durableSequence, sequence);
    await add(first.hidden, 'at the last moment');
    unwrap(await inTime(world, first.vault.lock()));
    assert.equal(codeOf(await first.hidden.read(() => 1)), 'sql/closed');

    const second = await openDatabases(world, 'hidden');
    assert.deepEqual(await notes(second.decoy), ['for show']);
    assert.deepEqual(await notes(second.hidden), ['for me', 'at the last moment']);
    unwrap(await migrate(second.hidden, SCHEMA));
    unwrap(await inTime(world, second.vault.lock()));
    const third = await openDatabases(world, 'decoy');
    assert.equal(third.hidden, third.decoy);
    assert.deepEqual(await notes(third.decoy), ['for show']);
  });

  test('what was not durable is lost by a crash, whole', async () => {
    const world = await createWorld('sql crash');
    const first = await openDatabases(world, 'hidden');
    unwrap(await migrate(first.hidden, SCHEMA));
    await add(first.hidden, 'durable');
    await world.time.advance(TICK_MS);
    const lost = await add(first.hidden, 'one', 'two');
    const waiting = first.hidden.durable(lost);
    await loseProcess(world, first);
    assert.equal(codeOf(await waiting), 'sql/closed');
    const second = await openDatabases(world, 'hidden');
    assert.deepEqual(await notes(second.hidden), ['durable']);
  });

  test('a refused or thrown transaction leaves nothing, and nothing comes between its statements', async () => {
    const world = await createWorld('sql refused');
    const { decoy } = await openDatabases(world, 'decoy');
    unwrap(await migrate(decoy, SCHEMA));
    await add(decoy, 'one');
    const refused = await decoy.write((sql) => {
      sql.run('INSERT INTO note (text) VALUES (?)', ['two']);
      sql.run('INSERT INTO note (text) VALUES (?)', ['one']);
    });
    assert.equal(codeOf(refused), 'sql/constraint');
    await assert.rejects(
      decoy.write((sql) => {
        sql.run('INSERT INTO note (text) VALUES (?)', ['three']);
        throw new Error('changed my mind');
      }),
      /changed my mind/,
    );
    await assert.rejects(
      decoy.write(async () => undefined),
      { code: 'sql/outside' },
    );
    let inner: Promise<unknown> = Promise.resolve();
    await decoy.write(() => {
      inner = decoy.read(() => 1);
    });
    await assert.rejects(inner, { code: 'sql/outside' });
    let kept: { run: (sql: string) => number } | undefined;
    await decoy.write((sql) => {
      kept = sql;
    });
    assert.throws(() => kept?.run('DELETE FROM note'), { code: 'sql/outside' });
    assert.deepEqual(await notes(decoy), ['one']);
  });

  test('a transaction that the clock cannot take is refused, and one that has to wait is told to', async () => {
    const world = await createWorld('sql large');
    const { decoy } = await openDatabases(world, 'decoy');
    unwrap(await migrate(decoy, SCHEMA));
    await world.time.advance(TICK_MS);
    const most = 4 * SMALL.windows * SMALL.pageBytes;
    const put = (length: number) =>
      decoy.write((sql) => sql.run('INSERT INTO file VALUES (?)', ['x'.repeat(length)]));
    const files = async (): Promise<unknown> =>
      unwrap(await decoy.read((sql) => sql.get('SELECT count(*) AS n FROM file')?.['n']));
    assert.equal(codeOf(await put(most)), 'sql/transaction-too-large');
    assert.equal(await files(), 0);
    const large = Math.floor(most * 0.6);
    unwrap(await put(large));
    // The first waits for the clock, the second in the database, and there is no third place.
    const { sequence } = unwrap(await put(large));
    assert.equal(codeOf(await put(large)), 'sql/busy');
    assert.equal(await files(), 2);
    const waiting = decoy.durable(sequence);
    await world.time.advance(6 * TICK_MS);
    unwrap(await waiting);
    assert.equal(codeOf(await put(large)), 'ok');
    assert.equal(await files(), 3);
  });

  test('a full volume says so', async () => {
    const world = await createWorld('sql full');
    const { hidden } = await openDatabases(world, 'hidden');
    unwrap(await migrate(hidden, SCHEMA));
    let code = '';
    while (code === '' || code === 'ok' || code === 'sql/busy') {
      const put = await hidden.write((sql) =>
        sql.run('INSERT INTO file VALUES (?)', ['x'.repeat(2_000)]),
      );
      code = codeOf(put);
      await world.time.advance(TICK_MS);
    }
    assert.equal(code, 'sql/full');
    const { pages, maxPages } = hidden.room();
    assert.ok(pages <= maxPages && pages > maxPages - 12, `${pages} of ${maxPages}`);
  });

  test('watchers hear of their tables, after the transaction', async () => {
    const world = await createWorld('sql watch');
    const { decoy } = await openDatabases(world, 'decoy');
    unwrap(
      await migrate(decoy, [
        ...SCHEMA,
        ['CREATE TABLE other (x) STRICT'].map((sql) => sql.replace('(x)', '(x INT)')),
      ]),
    );
    const heard: string[] = [];
    const stop = decoy.watch(['note'], (touched) => heard.push([...touched].join()));
    await add(decoy, 'one');
    await decoy.write((sql) => sql.run('INSERT INTO other VALUES (1)'));
    await decoy.write((sql) => sql.run("INSERT INTO note (text) VALUES ('one')"));
    assert.deepEqual(heard, ['note']);
    stop();
    await add(decoy, 'two');
    assert.deepEqual(heard, ['note']);
  });

  test('a newer schema is left alone', async () => {
    const world = await createWorld('sql newer');
    const { decoy } = await openDatabases(world, 'decoy');
    unwrap(await migrate(decoy, [...SCHEMA, ['CREATE INDEX by_text ON note (text)']]));
    assert.equal(codeOf(await migrate(decoy, SCHEMA)), 'sql/newer-schema');
  });

  test('a step of a migration that fails leaves the steps before it', async () => {
    const world = await createWorld('sql step');
    const { decoy } = await openDatabases(world, 'decoy');
    await assert.rejects(
      migrate(decoy, [...SCHEMA, ['CREATE TABLE b (x INT) STRICT', 'CREATE TABEL']]),
      {
        code: 'sql/statement',
      },
    );
    await add(decoy, 'one');
    const version = await decoy.read((sql) => sql.get('PRAGMA user_version')?.['user_version']);
    assert.equal(unwrap(version), 1);
    await assert.rejects(
      decoy.read((sql) => sql.all('SELECT * FROM b')),
      { code: 'sql/statement' },
    );
  });
});

describe('images of pages', () => {
  test('pages in any order make an image; a hole makes none', () => {
    const image = createPageImage(4, 100);
    for (const page of [70, ...Array.from({ length: 70 }, (_, index) => 69 - index)]) {
      image.set(page, new Uint8Array(4).fill(page));
    }
    const bytes = image.take();
    assert.equal(bytes?.length, 284);
    assert.deepEqual([bytes?.[0], bytes?.[279], bytes?.[283]], [0, 69, 70]);
    const hollow = createPageImage(4, 100);
    hollow.set(0, new Uint8Array(4));
    hollow.set(2, new Uint8Array(4));
    assert.equal(hollow.take(), undefined);
    assert.equal(createPageImage(4, 100).take()?.length, 0);
  });

  test('differing pages turn one image into the other', () => {
    const before = new Uint8Array([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
    const after = new Uint8Array([1, 1, 1, 1, 2, 2, 2, 9]);
    assert.deepEqual(
      [...differingPages(before, after, 4)],
      [
        [1, new Uint8Array([2, 2, 2, 9])],
        [2, undefined],
      ],
    );
    assert.deepEqual([...differingPages(after, before, 4).keys()], [1, 2]);
    assert.equal(differingPages(before, before.slice(), 4).size, 0);
  });
});
