import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { expose, unwrap } from '@pars/base';
import { unlockContainer } from './unlock-container.ts';
import type { VaultDeps } from './vault.ts';
import { createWorld, inTime, pageOf, password, SMALL } from './vault-fixture.ts';
import { createVaultSession } from './vault-session.ts';

interface Derived {
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** The same, and remembers every key that is derived. */
function watchKeys(deps: VaultDeps): { readonly deps: VaultDeps; readonly keys: Derived[] } {
  const keys: Derived[] = [];
  const { symmetric, password: hash } = deps.suite;
  const suite: VaultDeps['suite'] = {
    symmetric: {
      ...symmetric,
      hkdf(secret, salt, info, length) {
        const bytes = symmetric.hkdf(secret, salt, info, length);
        const what = new TextDecoder().decode(info).replaceAll(/[^ -~]/g, '');
        keys.push({ what, bytes });
        return bytes;
      },
    },
    password: {
      async derive(...args) {
        const derived = await hash.derive(...args);
        keys.push({ what: 'hash of the password', bytes: expose(derived) });
        return derived;
      },
    },
  };
  return { deps: { ...deps, suite }, keys };
}

function leftOf(keys: readonly Derived[]): readonly string[] {
  return keys.filter(({ bytes }) => bytes.some((byte) => byte !== 0)).map(({ what }) => what);
}

describe('of the keys in memory', () => {
  for (const text of ['hidden', 'decoy', 'duress'] as const) {
    test(`none is left after a lock, opened as ${text}`, async () => {
      const world = await createWorld(`keys ${text}`);
      const { deps, keys } = watchKeys(world.deps);
      const unlocked = unwrap(
        await inTime(world, unlockContainer(deps, SMALL, { password: password(text) })),
      );
      const vault = createVaultSession(deps, unlocked);
      unwrap((vault.hidden ?? vault.decoy).writePages(new Map([[0, pageOf(SMALL, 'a page')]])));
      unwrap(await vault.lock());
      assert.ok(keys.length > 8);
      assert.deepEqual(leftOf(keys), []);
    });
  }

  test('none is left of a wrong password', async () => {
    const world = await createWorld('keys wrong');
    const { deps, keys } = watchKeys(world.deps);
    const refused = await inTime(
      world,
      unlockContainer(deps, SMALL, { password: password('wrong') }),
    );
    assert.equal(refused.ok, false);
    assert.deepEqual(leftOf(keys), []);
  });
});
