import { describe, test } from 'node:test';
import { createSimulationRandom, createVirtualTime } from '@pars/base/fakes';
import { meshHostConformance } from '../conformance/mesh-host-conformance.ts';
import { createSeededSuite } from '../link/link-fixture.ts';
import { createMemoryMeshNetwork } from './memory-mesh-network.ts';

const random = createSimulationRandom('memory mesh network');
const suite = createSeededSuite(random);
const network = createMemoryMeshNetwork();
const { clock, scheduler } = createVirtualTime();
let hostCount = 0;

describe('the mesh in memory conforms', () => {
  const fixture = {
    createHost: ({ maxStreamsPerProtocol }: { readonly maxStreamsPerProtocol: number }) => {
      hostCount += 1;
      const nodeSeed = suite.signature.generateSeed();
      const deps = { suite, nodeSeed, clock, scheduler, random };
      return network.createHost(deps, { name: `host-${hostCount}`, maxStreamsPerProtocol });
    },
  };
  for (const { name, run } of meshHostConformance('memory', fixture)) test(name, run);
});
