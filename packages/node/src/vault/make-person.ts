import {
  eraseBytes,
  err,
  type Failure,
  ok,
  ParsError,
  type Redacted,
  type Result,
} from '@pars/base';
import { entropyFromPhrase, rootSeedFromEntropy } from '@pars/crypto';
import { deriveIdentitySeeds, openIdentity, parsePersonName } from '@pars/session';
import type { SqlWriter } from '@pars/vault/sql';
import type { NodeEngineDeps } from '../engine-deps.ts';
import { refreshKeys } from '../profile/key-schedule.ts';
import {
  erasePerson,
  hasPerson,
  insertPerson,
  type Person,
  selectPerson,
} from '../profile/person-row.ts';
import { openProfile, type Profile, type ProfileHome } from '../profile/profile.ts';
import { failureFromVault } from '../storage-failure.ts';

/**
 * Makes the person of a phrase in a profile that has none, with keys and a
 * card. Resolves once no crash can undo it: nobody is shown a phrase of
 * somebody who may be gone. Codes: `session/identity-exists`,
 * `session/bad-name`, `crypto/phrase-…`, `node/locked`, `node/vault-…`.
 */
export async function makePerson(
  deps: NodeEngineDeps,
  home: ProfileHome,
  request: { readonly name: string; readonly phrase: Redacted<string> },
): Promise<Result<Profile, Failure>> {
  const { clock, suite } = deps;
  const { database } = home;
  const lived = await database.read(hasPerson);
  if (!lived.ok) return { ok: false, error: failureFromVault(lived.error) };
  if (lived.value) return err('session/identity-exists');
  const name = parsePersonName(request.name);
  if (!name.ok) return name;
  const entropy = entropyFromPhrase(request.phrase);
  if (!entropy.ok) return entropy;
  const rootSeed = rootSeedFromEntropy(suite.symmetric, entropy.value);
  const person: Person = {
    seeds: await deriveIdentitySeeds(suite, rootSeed),
    name: name.value,
    createdAtMs: Math.max(0, Math.floor(clock.nowMs())),
  };
  eraseBytes(rootSeed);
  eraseBytes(entropy.value);
  const written = await database.write((sql) => {
    forgetEverything(sql);
    insertPerson(sql, person);
  });
  erasePerson(person);
  if (!written.ok) return { ok: false, error: failureFromVault(written.error) };

  try {
    const profile = await openPerson(deps, home);
    if (profile === undefined) throw new ParsError('node/row-damaged', { table: 'person' });
    const durable = await profile.durableNow();
    if (durable.ok) return ok(profile);
    await profile.close();
    return durable;
  } catch (error) {
    await database.write(forgetEverything);
    throw error;
  }
}

/** Opens the person of a profile; `undefined` where there is none. Throws `node/row-damaged`. */
export async function openPerson(
  deps: NodeEngineDeps,
  home: ProfileHome,
): Promise<Profile | undefined> {
  const found = await home.database.read(selectPerson);
  if (!found.ok) throw new ParsError(found.error.code);
  const person = found.value;
  if (person === undefined) return undefined;
  const { createdAtMs, name } = person;
  const identity = await openIdentity(deps.suite, person.seeds);
  erasePerson(person);
  const profile = await openProfile(deps, home, { identity, name, createdAtMs });
  try {
    await refreshKeys(deps, profile);
  } catch (error) {
    await profile.close();
    throw error;
  }
  return profile;
}

/** Leaves the check-in slots, which belong to the install. */
function forgetEverything(sql: SqlWriter): void {
  for (const table of ['record', 'introduction', 'message', 'correspondent', 'person']) {
    sql.run(`DELETE FROM ${table}`);
  }
}
