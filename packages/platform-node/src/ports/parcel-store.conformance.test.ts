import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createSuite } from '@pars/crypto';
import { parcelStoreConformance } from '@pars/mesh/conformance';
import { createNodeCryptoProvider } from '../crypto/node-crypto-provider.ts';
import { systemRandom } from '../crypto/system-random.ts';
import { createSqliteStore } from './sqlite-store.ts';

describe('the parcel store conforms over SQLite and native cryptography', () => {
  const suite = createSuite({ provider: createNodeCryptoProvider(), random: systemRandom });
  const create = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pars-parcels-'));
    return {
      open: async () => createSqliteStore(join(folder, 'store.sqlite')),
      dispose: () => rm(folder, { recursive: true }),
    };
  };
  for (const { name, run } of parcelStoreConformance(create, suite)) test(name, run);
});
