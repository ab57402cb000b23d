export { type CryptoDeps, createSuite } from './create-suite.ts';
export type { CryptoBugCode, CryptoFailureCode } from './errors.ts';
export {
  FILE_CHUNK_LENGTH,
  FILE_HEADER_LENGTH,
  SEALED_CHUNK_LENGTH,
  sealedChunkOffset,
  sealedFileLength,
} from './file-chunks.ts';
export {
  createFileEncryption,
  type FileChunkOpener,
  type FileEncryption,
  type FileKey,
} from './file-encryption.ts';
export { KEM_CIPHERTEXT_LENGTH, KEM_PUBLIC_KEY_LENGTH, KEM_SEED_LENGTH } from './hybrid-kem.ts';
export {
  HYBRID_SIGNATURE_LENGTH,
  SIGNING_PUBLIC_KEY_LENGTH,
  SIGNING_SEED_LENGTH,
} from './hybrid-signature.ts';
export { createPasswordBox, type PasswordBox } from './password-box.ts';
export { type PasswordProfile, passwordFromText } from './password-hash.ts';
export type { SymmetricPrimitives } from './provider/crypto-provider.ts';
export { createJavaScriptProvider } from './provider/javascript-provider.ts';
export {
  entropyFromPhrase,
  generateRecoveryPhrase,
  phraseFromEntropy,
  rootSeedFromEntropy,
} from './recovery-phrase.ts';
export {
  ANONYMOUS_BOX_OVERHEAD,
  AUTHENTICATED_BOX_OVERHEAD,
  MAX_BOX_PLAINTEXT,
} from './sealed-box.ts';
export { MAX_SECRET_BOX_PLAINTEXT, SECRET_BOX_OVERHEAD } from './secret-box.ts';
export { createSecretSharing, type SecretSharing } from './secret-sharing.ts';
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
  SecretBox,
  SharedSecret,
  SigningPublicKeyBytes,
  SigningSeed,
  Suite,
} from './suite.ts';
export { SUITE_ID } from './suite-id.ts';
