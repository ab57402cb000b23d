import { ok } from '@pars/base';
import { changeContainerPasswords } from '../change-passwords.ts';
import { createContainer } from '../create-container.ts';
import { type Geometry, sizeOf, type Tier } from '../geometry.ts';
import { moveContainer } from '../move-container.ts';
import type { changePasswords, createVault, moveVault, unlockVault } from '../open-vault.ts';
import { unlockContainer } from '../unlock-container.ts';
import { createVaultSession } from '../vault-session.ts';

/** What makes and opens vaults of sizes that people cannot have. */
export interface SizedVaults {
  readonly create: typeof createVault;
  readonly unlock: typeof unlockVault;
  readonly change: typeof changePasswords;
  readonly move: typeof moveVault;
  readonly containerBytes: (tier: Tier) => number;
}

/**
 * Vaults like those of the tiers, with `windows` windows where tier S has 1,024,
 * and twice as many in tier L: for tests with real files and processes.
 */
export function createSizedVaults(
  size: Readonly<Pick<Geometry, 'windows' | 'pageBytes'>>,
): SizedVaults {
  const small: Geometry = { ...size, passwordProfile: 'phone' };
  const large: Geometry = { ...small, windows: 2 * size.windows };
  const ofTier = (tier: Tier): Geometry => (tier === 'L' ? large : small);
  const ofSize = (bytes: number): Geometry => (bytes === sizeOf(large) ? large : small);
  return {
    create: (deps, { tier, passwords }) => createContainer(deps, ofTier(tier), passwords),
    async unlock(deps, request) {
      const unlocked = await unlockContainer(deps, ofSize(deps.media.sizeBytes), request);
      return unlocked.ok ? ok(createVaultSession(deps, unlocked.value)) : unlocked;
    },
    change: (deps, change) => changeContainerPasswords(deps, ofSize(deps.media.sizeBytes), change),
    move: (deps, move) =>
      moveContainer(deps, ofSize(deps.media.sizeBytes), ofSize(move.to.sizeBytes), move),
    containerBytes: (tier) => sizeOf(ofTier(tier)),
  };
}
