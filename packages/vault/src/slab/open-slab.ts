import { ok, ParsError, type RandomDep, type Result } from '@pars/base';
import type { Suite } from '@pars/crypto';
import { type VaultFailure, vaultErr } from '../errors.ts';
import type { Tier } from '../geometry.ts';
import type { MediaDep } from '../media.ts';
import { randomiseMedia } from '../randomise.ts';
import type { Vault } from '../vault.ts';
import { partsOf } from '../vault-session.ts';
import { type ChunkRef, openSlabOf, type SlabVolume } from './slab.ts';
import { type SlabGeometry, sizeOfSlab, slabBytes, slabGeometryOfSize } from './slab-geometry.ts';

/** All chunks that the databases of the open volumes know. */
export interface SlabRefs {
  readonly decoy: readonly ChunkRef[];
  /** Not asked for without the hidden volume. */
  readonly hidden: readonly ChunkRef[];
}

/** The slab of an unlocked vault. */
export interface Slab {
  readonly decoy: SlabVolume;
  /** Only with the hidden password. */
  readonly hidden: SlabVolume | undefined;
}

/** Fills a medium with an empty slab: random bytes. Fails with `vault/bad-size` or `vault/medium-failed`. */
export async function createSlab(
  deps: MediaDep & RandomDep,
  tier: Tier,
): Promise<Result<void, VaultFailure>> {
  if (deps.media.sizeBytes !== slabBytes(tier)) return vaultErr('vault/bad-size');
  try {
    await randomiseMedia(deps);
  } catch {
    return vaultErr('vault/medium-failed');
  }
  return ok(undefined);
}

/**
 * Opens the slab beside a vault, before its first flush (PIP-3000 §14). A program
 * that has slabs MUST do so after every unlock, in every mode alike, and give all
 * refs: a chunk that is not named is overwritten within a sweep. The clock and
 * the locking of the vault are those of the slab. Fails with `vault/bad-size`,
 * `vault/medium-failed` (the vault is locked then) or `vault/locked`. Throws for a
 * vault that has flushed or has a slab.
 */
export async function openSlab(
  deps: MediaDep & RandomDep & { readonly suite: Pick<Suite, 'symmetric'> },
  vault: Vault,
  refs: SlabRefs,
): Promise<Result<Slab, VaultFailure>> {
  const geometry = slabGeometryOfSize(deps.media.sizeBytes);
  return geometry === undefined
    ? vaultErr('vault/bad-size')
    : await openSlabWith(deps, vault, refs, geometry);
}

/** {@link openSlab} with a geometry that is no tier's. */
export async function openSlabWith(
  deps: MediaDep & RandomDep & { readonly suite: Pick<Suite, 'symmetric'> },
  vault: Vault,
  refs: SlabRefs,
  geometry: SlabGeometry,
): Promise<Result<Slab, VaultFailure>> {
  if (deps.media.sizeBytes !== sizeOfSlab(geometry)) return vaultErr('vault/bad-size');
  const { container, isFresh, guard, attach } = partsOf(vault);
  const requireFresh = (): void => {
    if (!isFresh()) throw new ParsError('vault/argument', { what: 'slab after a flush' });
  };
  if (!vault.isLocked) requireFresh();
  const opened = await attach(async () => {
    requireFresh();
    const { random, suite } = deps;
    const slabDeps = { random, symmetric: suite.symmetric, media: guard(deps.media) };
    return await openSlabOf(slabDeps, geometry, container, [refs.decoy, refs.hidden]);
  });
  if (!opened.ok) return opened;
  const [decoy, hidden] = opened.value.volumes;
  return ok({ decoy: decoy as SlabVolume, hidden });
}
