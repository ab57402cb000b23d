import type { IdentityState, VaultState } from '@pars/api';
import { eraseBytes, err, type Failure, ok, type Redacted, type Result } from '@pars/base';
import { generateRecoveryPhrase, passwordFromText } from '@pars/crypto';
import type { SessionId } from '@pars/session';
import type {
  NewPlacedVault,
  PanicOutcome,
  PasswordChange,
  PasswordsChanged,
  Tier,
  Vault,
  VaultPlaceInfo,
} from '@pars/vault';
import type { NodeEngineDeps } from '../engine-deps.ts';
import { newsOfFlush, type Profile } from '../profile/profile.ts';
import { createSerialQueue } from '../serial-queue.ts';
import { makePerson, openPerson } from './make-person.ts';
import { type OpenedVault, openVault } from './opened-vault.ts';

/** The vault of this node and the person in it: made, opened and locked here, one step at a time. */
export interface VaultKeeper {
  /** The open profile, or `undefined`. */
  current(): Profile | undefined;
  /** What is unlocked, or `undefined`. */
  opened(): OpenedVault | undefined;
  identityState(): IdentityState;
  vaultState(): Promise<VaultState>;
  /** What can be seen of the vault; `undefined` when there is none. Codes: those of `VaultPlace.look`. */
  look(): Promise<Result<VaultPlaceInfo | undefined, Failure>>;
  /** The open profile. Codes: `node/locked`, `session/no-identity`. */
  require(): Promise<Result<Profile, Failure>>;
  /** As `VaultPlace.create`. */
  create(vault: NewPlacedVault): Promise<Result<void, Failure>>;
  /**
   * Opens what the password opens. What is open is locked first: a password is
   * checked against the container and nothing else, so nothing tells which one
   * is in use. Codes: `vault/…`, `sql/damaged`, `sql/newer-schema`.
   */
  unlock(password: string): Promise<Result<IdentityState, Failure>>;
  /** Forgets everything personal after a last flush. Nothing to do when locked already. Codes: `vault/none`, `vault/medium-failed`. */
  lock(): Promise<Result<void, Failure>>;
  /** As `VaultPlace.changePasswords`; locks first. */
  changePasswords(change: PasswordChange): Promise<Result<PasswordsChanged, Failure>>;
  /** As `VaultPlace.move`; locks first. Gives whether the old container is destroyed. */
  grow(tier: Tier, change: PasswordChange): Promise<Result<boolean, Failure>>;
  /** Drops all keys at once, whatever else runs, then as `VaultPlace.panic`. Nothing opens afterwards: `node/stopped`. */
  panic(everything: boolean): Promise<PanicOutcome>;
  /** Codes: `session/identity-exists`, `session/bad-name`, `node/locked`, `node/vault-…`. */
  createPerson(
    name: string,
  ): Promise<Result<{ readonly sessionId: SessionId; readonly phrase: Redacted<string> }, Failure>>;
  /** As {@link createPerson}, from a phrase; also `crypto/phrase-…`. */
  restorePerson(name: string, phrase: Redacted<string>): Promise<Result<SessionId, Failure>>;
  /** Locks without asking the place anything else, for the end of the engine. */
  close(): Promise<void>;
}

/** What the composer of the engine does at each turn. */
export interface VaultHooks {
  /** The vault was unlocked, before anybody in it is visible. */
  readonly onUnlock: () => void;
  /** Runs before the profile is visible to anybody. */
  readonly onOpen: (profile: Profile) => Promise<void>;
  /** The vault is unlocked and nobody lives in what it opened. */
  readonly onNobody: () => void;
  /** Everything personal is gone from memory, or about to be. */
  readonly onLock: () => void;
  /** All work of the node is to end. */
  readonly onPanic: () => void;
}

/** A keeper of what `deps.vaultPlace` holds. */
export function createVaultKeeper(deps: NodeEngineDeps, hooks: VaultHooks): VaultKeeper {
  const { vaultPlace: place } = deps;
  const queue = createSerialQueue();
  let opened: OpenedVault | undefined;
  let profile: Profile | undefined;
  /** What was seen last: nobody but this keeper changes it. */
  let known: { readonly info: VaultPlaceInfo | undefined } | undefined;
  let running = 0;
  let isEnded = false;
  /** Vaults whose keys are in memory: a panic drops them wherever they are in use. */
  const unlockedVaults = new Set<Vault>();

  /** One step at a time, and none after a panic. */
  function step<T>(work: () => Promise<Result<T, Failure>>): Promise<Result<T, Failure>> {
    running += 1;
    return queue
      .run(async () => (isEnded ? err('node/stopped') : await work()))
      .finally(() => {
        running -= 1;
      });
  }

  async function lookNow(): Promise<Result<VaultPlaceInfo | undefined, Failure>> {
    const seen = await place.look();
    known = seen.ok ? { info: seen.value } : undefined;
    return seen;
  }

  /** With the vault open, or something under way, the place is not asked. */
  function look(): Promise<Result<VaultPlaceInfo | undefined, Failure>> {
    const isBusy = opened !== undefined || running > 0;
    if (isBusy && known !== undefined) return Promise.resolve(ok(known.info));
    return step(lookNow);
  }

  async function requireVault(): Promise<Result<VaultPlaceInfo, Failure>> {
    const seen = await lookNow();
    if (!seen.ok) return seen;
    return seen.value === undefined ? err('vault/none') : ok(seen.value);
  }

  async function open(password: Redacted<Uint8Array>): Promise<Result<OpenedVault, Failure>> {
    const unlocked = await openVault(deps, password);
    if (!unlocked.ok) return unlocked;
    const { vault } = unlocked.value;
    if (isEnded) {
      vault.drop();
      return err('node/stopped');
    }
    unlockedVaults.add(vault);
    void vault.locked.then(() => unlockedVaults.delete(vault));
    return unlocked;
  }

  async function unlockNow(passwordText: string): Promise<Result<IdentityState, Failure>> {
    await lockNow();
    const there = await requireVault();
    if (!there.ok) return there;
    const password = passwordFromText(passwordText);
    const unlocked = await open(password).finally(() => eraseBytes(password));
    if (!unlocked.ok) return unlocked;
    const one = unlocked.value;
    opened = one;
    hooks.onUnlock();
    // A medium that fails locks the vault by itself.
    void one.vault.locked.then(() => {
      if (opened === one) void queue.run(lockNow);
    });
    try {
      const person = await openPerson(deps, one);
      if (person === undefined) hooks.onNobody();
      else await show(person);
    } catch (error) {
      await lockNow();
      throw error;
    }
    return ok(identityState());
  }

  async function show(next: Profile): Promise<void> {
    try {
      await hooks.onOpen(next);
    } catch (error) {
      await next.close();
      throw error;
    }
    // A panic in between has nobody to close but this.
    if (isEnded || opened === undefined) await next.close();
    else profile = next;
  }

  async function lockNow(): Promise<Result<void, Failure>> {
    const [closing, person] = [opened, profile];
    opened = undefined;
    profile = undefined;
    if (closing === undefined) return ok(undefined);
    await person?.close();
    hooks.onLock();
    const isUnsaved = (): boolean => closing.isUnsaved || person?.isUnsaved === true;
    await saveBeforeLock(closing, isUnsaved);
    const locked = await closing.vault.lock();
    // Locked is what was asked for, whoever did it.
    return locked.ok || locked.error.code === 'vault/locked' ? ok(undefined) : locked;
  }

  /**
   * What a password means here it means everywhere: it opens, and a duress
   * password turns the check-in slots, before anything is changed with it.
   */
  async function changeWith<T>(
    change: PasswordChange,
    work: () => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>> {
    const before = await lockNow();
    if (!before.ok) return before;
    const there = await requireVault();
    if (!there.ok) return there;
    const unlocked = await open(change.current);
    if (!unlocked.ok) return unlocked;
    const locked = await unlocked.value.vault.lock();
    if (isEnded) return err('node/stopped');
    if (!locked.ok) return locked;
    const changed = await work();
    await lookNow();
    return changed;
  }

  async function panic(everything: boolean): Promise<PanicOutcome> {
    isEnded = true;
    const [closing, person] = [opened, profile];
    opened = undefined;
    profile = undefined;
    for (const vault of unlockedVaults) vault.drop();
    const destroyed = place.panic({ vault: closing?.vault, everything });
    hooks.onPanic();
    if (closing !== undefined) hooks.onLock();
    await person?.close();
    return await destroyed;
  }

  function identityState(): IdentityState {
    if (profile !== undefined) return 'open';
    return opened === undefined ? 'locked' : 'none';
  }

  async function make(name: string, phrase: Redacted<string>): Promise<Result<SessionId, Failure>> {
    if (opened === undefined) return err('node/locked');
    const made = await makePerson(deps, opened, { name, phrase });
    if (!made.ok) return made;
    await show(made.value);
    return profile === made.value ? ok(made.value.identity.sessionId) : err('node/locked');
  }

  return {
    current: () => profile,
    opened: () => opened,
    identityState,
    async vaultState() {
      if (opened !== undefined) return 'open';
      const seen = await look();
      // Something is there, even where it cannot be read.
      return seen.ok && seen.value === undefined ? 'none' : 'locked';
    },
    look,
    async require() {
      if (profile !== undefined) return ok(profile);
      return err(opened === undefined ? 'node/locked' : 'session/no-identity');
    },
    create: (vault) =>
      step(async () => {
        // Nothing else may have the place while a vault is open.
        if (opened !== undefined) return err('vault/exists');
        const created = await place.create(vault);
        await lookNow();
        return created;
      }),
    unlock: (password) => step(() => unlockNow(password)),
    lock: () =>
      step(async () => {
        if (opened !== undefined) return await lockNow();
        const there = await requireVault();
        return there.ok ? ok(undefined) : there;
      }),
    changePasswords: (change) =>
      step(() => changeWith(change, () => place.changePasswords(change))),
    grow: (tier, change) =>
      step(() =>
        changeWith(change, async () => {
          const moved = await place.move(tier, change);
          return moved.ok ? ok(moved.value.isOldDestroyed) : moved;
        }),
      ),
    panic,
    createPerson: (name) =>
      step(async () => {
        const phrase = generateRecoveryPhrase(deps);
        const made = await make(name, phrase);
        return made.ok ? ok({ sessionId: made.value, phrase }) : made;
      }),
    restorePerson: (name, phrase) => step(() => make(name, phrase)),
    close: () => queue.run(async () => void (await lockNow())),
  };
}

/**
 * Locking flushes once, and one flush takes about 20 pages. What is more gets
 * extra flushes, like every visible action; more than these is a bulk change
 * that had no time to be written, and is lost.
 */
async function saveBeforeLock(
  { flushNow }: Pick<OpenedVault, 'flushNow'>,
  isUnsaved: () => boolean,
): Promise<void> {
  for (let extra = 0; extra < MOST_FLUSHES_BEFORE_LOCK && isUnsaved(); extra += 1) {
    const flushed = await flushNow();
    if (!flushed.ok) return;
    await newsOfFlush();
  }
}

const MOST_FLUSHES_BEFORE_LOCK = 16;
