export { type CryptoDeps, createSuite } from './create-suite.ts';
export type { CryptoBugCode, CryptoFailureCode } from './errors.ts';
export { type PasswordProfile, passwordFromText } from './password-hash.ts';
export type { SymmetricPrimitives } from './provider/crypto-provider.ts';
export { createJavaScriptProvider } from './provider/javascript-provider.ts';
export type {
  HybridKem,
  HybridKemPrivateKey,
  HybridKemPublicKey,
  HybridSignature,
  HybridSignatureBytes,
  HybridSignerKey,
  HybridVerifierKey,
  KemCiphertext,
  KemPublicKeyBytes,
  KemSeed,
  LedgerSignature,
  PasswordHash,
  RootSignature,
  SealedBox,
  SharedSecret,
  SigningPublicKeyBytes,
  SigningSeed,
  Suite,
} from './suite.ts';
export { SUITE_ID } from './suite-id.ts';
