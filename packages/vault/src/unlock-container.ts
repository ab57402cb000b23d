import { concatBytes, expose, ok, type Redacted, type Result } from '@pars/base';
import type { OpenContainer, OpenVolume } from './container.ts';
import { ERASABLE_SECRET_BYTES } from './erasable-secret.ts';
import { type VaultFailure, vaultErr } from './errors.ts';
import { type Geometry, SALT_PAGE_BYTES, sizeOf } from './geometry.ts';
import {
  createKeySet,
  type DecoySecrets,
  type KeySetNumber,
  type KeySlot,
  keySetOf,
  openKeySlot,
  SALT_BYTES,
  saltOfSet,
  sealKeySlot,
} from './key-page.ts';
import { type LoadedContainer, loadContainer } from './load-container.ts';
import type { PageSink } from './load-pages.ts';
import { MAX_PASSWORD_BYTES } from './new-passwords.ts';
import { derivePasswordKeys, hashPassword, type PasswordKeys } from './password-keys.ts';
import { type RootKeys, rootKeysFrom } from './root-stripe.ts';
import type { UnlockKind } from './unlock-kind.ts';
import type { VaultDeps } from './vault.ts';

/** A request to unlock. */
export interface UnlockRequest {
  readonly password: Redacted<Uint8Array>;
  /** The answer comes at this many milliseconds, or at the next multiple: 1,000 to 10,000, 1,500 unless given; the same on every unlock of a device. */
  readonly deadlineMs?: number;
  /** Takes the pages of all volumes that open, while the time for that is covered by the deadline. */
  readonly onPage?: PageSink;
}

/** A container that opened. */
export interface UnlockedContainer {
  readonly kind: UnlockKind;
  readonly container: OpenContainer;
  /** The half of E under which volume 1's roots are sealed from now on; the first one without volume 1. */
  readonly secretHalf: Uint8Array;
  /** The half that opens volume 1 as it lies there; the first one without volume 1. */
  readonly rootHalf: Uint8Array;
}

const DEFAULT_DEADLINE_MS = 1500;

/**
 * The one way in (PIP-3000 §10): the same reads, the same amount of work, one
 * write of E and an answer at the same moment for a hidden, decoy, duress or
 * wrong password.
 */
export async function unlockContainer(
  deps: VaultDeps,
  geometry: Geometry,
  request: UnlockRequest,
): Promise<Result<UnlockedContainer, VaultFailure>> {
  const startMs = deps.clock.monotonicMs();
  const { length } = expose(request.password);
  const answer =
    length < 1 || length > MAX_PASSWORD_BYTES
      ? vaultErr('vault/wrong-password')
      : await unlock(deps, geometry, request).catch(() => vaultErr('vault/medium-failed'));
  const step = Math.min(10_000, Math.max(1000, request.deadlineMs ?? DEFAULT_DEADLINE_MS));
  const spentMs = deps.clock.monotonicMs() - startMs;
  await deps.scheduler.sleep(Math.max(1, Math.ceil(spentMs / step)) * step - spentMs);
  return answer;
}

async function unlock(
  deps: VaultDeps,
  geometry: Geometry,
  request: UnlockRequest,
): Promise<Result<UnlockedContainer, VaultFailure>> {
  const { media, suite } = deps;
  if (media.sizeBytes !== sizeOf(geometry)) return vaultErr('vault/bad-size');
  const secret = await readSecret(deps);
  if (secret === undefined) return vaultErr('vault/secret-unavailable');
  const saltPage = await media.read(0, SALT_PAGE_BYTES);
  const salt = saltPage.slice(0, SALT_BYTES);
  const hash = await hashPassword(suite, geometry, request.password, salt);
  const open = (set: KeySetNumber): SetKeys => openKeySet(deps, saltPage, set, hash, secret);
  const sets = [open(0), open(1)] as const;
  // With E, which may lie on the disk, it opens all that the password opens.
  hash.fill(0);
  let loaded: LoadedContainer | undefined;
  let isMediumBroken = false;
  let isDamaged = false;
  try {
    const result = await loadContainer(
      deps,
      geometry,
      [
        { decoy: sets[0].decoy ?? sets[0].duress, hidden: sets[0].keys.hidden },
        { decoy: sets[1].decoy ?? sets[1].duress, hidden: sets[1].keys.hidden },
      ],
      request.onPage ?? (() => undefined),
    );
    ({ loaded, isDamaged } = result);
  } catch {
    // E is written all the same: duress must not depend on the medium.
    isMediumBroken = true;
  }
  const isDuress =
    loaded === undefined
      ? sets.some(({ duress }) => duress !== undefined)
      : sets[loaded.container.keySet].duress !== undefined;
  const next = nextSecret(deps, secret, isDuress, loaded?.hiddenHalf);
  const written = await deps.secret.write(concatBytes(next)).catch(() => undefined);
  if (written?.ok !== true) {
    for (const { keys } of sets) keys.erase();
    return vaultErr('vault/secret-unavailable');
  }

  const hiddenIn = loaded?.hiddenHalf ?? 0;
  const rootHalf = secret.slice(hiddenIn * 32, hiddenIn * 32 + 32);
  const secretHalf = deps.secret.isHiddenFromDisk ? next.slice(32, 64) : rootHalf;
  // Derived in any case, and used where volume 1 is open.
  const { hiddenWith } = sets[loaded?.container.keySet ?? 0].keys;
  const rootSecret = hiddenWith(secretHalf);
  const rootKeys = rootKeysFrom(suite.symmetric, rootSecret);
  rootSecret.fill(0);
  for (const { keys } of sets) keys.erase();
  if (loaded === undefined) for (const key of Object.values(rootKeys)) key.fill(0);
  if (isMediumBroken) return vaultErr('vault/medium-failed');
  if (loaded === undefined) {
    // A key slot may open and its set not be in force: a change of passwords was cut off.
    return vaultErr(isDamaged ? 'vault/volume-damaged' : 'vault/wrong-password');
  }
  const { container, hiddenHalf } = loaded;
  const half = next.slice(0, 32);
  for (const bytes of [secret, next]) bytes.fill(0);
  // Of volume 0 one copy of its secret is in use; what its roots hang from is not needed again.
  for (const found of sets.flatMap(({ decoy, duress }) => [decoy, duress])) {
    found?.root.fill(0);
    if (found?.decoy !== container.decoySecret) found?.decoy.fill(0);
  }
  if (isDuress || hiddenHalf === undefined) {
    for (const key of Object.values(rootKeys)) key.fill(0);
    const kind = isDuress ? 'duress' : 'decoy';
    return ok({ kind, container, secretHalf: half, rootHalf: half });
  }
  return ok({ kind: 'hidden', container: reseal(container, rootKeys), secretHalf, rootHalf });
}

/** What a password gives in one key set. */
interface SetKeys {
  readonly keys: PasswordKeys;
  readonly decoy: DecoySecrets | undefined;
  readonly duress: DecoySecrets | undefined;
}

function openKeySet(
  deps: VaultDeps,
  saltPage: Uint8Array,
  set: KeySetNumber,
  hash: Uint8Array,
  secret: Uint8Array,
): SetKeys {
  const { symmetric } = deps.suite;
  const keySet = keySetOf(saltPage, set);
  const keys = derivePasswordKeys(symmetric, hash, saltOfSet(keySet), secret);
  const spare = createSpareSlots(deps);
  const open = (slot: KeySlot): DecoySecrets | undefined => {
    const secrets = openKeySlot(symmetric, keySet, slot, keys[slot]);
    spare.open(secrets === undefined ? 'one that opens' : 'one that does not');
    return secrets;
  };
  return { keys, decoy: open('decoy'), duress: open('duress') };
}

/** Key slots to open beside the real ones: to refuse one costs more than to open it, so that as many are opened as refused. */
function createSpareSlots({ suite, random }: VaultDeps): {
  readonly open: (which: 'one that opens' | 'one that does not') => void;
} {
  const { symmetric } = suite;
  const keySet = createKeySet(random);
  const key = random.bytes(32);
  const secrets = { decoy: random.bytes(32), root: random.bytes(32) };
  sealKeySlot({ symmetric, random }, keySet, 'decoy', key, secrets);
  return {
    open: (which) =>
      void openKeySlot(symmetric, keySet, which === 'one that opens' ? 'decoy' : 'duress', key),
  };
}

async function readSecret(deps: VaultDeps): Promise<Uint8Array | undefined> {
  const read = await deps.secret.read().catch(() => undefined);
  return read?.ok === true && read.value.length === ERASABLE_SECRET_BYTES ? read.value : undefined;
}

/** What E becomes (PIP-3000 §9.3): the same bytes; random ones after duress; or the half in use and a fresh one. */
function nextSecret(
  deps: VaultDeps,
  secret: Uint8Array,
  isDuress: boolean,
  hiddenHalf: 0 | 1 | undefined,
): Uint8Array {
  const fresh = deps.random.bytes(ERASABLE_SECRET_BYTES);
  if (isDuress) return fresh;
  if (hiddenHalf === undefined || !deps.secret.isHiddenFromDisk) return secret;
  const inUse = secret.subarray(hiddenHalf * 32, hiddenHalf * 32 + 32);
  return concatBytes(inUse, fresh.subarray(0, 32));
}

/** The roots of volume 1 are sealed under the newer half of E from the next flush on. */
function reseal(container: OpenContainer, rootKeys: RootKeys): OpenContainer {
  const volumes = container.volumes.map((volume): OpenVolume => {
    if (volume.number === 0) return volume;
    for (const key of Object.values(volume.rootKeys)) key.fill(0);
    return { ...volume, rootKeys };
  });
  return { ...container, volumes };
}
