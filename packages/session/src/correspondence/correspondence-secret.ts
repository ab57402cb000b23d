import { concatBytes, expose, type Redacted, redact } from '@pars/base';
import type { Suite } from '@pars/crypto';

/** Which end of an introduction a person was; the two send under different tags (PIP-5000 §12). */
export type CorrespondenceRole = 'inviter' | 'newcomer';

/** The other end. */
export function oppositeRole(role: CorrespondenceRole): CorrespondenceRole {
  return role === 'inviter' ? 'newcomer' : 'inviter';
}

/**
 * The secret that two people share since an introduction was accepted, 32
 * bytes (PIP-5000 §12): made from the invite's secret, which crossed no wire,
 * and the receipt key, which only the one-time key opened.
 */
export function deriveCorrespondenceSecret(
  suite: Pick<Suite, 'symmetric'>,
  introduction: {
    /** The invite's rendezvous secret, 32 bytes. */
    readonly secret: Redacted<Uint8Array>;
    /** 32 bytes from inside the introduction. */
    readonly receiptKey: Redacted<Uint8Array>;
    /** The introduction as it was sent. */
    readonly sealed: Uint8Array;
  },
): Redacted<Uint8Array> {
  const { symmetric } = suite;
  const ikm = concatBytes(expose(introduction.secret), expose(introduction.receiptKey));
  const secret = symmetric.hkdf(ikm, symmetric.sha3(introduction.sealed), SECRET_LABEL, 32);
  ikm.fill(0);
  return redact(secret);
}

const SECRET_LABEL = new TextEncoder().encode('pars/1 correspondence secret');
