import { concatBytes, type Random } from '@pars/base';
import type { Suite } from '@pars/crypto';
import type { UnlockKind } from '@pars/vault';
import type { SqlReader, SqlWriter } from '@pars/vault/sql';

/** Check-in slots of every install, used or not (PIP-0003 §5). */
export const CHECK_IN_SLOTS = 5;

/**
 * What every unlock does to the nameless check-in slots, in one transaction:
 * makes them where there are none, and writes each key anew. After a duress
 * password the key is its duress branch, one step further each time; else it
 * is what it was. The same statements and the same derivations in any case.
 */
export function touchCheckInSlots(
  deps: { readonly suite: Pick<Suite, 'symmetric'>; readonly random: Random },
  sql: SqlWriter,
  kind: UnlockKind,
): void {
  const { random, suite } = deps;
  for (let number = 0; number < CHECK_IN_SLOTS; number += 1) {
    const [tag, key] = [random.bytes(SLOT_BYTES), random.bytes(SLOT_BYTES)];
    sql.run('INSERT OR IGNORE INTO check_in_slot (number, tag, key) VALUES (?, ?, ?)', [
      number,
      tag,
      key,
    ]);
  }
  for (const { number = null, key } of sql.all('SELECT number, key FROM check_in_slot')) {
    const before = key instanceof Uint8Array ? key : new Uint8Array(SLOT_BYTES);
    const branch = duressBranchOf(suite, before);
    const next = concatBytes(kind === 'duress' ? branch : before);
    sql.run('UPDATE check_in_slot SET key = ? WHERE number = ?', [next, number]);
    for (const secret of [before, branch, next]) secret.fill(0);
  }
}

/** The key of a slot after a duress unlock: 32 bytes. */
export function duressBranchOf(suite: Pick<Suite, 'symmetric'>, key: Uint8Array): Uint8Array {
  return suite.symmetric.hkdf(key, new Uint8Array(0), DURESS_BRANCH, SLOT_BYTES);
}

/** How many whole slots there are; {@link CHECK_IN_SLOTS} unless something is damaged. */
export function countCheckInSlots(sql: SqlReader): number {
  const row = sql.get(
    'SELECT count(*) AS slots FROM check_in_slot WHERE length(tag) = ? AND length(key) = ?',
    [SLOT_BYTES, SLOT_BYTES],
  );
  return Number(row?.['slots']);
}

const SLOT_BYTES = 32;
const DURESS_BRANCH = new TextEncoder().encode('pars/1 check-in duress branch');
