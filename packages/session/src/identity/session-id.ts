import {
  type Branded,
  err,
  type Failure,
  hex,
  ok,
  type Result,
  type Schema,
  schema,
  unwrap,
} from '@pars/base';
import type { Suite } from '@pars/crypto';

/** A person: `05` and 64 lower-case hex digits (PIP-5000 §2). */
export type SessionId = Branded<string, 'SessionId'>;

/** The session id of a hybrid identity key (2,624 bytes): `05` ‖ SHA3-256 of its ML-DSA-87 half. */
export function sessionIdFromIdentityKey(
  suite: Pick<Suite, 'symmetric'>,
  identityKey: Uint8Array,
): SessionId {
  const hash = suite.symmetric.sha3(identityKey.subarray(ED25519_KEY_BYTES));
  return `05${hex.encode(hash)}` as SessionId;
}

/** Reads a session id or its link form. Code: `session/bad-session-id`. */
export function parseSessionId(text: string): Result<SessionId, Failure<'session/bad-session-id'>> {
  const id = text.startsWith(LINK_PREFIX) ? text.slice(LINK_PREFIX.length) : text;
  return SESSION_ID.test(id) ? ok(id as SessionId) : err('session/bad-session-id');
}

/** `pars://session/05…`. */
export function sessionIdToLink(id: SessionId): string {
  return `${LINK_PREFIX}${id}`;
}

/** The 33 bytes that stand for the person on the wire. */
export function sessionIdToBytes(id: SessionId): Uint8Array {
  return unwrap(hex.decode(id, { maxBytes: 33 }));
}

/** The session id of 33 wire bytes, or `undefined` when they do not begin with `05`. */
export function sessionIdFromBytes(bytes: Uint8Array): SessionId | undefined {
  if (bytes.length !== 33 || bytes[0] !== 5) return undefined;
  return hex.encode(bytes) as SessionId;
}

/** Schema of the wire form; the first byte is checked by {@link sessionIdFromBytes}. */
export const sessionIdBytesSchema: Schema<Uint8Array> = schema.bytes({ length: 33 });

const ED25519_KEY_BYTES = 32;
const LINK_PREFIX = 'pars://session/';
const SESSION_ID = /^05[0-9a-f]{64}$/;
