import { expose, redact, unwrap, utf8ToBytes } from '@pars/base';
import type { SimulationRandom, VirtualTime } from '@pars/base/fakes';
import { createSuite, type Suite } from '@pars/crypto';
import { createNodeCryptoProvider, openNodeSqlEngine } from '@pars/platform-node';
import type { NewPasswords } from '@pars/vault';
import { createMemoryVaultDisk, type MemoryVaultDisk } from '@pars/vault/fakes';
import { type OpenedVault, type OpenVaultDeps, openVault } from './opened-vault.ts';

/** A vault in memory that outlives the processes on it, with fast primitives. */
export interface VaultFixture {
  readonly disk: MemoryVaultDisk;
  /** A process life: what was open before is lost unless it was locked. */
  openPlace(): OpenVaultDeps;
  /** A process life with what the password opens. */
  open(password?: string): Promise<OpenedVault>;
}

/** The passwords of every vault of a test. */
export const TEST_PASSWORDS: Required<NewPasswords> = {
  decoy: redact(utf8ToBytes('decoy')),
  hidden: redact(utf8ToBytes('hidden')),
  duress: redact(utf8ToBytes('duress')),
};

/** A disk with a new vault. */
export async function createVaultFixture(
  random: SimulationRandom,
  time: Pick<VirtualTime, 'clock' | 'scheduler'>,
  options: { readonly tickMs?: number; readonly passwords?: NewPasswords } = {},
): Promise<VaultFixture> {
  const { passwords = TEST_PASSWORDS, tickMs } = options;
  const disk = createMemoryVaultDisk({
    random: random.fork('disk'),
    ...(tickMs === undefined ? {} : { tickMs }),
  });
  const suite = cheapSuite(random);
  const { clock, scheduler } = time;
  const openPlace = (): OpenVaultDeps => ({
    suite,
    random,
    vaultPlace: disk.open({ suite, random, clock, scheduler }),
    openSqlEngine: openNodeSqlEngine,
  });
  unwrap(await openPlace().vaultPlace.create({ tier: 'S', passwords }));
  return {
    disk,
    openPlace,
    open: async (password = 'decoy') =>
      unwrap(await openVault(openPlace(), redact(utf8ToBytes(password)))),
  };
}

/** OpenSSL's primitives, and a password hash that costs nothing. */
function cheapSuite(random: SimulationRandom): Suite {
  const suite = createSuite({ provider: createNodeCryptoProvider(), random });
  const { symmetric } = suite;
  return {
    ...suite,
    password: {
      derive: async (password, salt) =>
        redact(symmetric.hkdf(expose(password), salt, utf8ToBytes('test'), 32)),
    },
  };
}
