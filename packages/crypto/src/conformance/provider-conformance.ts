import type { ConformanceCase } from '@pars/base/conformance';
import type { CryptoProvider } from '../provider/crypto-provider.ts';
import { ED25519_EDGES } from './ed25519-edges.ts';
import { KNOWN_ANSWERS } from './known-answers.ts';
import { PROVIDER_BEHAVIOUR } from './provider-behaviour.ts';

/** Makes the provider under test; called once for all cases of a list. */
export type CreateProvider = () => CryptoProvider | Promise<CryptoProvider>;

/**
 * Known answers for every primitive and the promises of the port. One case
 * signs with SLH-DSA-SHAKE-256s: about 10 s where that runs in JavaScript.
 */
export function providerConformance(createProvider: CreateProvider): readonly ConformanceCase[] {
  const provider = once(createProvider);
  return [...KNOWN_ANSWERS, ...PROVIDER_BEHAVIOUR, ...ED25519_EDGES].map(({ name, run }) => ({
    name,
    run: async () => run(await provider()),
  }));
}

/** Calls `create` at the first use only, and gives everybody the same result. */
export function once<Value>(create: () => Value | Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= Promise.resolve().then(create);
    return made;
  };
}
