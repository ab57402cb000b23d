import { concatBytes, expose, ok, type Redacted, type Result } from '@pars/base';
import type { OpenContainer, OpenVolume } from './container.ts';
import { ERASABLE_SECRET_BYTES } from './erasable-secret.ts';
import { type VaultFailure, vaultErr } from './errors.ts';
import { type Geometry, SALT_PAGE_BYTES, sizeOf } from './geometry.ts';
import { openKeySlot, SALT_BYTES } from './key-page.ts';
import { type LoadedContainer, loadContainer, type PageSink } from './load-container.ts';
import { derivePasswordKeys, type PasswordKeys } from './password-keys.ts';
import { rootKeysFrom } from './root-stripe.ts';
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
}

const DEFAULT_DEADLINE_MS = 1500;
const MAX_PASSWORD_BYTES = 1024;

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
  const keys = await derivePasswordKeys(suite, geometry, {
    password: request.password,
    salt: saltPage.slice(0, SALT_BYTES),
    secret,
  });
  const duressSecret = openKeySlot(suite.symmetric, saltPage, 'duress', keys.duress);
  const decoySecret = openKeySlot(suite.symmetric, saltPage, 'decoy', keys.decoy) ?? duressSecret;
  let loaded: LoadedContainer | undefined;
  let isMediumBroken = false;
  try {
    const containerKeys = { decoySecret, hiddenKeys: keys.hidden };
    loaded = await loadContainer(
      deps,
      geometry,
      containerKeys,
      request.onPage ?? (() => undefined),
    );
  } catch {
    // E is written all the same: duress must not depend on the medium.
    isMediumBroken = true;
  }
  const next = nextSecret(deps, secret, duressSecret !== undefined, loaded?.hiddenHalf);
  const written = await deps.secret.write(concatBytes(next)).catch(() => undefined);
  if (written?.ok !== true) return vaultErr('vault/secret-unavailable');

  if (isMediumBroken) return vaultErr('vault/medium-failed');
  if (loaded === undefined) {
    return vaultErr(decoySecret === undefined ? 'vault/wrong-password' : 'vault/volume-damaged');
  }
  if (duressSecret !== undefined) return ok({ kind: 'duress', container: loaded.container });
  if (loaded.hiddenHalf === undefined) return ok({ kind: 'decoy', container: loaded.container });
  return ok({ kind: 'hidden', container: reseal(deps, loaded, keys, next) });
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
function reseal(
  deps: VaultDeps,
  loaded: LoadedContainer,
  keys: PasswordKeys,
  next: Uint8Array,
): OpenContainer {
  const half = deps.secret.isHiddenFromDisk
    ? next.subarray(32, 64)
    : next.subarray((loaded.hiddenHalf ?? 0) * 32, (loaded.hiddenHalf ?? 0) * 32 + 32);
  const rootKeys = rootKeysFrom(deps.suite.symmetric, keys.hiddenWith(half));
  const volumes = loaded.container.volumes.map(
    (volume): OpenVolume => (volume.number === 1 ? { ...volume, rootKeys } : volume),
  );
  return { ...loaded.container, volumes };
}
