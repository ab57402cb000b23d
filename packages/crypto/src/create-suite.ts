import type { RandomDep } from '@pars/base';
import { createHybridKem } from './hybrid-kem.ts';
import { createHybridSignature } from './hybrid-signature.ts';
import { createPasswordHash } from './password-hash.ts';
import type { CryptoProvider } from './provider/crypto-provider.ts';
import { createSealedBox } from './sealed-box.ts';
import { createSecretBox } from './secret-box.ts';
import { createLedgerSignature, createRootSignature } from './single-signature.ts';
import type { Suite } from './suite.ts';

/** What the suite and everything built on it needs. */
export interface CryptoDeps extends RandomDep {
  readonly provider: CryptoProvider;
}

/**
 * Suite 1 over a provider (PIP-2000). Which provider is a matter of the
 * platform's abilities: the bytes mean the same on all of them.
 */
export function createSuite(deps: CryptoDeps): Suite {
  const kem = createHybridKem(deps);
  const signature = createHybridSignature(deps);
  return Object.freeze({
    symmetric: deps.provider.symmetric,
    kem,
    signature,
    ledgerSignature: createLedgerSignature(deps),
    rootSignature: createRootSignature(deps),
    box: createSealedBox({ provider: deps.provider, kem, signature }),
    secretBox: createSecretBox(deps),
    password: createPasswordHash(deps),
  });
}
