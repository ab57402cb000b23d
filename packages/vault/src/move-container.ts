import { concatBytes, ok, type Result } from '@pars/base';
import { CELL_KIND } from './cell.ts';
import {
  namedOf,
  type PasswordChange,
  type PasswordsChanged,
  writeSecret,
} from './change-passwords.ts';
import { forgetContainer, type OpenContainer, type OpenVolume } from './container.ts';
import { beginContainer } from './create-container.ts';
import { type VaultFailure, vaultErr } from './errors.ts';
import { flushContainer, readPlace } from './flush.ts';
import { type Geometry, homesOf, maxPagesOf, sizeOf } from './geometry.ts';
import type { Media } from './media.ts';
import { areFit } from './new-passwords.ts';
import { randomiseMedia } from './randomise.ts';
import { unlockContainer } from './unlock-container.ts';
import type { VaultDeps } from './vault.ts';

/** A move of everything into a new container. */
export interface VaultMove extends PasswordChange {
  /** Where the new container goes; everything there is overwritten. */
  readonly to: Media;
  /**
   * Makes the new container the one that is opened from now on, atomically: a
   * rename over a name. Everything in it is on the medium. A crash before leaves
   * the old container with the old passwords, one after it the new one. When it
   * rejects, the old one holds.
   */
  readonly adopt: () => Promise<void>;
  /** Flushes of the new container that are done, and will be made. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What came of a move. */
export interface VaultMoved extends PasswordsChanged {
  /** The old container is random from its first byte to its last. Otherwise destroy it: it opens with the old passwords, its hidden volume with the E of then. */
  readonly isOldDestroyed: boolean;
}

/** Pages of a volume that go into one flush; maps take the rest of the quota. */
const PAGES_PER_FLUSH = 15;
const HALF_BYTES = 32;

/**
 * Moves both volumes of a locked vault into a new container of any tier that is
 * not smaller, under new secrets and passwords (PIP-3000 §11.3). The old one is
 * written only after `adopt`, when it is destroyed. The new one gets as many
 * flushes as it has windows, whatever is in it. After a crash: begin again if
 * `adopt` was not reached, else destroy the old one.
 *
 * Fails like a change of passwords, and with `vault/bad-size` or
 * `vault/page-damaged` where a page of an open volume cannot be read; the old
 * container and its passwords hold then.
 */
export async function moveContainer(
  deps: VaultDeps,
  geometry: Geometry,
  toGeometry: Geometry,
  move: VaultMove,
): Promise<Result<VaultMoved, VaultFailure>> {
  const passwords = namedOf(move.next);
  if (!areFit(passwords)) return vaultErr('vault/bad-passwords');
  const isRoomy = toGeometry.windows >= geometry.windows;
  const isAlike = toGeometry.pageBytes === geometry.pageBytes;
  if (!isRoomy || !isAlike || move.to.sizeBytes !== sizeOf(toGeometry)) {
    return vaultErr('vault/bad-size');
  }
  const unlocked = await unlockContainer(deps, geometry, {
    password: move.current,
    ...(move.deadlineMs === undefined ? {} : { deadlineMs: move.deadlineMs }),
  });
  if (!unlocked.ok) return unlocked;
  const { kind, container: from, rootHalf } = unlocked.value;
  const keepsHidden = kind === 'hidden' && move.next.hidden !== 'none';
  let to: OpenContainer | undefined;
  try {
    if (!keepsHidden && move.mayDestroyHidden !== true) {
      return vaultErr('vault/hidden-password-needed');
    }
    if (from.volumes.some(({ isDamaged }) => isDamaged)) return vaultErr('vault/volume-damaged');
    const freshHalf = deps.random.bytes(HALF_BYTES);
    if (!(await writeSecret(deps, rootHalf, freshHalf))) {
      return vaultErr('vault/secret-unavailable');
    }
    const toDeps = { ...deps, media: move.to };
    to = await beginContainer(toDeps, toGeometry, passwords, concatBytes(freshHalf, freshHalf));
    to.extra = from.extra;
    const source = keepsHidden ? from.volumes : from.volumes.slice(0, 1);
    if (!(await copyVolumes(deps, toDeps, from, source, to, move.onProgress))) {
      return vaultErr('vault/page-damaged');
    }
    await move.adopt();
    const isOldSecretErased = await writeSecret(deps, freshHalf, deps.random.bytes(HALF_BYTES));
    const isOldDestroyed = await randomiseMedia(deps).then(
      () => true,
      () => false,
    );
    return ok({ isOldSecretErased, isOldDestroyed });
  } catch {
    return vaultErr('vault/medium-failed');
  } finally {
    forgetContainer(from);
    if (to !== undefined) forgetContainer(to);
  }
}

/**
 * One sweep of the new container: the first half carries every page of the
 * hidden volume once, the second half its other copies. Each flush reads as many
 * cells of the old one, any cells where there is nothing to read.
 */
async function copyVolumes(
  fromDeps: VaultDeps,
  toDeps: VaultDeps,
  from: OpenContainer,
  source: readonly OpenVolume[],
  to: OpenContainer,
  onProgress: VaultMove['onProgress'],
): Promise<boolean> {
  const { windows } = to.geometry;
  const pages = ([0, 1] as const).map((volume) => source[volume]?.index.dataPages() ?? []);
  for (let flush = 0; flush < windows; flush += 1) {
    for (const volume of [0, 1] as const) {
      const homes = homesOf(to.geometry, volume);
      if (flush >= homes) continue;
      const perFlush = Math.min(
        PAGES_PER_FLUSH,
        Math.ceil(maxPagesOf(to.geometry, volume) / homes),
      );
      const writes = new Map<number, Uint8Array>();
      for (let at = 0; at < perFlush; at += 1) {
        const page = pages[volume]?.[flush * perFlush + at];
        const content = await readPage(fromDeps, from, source[volume], page);
        if (page === undefined) continue;
        if (content === undefined) return false;
        writes.set(page, content);
      }
      if (writes.size > 0) to.volumes[volume]?.writer.take(writes);
    }
    await flushContainer(toDeps, to);
    onProgress?.(flush + 1, windows);
  }
  return to.volumes.every(({ writer }) => writer.durableSequence === writer.takenSequence);
}

async function readPage(
  deps: VaultDeps,
  container: OpenContainer,
  volume: OpenVolume | undefined,
  page: number | undefined,
): Promise<Uint8Array | undefined> {
  const version = page === undefined ? undefined : volume?.index.get(CELL_KIND.data, page);
  const [first, ...others] = version?.places ?? [];
  const content = await readPlace(deps, container, version, first);
  if (content !== undefined) return content;
  for (const place of others) {
    const copy = await readPlace(deps, container, version, place);
    if (copy !== undefined) return copy;
  }
  return undefined;
}
