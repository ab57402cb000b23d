import { setImmediate as nextTurn } from 'node:timers/promises';
import { unwrap } from '@pars/base';
import { passwordFromText } from '@pars/crypto';
import { openNodeSqlEngine } from '@pars/platform-node';
import { createPageImage, openVaultDatabase, type SqlReader } from '@pars/vault/sql';
import { createModelledCrypto } from './modelled-crypto.ts';
import { nativeSymmetric } from './native-symmetric.ts';
import {
  createWorld,
  PASSWORD,
  type SimulatedNode,
  type World,
  type WorldOptions,
} from './world.ts';

/** A world on this platform: its SQL, and OpenSSL where cryptography is not modelled. */
export function createTestWorld(seed: string, options: Partial<WorldOptions> = {}): World {
  return createWorld(seed, () => nextTurn(), {
    openSqlEngine: openNodeSqlEngine,
    createCrypto: (random) => createModelledCrypto(random, nativeSymmetric),
    ...options,
  });
}

/** What a volume of a stopped node holds, as of its last flush. */
export async function readVolume<T>(
  world: World,
  { vaultDisk }: SimulatedNode,
  work: (sql: SqlReader) => T,
  password: string = PASSWORD,
): Promise<T> {
  const { crypto, random, time } = world;
  const place = vaultDisk.open({ ...time, suite: crypto.suite, random });
  const images = [createPageImage(4_096, 960), createPageImage(4_096, 960)];
  const vault = unwrap(
    await place.unlock({
      password: passwordFromText(password),
      onPage: (volume, page, content) => images[volume]?.set(page, content),
    }),
  );
  const volume = vault.hidden ?? vault.decoy;
  const image = images[vault.hidden === undefined ? 0 : 1]?.take();
  const database = unwrap(openVaultDatabase(openNodeSqlEngine, { vault, volume, image }));
  const value = unwrap(await database.read(work));
  vault.drop();
  return value;
}
