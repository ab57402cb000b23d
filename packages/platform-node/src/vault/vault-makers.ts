import {
  changePasswords,
  containerBytes,
  createVault,
  moveVault,
  type Tier,
  unlockVault,
} from '@pars/vault';

/** How containers are made and opened. Programs have one way; tests have smaller containers. */
export interface VaultMakers {
  readonly create: typeof createVault;
  readonly unlock: typeof unlockVault;
  readonly change: typeof changePasswords;
  readonly move: typeof moveVault;
  /** The bytes of a container of a tier. */
  readonly containerBytes: (tier: Tier) => number;
}

/** The tiers of PIP-3000 §2. */
export const tierMakers: VaultMakers = {
  create: createVault,
  unlock: unlockVault,
  change: changePasswords,
  move: moveVault,
  containerBytes,
};
