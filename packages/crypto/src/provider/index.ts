export { hasSmallOrderR } from '../strict-points.ts';
export type {
  AeadPrimitive,
  Argon2idParameters,
  CryptoProvider,
  KemPrimitive,
  KemPrivateKey,
  KemPublicKey,
  SharedSecretPrimitive,
  SignaturePrimitive,
  SignerKey,
  SymmetricPrimitives,
  VerifierKey,
} from './crypto-provider.ts';
export { createJavaScriptProvider } from './javascript-provider.ts';
export { createKeyHandles, type KeyHandles } from './key-handles.ts';
