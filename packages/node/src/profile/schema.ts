import type { Migration } from '@pars/vault/sql';

/**
 * The database of a profile (PIP-5000 §11), the same in both volumes of a
 * vault, whether somebody lives there or not. Steps are added, never changed.
 */
export const profileMigrations: readonly Migration[] = [
  [
    `CREATE TABLE person (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      root_key BLOB NOT NULL,
      signing_seed BLOB NOT NULL,
      static_seed BLOB NOT NULL,
      name TEXT NOT NULL,
      created_at_ms INTEGER NOT NULL
    ) STRICT`,
    'CREATE TABLE record (key TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT',
    'CREATE TABLE introduction (contact TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT',
    // Messages name their contact by a small number: two indexes hold it.
    'CREATE TABLE correspondent (id INTEGER PRIMARY KEY, session_id TEXT NOT NULL UNIQUE) STRICT',
    `CREATE TABLE message (
      sequence INTEGER PRIMARY KEY,
      correspondent INTEGER NOT NULL REFERENCES correspondent (id),
      direction INTEGER NOT NULL CHECK (direction IN (0, 1)),
      state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
      message_id BLOB NOT NULL,
      sent_at_ms INTEGER NOT NULL,
      text TEXT NOT NULL
    ) STRICT`,
    'CREATE INDEX message_of ON message (correspondent, sequence)',
    // Only what comes in can come twice.
    'CREATE UNIQUE INDEX message_in ON message (correspondent, message_id) WHERE direction = 0',
    'CREATE TABLE check_in_slot (number INTEGER PRIMARY KEY, tag BLOB NOT NULL, key BLOB NOT NULL) STRICT',
  ],
];
