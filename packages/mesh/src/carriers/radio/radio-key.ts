import {
  base64url,
  concatBytes,
  equalBytes,
  expose,
  ok,
  type Random,
  type Redacted,
  type Result,
  redact,
  utf8ToBytes,
} from '@pars/base';
import type { Suite, SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../../errors.ts';

/** 32 bytes that all stations of a group share (PIP-1007 §4). */
export type RadioKey = Redacted<Uint8Array>;

/** Bytes of a radio key. */
export const radioKeyLength = 32;
const checkLength = 4;
const linkPrefix = 'pars://radio/';

/** A new random key. */
export function createRadioKey(random: Random): RadioKey {
  return redact(random.bytes(radioKeyLength));
}

/**
 * The key of everybody who types this passphrase and this name of the group
 * (PIP-1007 §4): Argon2id with the phone's cost. Whoever records one frame can
 * guess at the passphrase for ever; a random key is better.
 */
export async function radioKeyFromPassphrase(
  suite: Pick<Suite, 'password' | 'symmetric'>,
  passphrase: Redacted<Uint8Array>,
  groupName: string,
): Promise<RadioKey> {
  const name = utf8ToBytes(groupName.normalize('NFKC').trim().toLowerCase());
  const salt = suite.symmetric.sha3(utf8ToBytes('pars/1 radio passphrase'), name);
  return suite.password.derive(passphrase, salt, 'phone');
}

/** `pars://radio/` ‖ base64url of key and four bytes of its check: to be shown as text or QR. It is the secret. */
export function radioKeyToText(symmetric: SymmetricPrimitives, key: RadioKey): Redacted<string> {
  const bytes = expose(key);
  return redact(`${linkPrefix}${base64url.encode(concatBytes(bytes, checkOf(symmetric, bytes)))}`);
}

/** Reads {@link radioKeyToText}; `mesh/bad-radio-key` for a mistyped one. Total. */
export function radioKeyFromText(
  symmetric: SymmetricPrimitives,
  text: string,
): Result<RadioKey, MeshFailure> {
  const body = text.trim();
  if (!body.startsWith(linkPrefix)) return meshErr('mesh/bad-radio-key');
  const maxBytes = radioKeyLength + checkLength;
  const bytes = base64url.decode(body.slice(linkPrefix.length), { maxBytes });
  if (!bytes.ok || bytes.value.length !== maxBytes) return meshErr('mesh/bad-radio-key');
  const key = bytes.value.slice(0, radioKeyLength);
  const check = bytes.value.subarray(radioKeyLength);
  return equalBytes(check, checkOf(symmetric, key))
    ? ok(redact(key))
    : meshErr('mesh/bad-radio-key');
}

/** What the stations of a group derive from its key (PIP-1007 §4). */
export interface RadioGroupKeys {
  /** 32 bytes. */
  readonly tagKey: Uint8Array;
  /** 32 bytes. */
  readonly frameKey: Uint8Array;
  /** 16 bytes: the salt of short ids. */
  readonly shortSalt: Uint8Array;
  /** 8 bytes that name the group on this device. */
  readonly name: Uint8Array;
}

/** The keys of a group (PIP-1007 §4). */
export function radioGroupKeys(symmetric: SymmetricPrimitives, key: RadioKey): RadioGroupKeys {
  const bytes = symmetric.hkdf(
    expose(key),
    new Uint8Array(0),
    utf8ToBytes('pars/1 radio keys'),
    88,
  );
  return {
    tagKey: bytes.slice(0, 32),
    frameKey: bytes.slice(32, 64),
    shortSalt: bytes.slice(64, 80),
    name: bytes.slice(80, 88),
  };
}

function checkOf(symmetric: SymmetricPrimitives, key: Uint8Array): Uint8Array {
  return symmetric.sha3(utf8ToBytes('pars/1 radio key check'), key).subarray(0, checkLength);
}
