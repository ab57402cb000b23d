import { concatBytes, err, expose, ok, type Result, uint32ToBytes, utf8ToBytes } from '@pars/base';
import { KEM_CIPHERTEXT_LENGTH } from './hybrid-kem.ts';
import { HYBRID_SIGNATURE_LENGTH, SIGNING_PUBLIC_KEY_LENGTH } from './hybrid-signature.ts';
import type { CryptoProvider } from './provider/crypto-provider.ts';
import type {
  HybridKem,
  HybridKemPublicKey,
  HybridSignature,
  HybridVerifierKey,
  SealedBox,
  SharedSecret,
} from './suite.ts';
import { bytesFromContext, derivationInfo, isSuite1, SUITE_ID } from './suite-id.ts';

/** Largest plaintext of a sealed box: 16 MiB (PIP-2000 §7.1). */
export const MAX_BOX_PLAINTEXT = 16_777_216;
/** Largest associated data of a sealed box: 64 KiB (PIP-2000 §7.1). */
export const MAX_BOX_AAD = 65_536;
/** Bytes that an anonymous box adds to its plaintext (PIP-2000 §7.1). */
export const ANONYMOUS_BOX_OVERHEAD = 1618;
/** Bytes that a sender-authenticated box adds to its plaintext (PIP-2000 §7.1). */
export const AUTHENTICATED_BOX_OVERHEAD = 8933;

const ANONYMOUS = 0;
const AUTHENTICATED = 1;
const SENDER_PART_LENGTH = SIGNING_PUBLIC_KEY_LENGTH + HYBRID_SIGNATURE_LENGTH;
const BODY_OFFSET = 1 + KEM_CIPHERTEXT_LENGTH;
const MAX_SEALED = MAX_BOX_PLAINTEXT + AUTHENTICATED_BOX_OVERHEAD;

const EMPTY = new Uint8Array(0);
const KEY_LABEL = 'pars/1 box key';
const SENDER_CONTEXT = 'pars/1 box sender';
const SENDER_LABEL = utf8ToBytes('pars/1 box transcript\0');

/** Sealed boxes over the suite's own KEM and signature (PIP-2000 §7). */
export function createSealedBox(deps: {
  readonly provider: CryptoProvider;
  readonly kem: HybridKem;
  readonly signature: HybridSignature;
}): SealedBox {
  const { kem, provider, signature } = deps;
  const { symmetric, xChaCha20Poly1305: aead } = provider;

  return Object.freeze({
    async seal(request: Parameters<SealedBox['seal']>[0]) {
      const { recipient, context, plaintext, aad = EMPTY, sender } = request;
      if (plaintext.length > MAX_BOX_PLAINTEXT)
        return err('crypto/too-long', { what: 'plaintext' });
      if (aad.length > MAX_BOX_AAD) return err('crypto/too-long', { what: 'aad' });
      const encapsulated = await kem.encapsulate(recipient);
      if (!encapsulated.ok) return encapsulated;
      const { ciphertext, sharedSecret } = encapsulated.value;
      const { key, nonce } = deriveKey(sharedSecret, context);

      let content: Uint8Array;
      if (sender === undefined) {
        content = concatBytes(Uint8Array.of(ANONYMOUS), plaintext);
      } else {
        const signer = sender.publicKey.bytes;
        const digest = senderDigest({ recipient, context, ciphertext, aad, signer, plaintext });
        const proof = await signature.sign(sender, SENDER_CONTEXT, digest);
        content = concatBytes(Uint8Array.of(AUTHENTICATED), signer, proof, plaintext);
      }
      const body = await aead.seal(key, nonce, content, aad);
      key.fill(0);
      return ok(concatBytes(Uint8Array.of(SUITE_ID), ciphertext, body));
    },

    async open(request: Parameters<SealedBox['open']>[0]) {
      const { recipient, context, sealed, aad = EMPTY } = request;
      bytesFromContext(context);
      if (sealed.length === 0) return err('crypto/bad-length');
      if (!isSuite1(sealed)) return err('crypto/unknown-suite');
      if (sealed.length < ANONYMOUS_BOX_OVERHEAD) return err('crypto/bad-length');
      if (sealed.length > MAX_SEALED) return err('crypto/too-long', { what: 'box' });
      if (aad.length > MAX_BOX_AAD) return err('crypto/too-long', { what: 'aad' });
      const ciphertext = sealed.subarray(1, BODY_OFFSET);
      const decapsulated = await kem.decapsulate(recipient, ciphertext);
      if (!decapsulated.ok) return decapsulated;
      const { key, nonce } = deriveKey(decapsulated.value, context);
      const content = await aead.open(key, nonce, sealed.subarray(BODY_OFFSET), aad);
      key.fill(0);
      if (content === undefined) return err('crypto/open-failed');

      const rest = content.subarray(1);
      if (content[0] === ANONYMOUS) {
        if (rest.length > MAX_BOX_PLAINTEXT) return err('crypto/too-long', { what: 'plaintext' });
        return ok({ plaintext: rest, sender: undefined });
      }
      if (content[0] !== AUTHENTICATED || rest.length < SENDER_PART_LENGTH) {
        return err('crypto/open-failed');
      }
      const plaintext = rest.subarray(SENDER_PART_LENGTH);
      const sender = await verifiedSender(rest, {
        recipient: recipient.publicKey,
        context,
        ciphertext,
        aad,
        plaintext,
      });
      return sender.ok ? ok({ plaintext, sender: sender.value }) : sender;
    },
  });

  /** The single-use key and nonce of one box (PIP-2000 §7.2). Forgets the shared secret. */
  function deriveKey(
    sharedSecret: SharedSecret,
    context: string,
  ): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
    const secret = expose(sharedSecret);
    const okm = symmetric.hkdf(secret, EMPTY, derivationInfo(KEY_LABEL, context), 56);
    secret.fill(0);
    return { key: okm.subarray(0, 32), nonce: okm.subarray(32) };
  }

  async function verifiedSender(
    senderPart: Uint8Array,
    bound: Omit<BoundBySender, 'signer'>,
  ): Promise<Result<HybridVerifierKey>> {
    const signer = senderPart.subarray(0, SIGNING_PUBLIC_KEY_LENGTH);
    const proof = senderPart.subarray(SIGNING_PUBLIC_KEY_LENGTH, SENDER_PART_LENGTH);
    const verifier = await signature.verifierFromBytes(signer);
    if (!verifier.ok) return err('crypto/bad-sender');
    const digest = senderDigest({ ...bound, signer });
    const holds = await signature.verify(verifier.value, SENDER_CONTEXT, digest, proof);
    return holds ? verifier : err('crypto/bad-sender');
  }

  /** What the sender signs: everything the box is about, 32 bytes (PIP-2000 §7.3). */
  function senderDigest(bound: BoundBySender): Uint8Array {
    return symmetric.sha3(
      SENDER_LABEL,
      Uint8Array.of(SUITE_ID),
      bound.recipient.bytes,
      bound.ciphertext,
      bound.signer,
      bytesFromContext(bound.context),
      uint32ToBytes(bound.aad.length),
      bound.aad,
      bound.plaintext,
    );
  }
}

interface BoundBySender {
  readonly recipient: HybridKemPublicKey;
  readonly context: string;
  readonly ciphertext: Uint8Array;
  readonly aad: Uint8Array;
  readonly signer: Uint8Array;
  readonly plaintext: Uint8Array;
}
