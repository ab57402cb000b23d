import { concatBytes, ok, type Redacted, type Result } from '@pars/base';
import { forgetContainer, type OpenContainer, type OpenVolume } from './container.ts';
import { createVolume, sealKeySet } from './create-container.ts';
import { type VaultFailure, vaultErr } from './errors.ts';
import { extraFlushesOf, MAX_EXTRA_FLUSHES } from './extra-flushes.ts';
import { flushContainer } from './flush.ts';
import { type Geometry, SALT_PAGE_BYTES } from './geometry.ts';
import { createKeySet, type KeySetNumber, keySetOffset } from './key-page.ts';
import { areFit, type NewPasswords } from './new-passwords.ts';
import type { VolumeSecrets } from './root-record.ts';
import { rootKeysFrom } from './root-stripe.ts';
import { unlockContainer } from './unlock-container.ts';
import type { VaultDeps } from './vault.ts';

/** All passwords that a vault has from now on: 1 to 1,024 bytes each, all different. */
export interface NextPasswords {
  readonly decoy: Redacted<Uint8Array>;
  /** `'none'` removes the hidden volume with everything in it. */
  readonly hidden: Redacted<Uint8Array> | 'none';
  /** `'none'`: no password destroys E any more. */
  readonly duress: Redacted<Uint8Array> | 'none';
}

/** A change of passwords. */
export interface PasswordChange {
  /**
   * The password that opens most: the hidden one where there is one. The
   * duress password does here what it does everywhere: it destroys E.
   */
  readonly current: Redacted<Uint8Array>;
  /** Unchanged ones have to be given again: what is not in here opens nothing afterwards. */
  readonly next: NextPasswords;
  /**
   * `true`: the owner was told that **a hidden volume, if there is one, is lost
   * for ever with everything in it**, and agreed. It has to be given unless
   * `current` is the hidden password and `next` has one too. Without the hidden
   * password nobody, this program included, can know whether there is such a
   * volume, and no key of it can be carried over: it is destroyed for certain.
   */
  readonly mayDestroyHidden?: boolean;
  /** As in an unlock, which is how a change begins. */
  readonly deadlineMs?: number;
}

/** What came of it. */
export interface PasswordsChanged {
  /** The keeper of E failed at the very end: the passwords are changed, but an image of the disk from before still opens with the old ones and the E of now. Change them again. */
  readonly isOldSecretErased: boolean;
}

/** Flushes that a change makes; both count as extra ones. */
const FLUSHES_OF_A_CHANGE = 2;
const HALF_BYTES = 32;

/**
 * Replaces all passwords of a locked vault (PIP-3000 §11.2): to change one, to
 * add or remove the duress password or the hidden volume. Nothing else may have
 * the container open. Whatever is changed, the same bytes are written in the
 * same order, and E three times (the unlock included).
 *
 * Until the second flush commits, the old passwords hold; from then on the new
 * ones: a crash leaves one of the two. Fails with `vault/bad-passwords`,
 * `vault/hidden-password-needed`, `vault/no-extra-flush` and everything that an
 * unlock fails with; the old passwords hold then, except after
 * `vault/medium-failed`, where one of the two sets does.
 */
export async function changeContainerPasswords(
  deps: VaultDeps,
  geometry: Geometry,
  change: PasswordChange,
): Promise<Result<PasswordsChanged, VaultFailure>> {
  const { next, mayDestroyHidden = false } = change;
  const passwords = namedOf(next);
  if (!areFit(passwords)) return vaultErr('vault/bad-passwords');
  const unlocked = await unlockContainer(deps, geometry, {
    password: change.current,
    ...(change.deadlineMs === undefined ? {} : { deadlineMs: change.deadlineMs }),
  });
  if (!unlocked.ok) return unlocked;
  const { kind, container, secretHalf } = unlocked.value;
  const keepsHidden = kind === 'hidden' && next.hidden !== 'none';
  try {
    if (!keepsHidden && !mayDestroyHidden) return vaultErr('vault/hidden-password-needed');
    const extra = extraFlushesOf(container.extra, deps.clock.nowMs());
    if (extra.count + FLUSHES_OF_A_CHANGE > MAX_EXTRA_FLUSHES) {
      return vaultErr('vault/no-extra-flush');
    }
    container.extra = { ...extra, count: extra.count + FLUSHES_OF_A_CHANGE };
    return await replace(deps, container, { passwords, keepsHidden, secretHalf });
  } catch {
    return vaultErr('vault/medium-failed');
  } finally {
    forgetContainer(container);
  }
}

async function replace(
  deps: VaultDeps,
  container: OpenContainer,
  request: {
    readonly passwords: NewPasswords;
    readonly keepsHidden: boolean;
    readonly secretHalf: Uint8Array;
  },
): Promise<Result<PasswordsChanged, VaultFailure>> {
  const { media, random } = deps;
  const { geometry } = container;
  const { passwords, keepsHidden, secretHalf } = request;
  const freshHalf = random.bytes(HALF_BYTES);
  const secrets = nextSecrets(deps, container, keepsHidden);

  // The first brings every root of now to a place that the second erases.
  await flushContainer(deps, container);

  const keySetNumber: KeySetNumber = container.keySet === 0 ? 1 : 0;
  const keySet = createKeySet(random);
  const keys = await sealKeySet(deps, geometry, {
    passwords,
    saltPage: await media.read(0, SALT_PAGE_BYTES),
    keySet,
    secrets,
    secret: concatBytes(freshHalf, freshHalf),
  });
  await media.write(keySetOffset(keySetNumber), keySet);
  await media.flush();
  if (!(await writeSecret(deps, secretHalf, freshHalf))) {
    keys.hidden.erase();
    return vaultErr('vault/secret-unavailable');
  }

  const [decoy, hidden] = container.volumes as readonly [OpenVolume, OpenVolume | undefined];
  const volumes: OpenVolume[] = [
    { ...decoy, rootKeys: rootKeysFrom(deps.suite.symmetric, secrets.root) },
  ];
  if (passwords.hidden !== undefined) {
    const rootSecret = keys.hidden.hidden[0];
    const created = createVolume(deps, geometry, { number: 1, secrets, rootSecret });
    volumes.push(
      keepsHidden && hidden !== undefined
        ? { ...hidden, secrets, rootKeys: created.rootKeys }
        : created,
    );
  }
  keys.hidden.erase();
  const changed: OpenContainer = {
    ...container,
    keySet: keySetNumber,
    volumes,
    // A volume that goes is erased like one that stays.
    retired: hidden === undefined || keepsHidden ? [] : [hidden.root],
  };
  await flushContainer(deps, changed);
  await media.write(keySetOffset(container.keySet), createKeySet(random));
  await media.flush();
  const isOldSecretErased = await writeSecret(deps, freshHalf, random.bytes(HALF_BYTES));
  forgetContainer(changed);
  return ok({ isOldSecretErased });
}

/** The secrets of the volumes stay, except for a volume that is new; the root secret of volume 0 does not. */
function nextSecrets(
  deps: VaultDeps,
  container: OpenContainer,
  keepsHidden: boolean,
): VolumeSecrets {
  const fresh = { hidden: deps.random.bytes(32), root: deps.random.bytes(32) };
  const known = container.volumes[1]?.secrets;
  return {
    decoy: concatBytes(container.decoySecret),
    hidden: keepsHidden && known !== undefined ? concatBytes(known.hidden) : fresh.hidden,
    root: fresh.root,
  };
}

/** Writes E as two halves; `false` where its keeper fails. */
export async function writeSecret(
  deps: VaultDeps,
  first: Uint8Array,
  second: Uint8Array,
): Promise<boolean> {
  const written = await deps.secret.write(concatBytes(first, second)).catch(() => undefined);
  return written?.ok === true;
}

/** As a new container takes them. */
export function namedOf(next: NextPasswords): NewPasswords {
  return {
    decoy: next.decoy,
    ...(next.hidden === 'none' ? {} : { hidden: next.hidden }),
    ...(next.duress === 'none' ? {} : { duress: next.duress }),
  };
}
