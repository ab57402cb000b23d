import type { MethodHandlers, VaultChange, VaultPasswords } from '@pars/api';
import { eraseBytes, ok, type Redacted } from '@pars/base';
import { passwordFromText } from '@pars/crypto';
import type { NewPasswords, PasswordChange } from '@pars/vault';
import type { EngineContext } from '../engine-context.ts';
import { checkVault, vaultStatus } from '../vault/vault-report.ts';

type VaultMethodName =
  | 'vault.status'
  | 'vault.create'
  | 'vault.unlock'
  | 'vault.lock'
  | 'vault.passwd'
  | 'vault.grow'
  | 'vault.check'
  | 'vault.panic';

/** The `vault.…` methods. */
export function createVaultMethods(
  context: Pick<EngineContext, 'keeper' | 'idleLockMinutes'>,
): Pick<MethodHandlers, VaultMethodName> {
  const { idleLockMinutes, keeper } = context;
  return {
    'vault.status': () => vaultStatus(keeper, idleLockMinutes),
    async 'vault.create'({ tier, keeper: secretKeeper, ...texts }) {
      const passwords = passwordsFrom(texts);
      const asked = secretKeeper === undefined ? {} : { keeper: secretKeeper };
      const created = await keeper
        .create({ tier, passwords, ...asked })
        .finally(() => erase(Object.values(passwords)));
      return created.ok ? await vaultStatus(keeper, idleLockMinutes) : created;
    },
    async 'vault.unlock'({ password }) {
      const unlocked = await keeper.unlock(password);
      if (!unlocked.ok) return unlocked;
      return ok({ identity: unlocked.value === 'open' ? 'open' : 'none' });
    },
    async 'vault.lock'() {
      const locked = await keeper.lock();
      return locked.ok ? ok({}) : locked;
    },
    async 'vault.passwd'(params) {
      const change = changeFrom(params);
      const changed = await keeper.changePasswords(change).finally(() => eraseChange(change));
      return changed.ok ? ok({ oldSecretErased: changed.value.isOldSecretErased }) : changed;
    },
    async 'vault.grow'({ tier, ...params }) {
      const change = changeFrom(params);
      const grown = await keeper.grow(tier, change).finally(() => eraseChange(change));
      return grown.ok ? ok({ oldDestroyed: grown.value }) : grown;
    },
    async 'vault.check'() {
      return ok({ checks: await checkVault(keeper) });
    },
    async 'vault.panic'({ everything }) {
      const { areMediaRandom, isSecretDestroyed } = await keeper.panic(everything);
      return ok({ secretDestroyed: isSecretDestroyed, erased: everything && areMediaRandom });
    },
  };
}

function passwordsFrom({ decoy, duress, hidden }: VaultPasswords): NewPasswords {
  return {
    decoy: passwordFromText(decoy),
    ...(hidden === undefined ? {} : { hidden: passwordFromText(hidden) }),
    ...(duress === undefined ? {} : { duress: passwordFromText(duress) }),
  };
}

function changeFrom({ current, mayDestroyHidden, next }: VaultChange): PasswordChange {
  const { decoy, duress = 'none', hidden = 'none' } = passwordsFrom(next);
  return {
    current: passwordFromText(current),
    next: { decoy, hidden, duress },
    ...(mayDestroyHidden === undefined ? {} : { mayDestroyHidden }),
  };
}

function eraseChange({ current, next }: PasswordChange): void {
  erase([current, next.decoy, next.hidden, next.duress]);
}

function erase(secrets: readonly (Redacted<Uint8Array> | 'none')[]): void {
  for (const secret of secrets) if (secret !== 'none') eraseBytes(secret);
}
