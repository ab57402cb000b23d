import { ParsError } from '@pars/base';
import { type ConformanceCase, check, checkEqual } from '@pars/base/conformance';
import {
  matchExpression,
  type OpenSqlEngine,
  type SqlEngine,
  searchableText,
} from '../sql/index.ts';

const PAGE_BYTES = 4096;
const MAX_PAGES = 64;
const EMPTY = new Uint8Array(0);

/** What every {@link SqlEngine} must do. */
export function sqlEngineConformance(open: OpenSqlEngine): readonly ConformanceCase[] {
  function openImage(image: Uint8Array, maxPages = MAX_PAGES): SqlEngine {
    return open({ image, pageBytes: PAGE_BYTES, maxPages });
  }

  function engineCase(name: string, body: (engine: SqlEngine) => void): ConformanceCase {
    return {
      name: `sql engine: ${name}`,
      async run() {
        const engine = openImage(EMPTY);
        try {
          body(engine);
        } finally {
          engine.close();
        }
      },
    };
  }

  return [
    engineCase('copies the image that it is opened with, a part of a larger array', (engine) => {
      engine.script('CREATE TABLE thing (value TEXT)');
      const image = engine.serialize();
      const larger = new Uint8Array(image.length * 2 + 512).fill(255);
      larger.set(image, 512);
      const view = larger.subarray(512, 512 + image.length);
      const second = openImage(view);
      second.run('INSERT INTO thing VALUES (?)', ['changed']);
      check(isSame(view, image), 'the image stays as it was');
      view.fill(0);
      checkEqual(second.all('SELECT value FROM thing').length, 1, 'and is not needed any more');
      second.close();
    }),
    engineCase('gives back what was stored, by type', (engine) => {
      engine.script('CREATE TABLE thing (id INTEGER PRIMARY KEY, value ANY) STRICT');
      const values = [
        null,
        0,
        -1,
        2 ** 53 - 1,
        -(2 ** 53 - 1),
        0.5,
        '',
        'سلام',
        new Uint8Array([1, 2]),
        EMPTY,
      ];
      for (const value of values) engine.run('INSERT INTO thing (value) VALUES (?)', [value]);
      const rows = engine.all('SELECT value, typeof(value) AS type FROM thing ORDER BY id');
      for (const [index, value] of values.entries()) {
        const found = rows[index]?.['value'];
        if (value instanceof Uint8Array) {
          checkEqual(found instanceof Uint8Array ? found.join() : found, value.join(), 'bytes');
        } else checkEqual(found, value, `value ${index}`);
      }
      checkEqual(
        rows.map((row) => row['type']).join(' '),
        'null integer integer integer integer real text text blob blob',
        'the types',
      );
      checkEqual(engine.get('SELECT 1 AS one WHERE 0'), undefined, 'no row');
      checkEqual(
        engine.get('SELECT typeof(?) AS type', [3])?.['type'],
        'integer',
        'a whole number',
      );
    }),

    engineCase('counts what a statement changed, and all changes with triggers', (engine) => {
      engine.script(`
        CREATE TABLE a (x); CREATE TABLE b (x);
        CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES (new.x); END;
      `);
      const before = engine.totalChanges();
      checkEqual(engine.run('INSERT INTO a VALUES (1), (2)'), 2, 'the statement');
      checkEqual(engine.totalChanges() - before, 4, 'with the trigger');
      checkEqual(engine.run('UPDATE a SET x = 3'), 2, 'updated');
      checkEqual(engine.run('DELETE FROM a'), 2, 'deleted');
      checkEqual(engine.run('DELETE FROM a'), 0, 'nothing left');
    }),

    engineCase(
      'says which tables were written to, triggers and cached statements included',
      (engine) => {
        engine.script(`
        CREATE TABLE a (x); CREATE TABLE b (x);
        CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES (new.x); END;
      `);
        engine.takeTouched();
        for (let round = 0; round < 2; round += 1) {
          engine.run('INSERT INTO a VALUES (?)', [round]);
          checkEqual([...engine.takeTouched()].sort().join(), 'a,b', 'both');
        }
        engine.all('SELECT * FROM a');
        checkEqual(engine.takeTouched().size, 0, 'a reader touches nothing');
      },
    ),

    engineCase('takes a transaction back whole', (engine) => {
      engine.script('CREATE TABLE t (x)');
      engine.run('INSERT INTO t VALUES (1)');
      check(!engine.isInTransaction(), 'not yet');
      engine.script('BEGIN IMMEDIATE');
      check(engine.isInTransaction(), 'now');
      engine.run('INSERT INTO t VALUES (2)');
      engine.script('CREATE TABLE u (x)');
      engine.script('ROLLBACK');
      checkEqual(engine.all('SELECT x FROM t').length, 1, 'one row');
      checkThrows(() => engine.run('INSERT INTO u VALUES (1)'), 'sql/statement');
    }),

    {
      name: 'sql engine: an image is the database, and goes on growing',
      async run() {
        const first = openImage(EMPTY);
        first.script('CREATE TABLE t (id INTEGER PRIMARY KEY, x)');
        for (let row = 0; row < 100; row += 1)
          first.run('INSERT INTO t (x) VALUES (?)', ['x'.repeat(500)]);
        const image = first.serialize();
        first.close();
        checkEqual(image.length % PAGE_BYTES, 0, 'whole pages');
        const second = openImage(image.slice());
        checkEqual(second.serialize().join(), image.join(), 'opening changes nothing');
        checkEqual(second.get('SELECT count(*) AS n FROM t')?.['n'], 100, 'all rows');
        second.script('BEGIN');
        for (let row = 0; row < 100; row += 1)
          second.run('INSERT INTO t (x) VALUES (?)', ['y'.repeat(500)]);
        checkEqual(second.serialize().join(), image.join(), 'an open transaction is not in it');
        second.script('ROLLBACK');
        checkEqual(second.serialize().join(), image.join(), 'nor when it was taken back');
        second.run('INSERT INTO t (x) VALUES (?)', ['z'.repeat(100_000)]);
        checkEqual(second.get('SELECT count(*) AS n FROM t')?.['n'], 101, 'it grows');
        check(second.serialize().length > image.length, 'by whole pages');
        second.close();
      },
    },

    {
      name: 'sql engine: no transaction is too large to stay out of an image until it is committed',
      async run() {
        const engine = openImage(EMPTY, 8192);
        engine.script('CREATE TABLE t (id INTEGER PRIMARY KEY, x)');
        const before = engine.serialize();
        engine.script('BEGIN IMMEDIATE');
        // Several times the cache of any engine: 16 MiB at most.
        for (let row = 0; row < 1_500; row += 1) {
          engine.run('INSERT INTO t (x) VALUES (?)', ['x'.repeat(20_000)]);
        }
        checkEqual(engine.serialize().length, before.length, 'not yet');
        engine.script('COMMIT');
        check(engine.serialize().length > 1_500 * 20_000, 'now');
        engine.close();
      },
    },

    engineCase('a database that is full says so and keeps what it has', (engine) => {
      engine.script('CREATE TABLE t (x)');
      engine.run('INSERT INTO t VALUES (?)', ['kept']);
      checkThrows(
        () => engine.run('INSERT INTO t VALUES (?)', ['x'.repeat(MAX_PAGES * PAGE_BYTES)]),
        'sql/full',
      );
      checkEqual(engine.all('SELECT x FROM t').length, 1, 'what was there');
      check(engine.serialize().length <= MAX_PAGES * PAGE_BYTES, 'within its size');
    }),

    engineCase('rules of the schema hold, foreign keys too', (engine) => {
      engine.script(`
        CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL) STRICT;
        CREATE TABLE letter (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES person) STRICT;
      `);
      engine.run('INSERT INTO person (name) VALUES (?)', ['ana']);
      checkThrows(
        () => engine.run('INSERT INTO person (name) VALUES (?)', ['ana']),
        'sql/constraint',
      );
      checkThrows(() => engine.run('INSERT INTO letter (person) VALUES (99)'), 'sql/constraint');
      checkThrows(() => engine.run('INSERT INTO person (name) VALUES (NULL)'), 'sql/constraint');
    }),

    engineCase(
      'what would reach a disk is refused, and wrong statements and values are told',
      (engine) => {
        checkThrows(
          () => engine.script("ATTACH DATABASE 'elsewhere.db' AS other"),
          'sql/statement',
        );
        checkThrows(() => engine.script("VACUUM INTO 'elsewhere.db'"), 'sql/statement');
        checkEqual(
          engine.get('PRAGMA temp_store')?.['temp_store'],
          2,
          'temporary data stays in memory',
        );
        checkThrows(() => engine.run('SELEC 1'), 'sql/statement');
        checkThrows(() => engine.run('SELECT ?', [Number.NaN]), 'sql/value');
        checkThrows(() => engine.run('SELECT ?', [2 ** 53]), 'sql/value');
        checkThrows(() => engine.all('SELECT 9007199254740993 AS big'), 'sql/value');
        check(engine.all('SELECT 1').length === 1, 'goes on');
      },
    ),

    engineCase('errors quote nothing of what they are about', (engine) => {
      engine.script('CREATE TABLE t (x UNIQUE)');
      engine.run('INSERT INTO t VALUES (?)', ['secret']);
      for (const wrong of [
        () => engine.run('INSERT INTO t VALUES (?)', ['secret']),
        () => engine.run("SELECT 'secret' FROM nowhere"),
      ]) {
        try {
          wrong();
        } catch (error) {
          const { stack, cause } = error as Error;
          check(!String(stack).includes('secret') && cause === undefined, 'no quote');
        }
      }
    }),

    engineCase('what was deleted is overwritten', (engine) => {
      engine.script('CREATE TABLE t (id INTEGER PRIMARY KEY, x)');
      const word = 'a-word-that-must-go-away';
      engine.run('INSERT INTO t (x) VALUES (?)', [word.repeat(10)]);
      engine.run('INSERT INTO t (x) VALUES (?)', [word.repeat(1_000)]);
      check(holds(engine.serialize(), word), 'it was there');
      engine.run('DELETE FROM t');
      check(!holds(engine.serialize(), word), 'and is not any more');
    }),

    engineCase('finds Persian text however it was typed', (engine) => {
      engine.script(
        "CREATE VIRTUAL TABLE search USING fts5(text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0')",
      );
      const texts = ['كتاب‌هاي علي', 'قرارِ فردا ساعت ۵', 'Meeting AT the café', 'سلام دنيا'];
      for (const [index, text] of texts.entries()) {
        engine.run('INSERT INTO search (rowid, text) VALUES (?, ?)', [index, searchableText(text)]);
      }
      const found = (query: string): string =>
        engine
          .all('SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid', [
            matchExpression(query) ?? '""',
          ])
          .map((row) => row['rowid'])
          .join();
      checkEqual(found('کتابهای'), '0', 'another yeh and kaf, no joiner');
      checkEqual(found('قرار 5'), '1', 'another digit');
      checkEqual(found('caf meeting'), '', 'only the last word may be a beginning');
      checkEqual(found('meeting caf'), '2', 'a beginning');
      checkEqual(found('دنیا سلام'), '3', 'any order');
      checkEqual(found('" OR text:* NEAR('), '', 'no character has a meaning');
      engine.run('DELETE FROM search WHERE rowid = 3');
      checkEqual(found('سلام'), '', 'deleted');
    }),

    {
      name: 'sql engine: an image that is no database is told as damaged',
      async run() {
        const engine = openImage(EMPTY);
        engine.script('CREATE TABLE t (x)');
        engine.run('INSERT INTO t VALUES (?)', ['x'.repeat(20_000)]);
        const image = engine.serialize();
        engine.close();
        const noise = image.map((_, index) => (index * 73 + 11) % 256);
        const cut = image.slice(0, image.length - PAGE_BYTES);
        const hollow = image.slice();
        hollow.fill(0xff, PAGE_BYTES, 2 * PAGE_BYTES);
        for (const wrong of [noise, cut, hollow, new Uint8Array(PAGE_BYTES)]) {
          checkThrows(() => openImage(wrong.slice()).close(), 'sql/damaged');
        }
      },
    },
  ];
}

function checkThrows(work: () => unknown, code: string): void {
  try {
    work();
  } catch (error) {
    checkEqual(error instanceof ParsError ? error.code : error, code, 'the code');
    return;
  }
  check(false, `nothing was thrown: ${code}`);
}

function holds(bytes: Uint8Array, word: string): boolean {
  return new TextDecoder('latin1').decode(bytes).includes(word);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
