import { describe, test } from 'node:test';
import { createMemoryStoreDisk, createSimulationRandom } from '@pars/base/fakes';
import { parcelStoreConformance } from '../../conformance/parcel-store-conformance.ts';
import { createTestSuite } from '../parcel-fixture.ts';

describe('the parcel store conforms over the memory store', () => {
  const suite = createTestSuite(createSimulationRandom('parcel store conformance'));
  const create = async () => {
    const disk = createMemoryStoreDisk();
    return { open: async () => disk.open(), dispose: async () => undefined };
  };
  for (const { name, run } of parcelStoreConformance(create, suite)) test(name, run);
});
