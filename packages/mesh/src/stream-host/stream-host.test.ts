import { describe, test } from 'node:test';
import { meshHostConformance } from '../conformance/mesh-host-conformance.ts';
import { createStreamHostNetwork } from './stream-host-fixture.ts';

describe('a host over byte streams conforms', () => {
  const network = createStreamHostNetwork('stream host conformance');
  for (const { name, run } of meshHostConformance('streams', network)) test(name, run);
});
