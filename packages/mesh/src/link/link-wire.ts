import { ok, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from '../errors.ts';

/** Suite id: the first byte of every handshake message (PIP-1000 §2). */
export const suiteId = 1;
/** Version of the link: the second byte of every handshake message (PIP-1000 §2). */
export const linkVersion = 1;
/** Bytes of the header: suite, version, type. */
export const headerLength = 3;

/** Bytes of an ephemeral hybrid public key, and of a hybrid KEM ciphertext (PIP-2000 §3). */
export const kemKeyLength = 1_600;
/** Bytes of a cookie: window 4, difficulty 1, code 32 (PIP-1000 §5). */
export const cookieLength = 37;
/** Bytes of a puzzle's answer (PIP-1000 §5). */
export const answerLength = 8;
/** Bytes of an identity payload before encryption (PIP-1000 §4). */
export const payloadLength = 7_424;
/** Bytes of an AES-256-GCM tag. */
export const tagLength = 16;

/** Message types, the third byte of the header (PIP-1000 §2). */
export const messageType = {
  /** Initiator: an ephemeral key. */
  hello: 1,
  /** Responder under load: a cookie with a puzzle. */
  challenge: 2,
  /** Initiator: cookie, answer and the same ephemeral key. */
  retry: 3,
  /** Responder: KEM ciphertext and encrypted identity. */
  reply: 4,
  /** Initiator: encrypted identity. */
  finish: 5,
} as const;

/** One of {@link messageType}. */
export type MessageType = (typeof messageType)[keyof typeof messageType];

/** Exact length in bytes of each message, header included (PIP-1000 §2). */
export const messageLengthByType: ReadonlyMap<MessageType, number> = new Map<MessageType, number>([
  [messageType.hello, headerLength + kemKeyLength],
  [messageType.challenge, headerLength + cookieLength],
  [messageType.retry, headerLength + cookieLength + answerLength + kemKeyLength],
  [messageType.reply, headerLength + kemKeyLength + payloadLength + tagLength],
  [messageType.finish, headerLength + payloadLength + tagLength],
]);

/**
 * Reads the three header bytes and returns the type, if it is one that the
 * reader's state allows. Codes: `mesh/bad-length` for fewer than three bytes,
 * `mesh/unknown-suite`, `mesh/unknown-version`, `mesh/unexpected-message`.
 */
export function readHeader(
  message: Uint8Array,
  allowed: readonly MessageType[],
): Result<MessageType, MeshFailure> {
  const [suite, version, type] = message;
  if (suite !== undefined && suite !== suiteId) return meshErr('mesh/unknown-suite', { suite });
  if (version !== undefined && version !== linkVersion) {
    return meshErr('mesh/unknown-version', { version });
  }
  if (type === undefined) return meshErr('mesh/bad-length', { length: message.length });
  const known = allowed.find((candidate) => candidate === type);
  return known === undefined ? meshErr('mesh/unexpected-message', { type }) : ok(known);
}

/** Like {@link readHeader}, and refuses a message whose length is not its type's: `mesh/bad-length`. */
export function readMessageType(
  message: Uint8Array,
  allowed: readonly MessageType[],
): Result<MessageType, MeshFailure> {
  const type = readHeader(message, allowed);
  if (!type.ok || message.length === messageLengthByType.get(type.value)) return type;
  return meshErr('mesh/bad-length', { length: message.length, type: type.value });
}

/** A message of `type` from its parts; a wrong total is a bug and throws. */
export function writeMessage(type: MessageType, ...parts: readonly Uint8Array[]): Uint8Array {
  const message = new Uint8Array(messageLengthByType.get(type) ?? 0);
  message.set([suiteId, linkVersion, type]);
  let offset = headerLength;
  for (const part of parts) {
    message.set(part, offset);
    offset += part.length;
  }
  if (offset !== message.length) throw new RangeError('handshake message of a wrong length');
  return message;
}
