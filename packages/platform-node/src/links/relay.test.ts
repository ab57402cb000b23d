import { after, describe, test } from 'node:test';
import { meshHostConformance } from '@pars/mesh/conformance';
import { createRelayedHosts } from './relay-fixture.ts';

const relayed = await createRelayedHosts();

describe('a host behind a relay conforms', () => {
  after(() => relayed[Symbol.asyncDispose]());
  for (const { name, run } of meshHostConformance('relayed', relayed)) test(name, run);
});
