import { expose, type RandomDep, type Redacted, redact } from '@pars/base';
import { assertLength } from './errors.ts';
import type { CryptoProvider, SignaturePrimitive } from './provider/crypto-provider.ts';
import { signedMessage } from './signed-message.ts';
import type { LedgerSignature, RootSignature } from './suite.ts';

/** ML-DSA-87 alone, under the ledger's domain (PIP-2000 §5). */
export function createLedgerSignature(
  deps: RandomDep & { readonly provider: CryptoProvider },
): LedgerSignature {
  const scheme = createDomainSignature(deps.provider.mlDsa87, 'ledger', {
    seed: 32,
    publicKey: 2592,
    signature: 4627,
  });
  return Object.freeze({ ...scheme, generateSeed: () => redact(deps.random.bytes(32)) });
}

/** SLH-DSA-SHAKE-256s, under the root's domain (PIP-2000 §6). */
export function createRootSignature(deps: { readonly provider: CryptoProvider }): RootSignature {
  return Object.freeze(
    createDomainSignature(deps.provider.slhDsaShake256s, 'root', {
      seed: 96,
      publicKey: 64,
      signature: 29_792,
    }),
  );
}

function createDomainSignature(
  primitive: SignaturePrimitive,
  domain: 'ledger' | 'root',
  lengths: { readonly seed: number; readonly publicKey: number; readonly signature: number },
): RootSignature {
  async function signerFromSeed(seed: Redacted<Uint8Array>) {
    const bytes = expose(seed);
    assertLength(bytes, lengths.seed, `${domain} seed`);
    return await primitive.signerFromSeed(bytes);
  }

  return {
    async publicKeyFromSeed(seed: Redacted<Uint8Array>): Promise<Uint8Array> {
      return (await signerFromSeed(seed)).publicKey.bytes.slice();
    },
    async sign(
      seed: Redacted<Uint8Array>,
      context: string,
      message: Uint8Array,
    ): Promise<Uint8Array> {
      const framed = signedMessage(domain, context, message);
      return await primitive.sign(await signerFromSeed(seed), framed);
    },
    async verify(
      publicKey: Uint8Array,
      context: string,
      message: Uint8Array,
      signature: Uint8Array,
    ): Promise<boolean> {
      const framed = signedMessage(domain, context, message);
      if (publicKey.length !== lengths.publicKey) return false;
      if (signature.length !== lengths.signature) return false;
      const verifier = await primitive.verifierFromBytes(publicKey);
      return verifier !== undefined && (await primitive.verify(verifier, framed, signature));
    },
  };
}
