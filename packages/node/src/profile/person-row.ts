import { eraseBytes, expose, ParsError, redact } from '@pars/base';
import { type IdentitySeeds, type PersonName, parsePersonName } from '@pars/session';
import type { SqlReader, SqlWriter } from '@pars/vault/sql';

/** Who lives in a profile: secret keys, name, and since when (PIP-5000 §11). */
export interface Person {
  readonly seeds: IdentitySeeds;
  readonly name: PersonName;
  /** Wall-clock milliseconds. */
  readonly createdAtMs: number;
}

/** Writes the person of a profile that has none; a second one breaks `sql/constraint`. */
export function insertPerson(sql: SqlWriter, { seeds, name, createdAtMs }: Person): void {
  sql.run(
    'INSERT INTO person (id, root_key, signing_seed, static_seed, name, created_at_ms) VALUES (1, ?, ?, ?, ?, ?)',
    [seeds.rootPublicKey, expose(seeds.signingSeed), expose(seeds.staticSeed), name, createdAtMs],
  );
}

/** Whether somebody lives in this profile. */
export function hasPerson(sql: SqlReader): boolean {
  return sql.get('SELECT 1 FROM person') !== undefined;
}

/** The person, or `undefined`. Erase it after use. Throws `node/row-damaged`. */
export function selectPerson(sql: SqlReader): Person | undefined {
  const row = sql.get('SELECT * FROM person');
  if (row === undefined) return undefined;
  const bytes = (column: string, length: number): Uint8Array => {
    const value = row[column];
    if (value instanceof Uint8Array && value.length === length) return value;
    throw new ParsError('node/row-damaged', { table: 'person' });
  };
  const name = parsePersonName(String(row['name']));
  if (!name.ok) throw new ParsError('node/row-damaged', { table: 'person' });
  return {
    seeds: {
      rootPublicKey: bytes('root_key', 64),
      signingSeed: redact(bytes('signing_seed', 64)) as IdentitySeeds['signingSeed'],
      staticSeed: redact(bytes('static_seed', 96)) as IdentitySeeds['staticSeed'],
    },
    name: name.value,
    createdAtMs: Number(row['created_at_ms']),
  };
}

/** Overwrites the secret halves: the keys that were made of them live on in the provider. */
export function erasePerson({ seeds }: Person): void {
  eraseBytes(seeds.signingSeed);
  eraseBytes(seeds.staticSeed);
}
