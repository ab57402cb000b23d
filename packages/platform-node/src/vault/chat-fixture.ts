import type { SqlDatabase, SqlWriter } from '@pars/vault/sql';
import { matchExpression, searchableText } from '@pars/vault/sql';
import { systemRandom } from '../crypto/system-random.ts';

/** What a conversation keeps of a message, and the index in which it is searched. */
const SCHEMA: readonly string[] = [
  `CREATE TABLE message (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL, conversation INTEGER NOT NULL,
    sender INTEGER NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL
  ) STRICT`,
  "CREATE VIRTUAL TABLE message_text USING fts5 (text, content = '', contentless_delete = 1)",
  // Seldom and small merges: with its own settings FTS5 rewrites hundreds of pages for a message now and then.
  "INSERT INTO message_text (message_text, rank) VALUES ('automerge', 16)",
  "INSERT INTO message_text (message_text, rank) VALUES ('crisismerge', 64)",
];
const BY_ID = 'CREATE UNIQUE INDEX message_id ON message (id)';
const INSERT =
  'INSERT INTO message (number, id, conversation, sender, at, text) VALUES (?, ?, ?, ?, ?, ?)';
const INDEX = 'INSERT INTO message_text (rowid, text) VALUES (?, ?)';
const SEARCH = `SELECT m.text AS text FROM message_text f JOIN message m ON m.number = f.rowid
  WHERE message_text MATCH ? ORDER BY f.rowid DESC LIMIT 20`;
const SYLLABLES = 'ka sa ta na ma ra la ba da sho mi ri to ne ku پا را می کن دوست خو سل ام'.split(
  ' ',
);

/** Makes the tables of messages; with an index by random ids, which touches a page for each message, or without. */
export function createMessageTables(
  sql: Pick<SqlWriter, 'run'>,
  { hasIndexById }: { readonly hasIndexById: boolean },
): void {
  for (const statement of hasIndexById ? [...SCHEMA, BY_ID] : SCHEMA) sql.run(statement);
}

/** A chat of made-up words, frequent ones more often, Latin and Persian. */
export interface Chat {
  /** Bytes of the texts so far. */
  readonly textBytes: () => number;
  /** Stores one more message with its words. */
  readonly insert: (sql: Pick<SqlWriter, 'run'>, number: number) => void;
}

/** Texts of half to one and a half times `meanBytes`, of a vocabulary of 30,000 words. */
export function createChat(meanBytes: number): Chat {
  let textBytes = 0;
  const below = (end: number): number =>
    Math.floor((new DataView(systemRandom.bytes(4).buffer).getUint32(0) / 2 ** 32) * end);
  const encoder = new TextEncoder();
  return {
    textBytes: () => textBytes,
    insert(sql, number) {
      const length = meanBytes / 2 + below(meanBytes);
      let text = '';
      for (let size = 0; size < length; ) {
        const word = `${wordOf(below(1 + below(1 + below(30_000))))} `;
        text += word;
        size += encoder.encode(word).length;
      }
      textBytes += encoder.encode(text).length;
      const at = 1_700_000_000_000 + number * 60_000;
      sql.run(INSERT, [number, systemRandom.bytes(32), below(40), below(80), at, text]);
      sql.run(INDEX, [number, searchableText(text)]);
    },
  };
}

/** Texts with a word that begins like this one, the latest first, at most twenty. */
export async function search(database: SqlDatabase, word: number): Promise<readonly string[]> {
  const expression = matchExpression(wordOf(word)) ?? '""';
  const found = await database.read((sql) => sql.all(SEARCH, [expression]));
  return found.ok ? found.value.map(({ text }) => String(text)) : [];
}

/** One of the words. */
export function wordOf(rank: number): string {
  let word = '';
  for (let rest = rank * 31 + 7; rest > 0; rest = Math.floor(rest / SYLLABLES.length)) {
    word += SYLLABLES[rest % SYLLABLES.length] ?? '';
  }
  return word;
}
