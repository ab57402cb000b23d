import { expose, type Redacted, redact } from '@pars/base';
import type { SharedSecret, SymmetricPrimitives } from '@pars/crypto';

/** ASCII bytes of a derivation label. */
export function label(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const transcriptLabel = label('pars/1 link transcript');
const handshakeLabel = label('pars/1 link handshake');
const trafficLabel = label('pars/1 link traffic');
const keyLength = 32;

/** Running hash of everything that both ends saw (PIP-1000 §3): 32 bytes. */
export type Transcript = Uint8Array;

/** The transcript after the hello or retry that the responder accepted. */
export function startTranscript(
  symmetric: SymmetricPrimitives,
  firstMessage: Uint8Array,
): Transcript {
  return symmetric.sha3(transcriptLabel, firstMessage);
}

/** The transcript after `bytes`. */
export function extendTranscript(
  symmetric: SymmetricPrimitives,
  transcript: Transcript,
  bytes: Uint8Array,
): Transcript {
  return symmetric.sha3(transcript, bytes);
}

/** One key a direction: each encrypts one identity payload, or starts a chain of frame keys. */
export interface DirectionalKeys {
  readonly initiator: Redacted<Uint8Array>;
  readonly responder: Redacted<Uint8Array>;
}

/** Keys of the two identity payloads (PIP-1000 §3). `transcript`: up to the KEM ciphertext. */
export function deriveHandshakeKeys(
  symmetric: SymmetricPrimitives,
  secret: SharedSecret,
  transcript: Transcript,
): DirectionalKeys {
  return splitKeys(symmetric.hkdf(expose(secret), transcript, handshakeLabel, 2 * keyLength));
}

/** Roots of the two chains of frame keys (PIP-1000 §7). `transcript`: the whole handshake. */
export function deriveTrafficRoots(
  symmetric: SymmetricPrimitives,
  secret: SharedSecret,
  transcript: Transcript,
): DirectionalKeys {
  return splitKeys(symmetric.hkdf(expose(secret), transcript, trafficLabel, 2 * keyLength));
}

/** Takes `okm` over and overwrites it. */
function splitKeys(okm: Uint8Array): DirectionalKeys {
  const keys = {
    initiator: redact(okm.slice(0, keyLength)),
    responder: redact(okm.slice(keyLength)),
  };
  okm.fill(0);
  return keys;
}
