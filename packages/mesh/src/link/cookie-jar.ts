import { type Clock, ok, type Random, type Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import { label } from './link-keys.ts';
import { cookieLength } from './link-wire.ts';
import { isPuzzleSolved, maxDifficulty } from './puzzle.ts';

/** What a cookie is bound to besides its minute and difficulty. */
export interface CookieSubject {
  /**
   * Where the answer must come from: on datagrams the address; on streams the
   * address and a number unique to the connection. 1 to 1,024 bytes.
   */
  readonly returnPath: Uint8Array;
  /** The initiator's ephemeral public key: 1,600 bytes. */
  readonly ephemeralKey: Uint8Array;
}

/** Makes and checks cookies without remembering any (PIP-1000 §5). */
export interface CookieJar {
  /** A cookie of 37 bytes. `difficulty`: 0 to 16. */
  make(subject: CookieSubject, difficulty: number): Uint8Array;
  /** Codes: `mesh/bad-cookie`, `mesh/bad-puzzle`. */
  check(subject: CookieSubject, cookie: Uint8Array, answer: Uint8Array): Result<void, MeshFailure>;
}

/** Milliseconds after which the secret changes; a cookie is good for one to two windows. */
export const cookieWindowMs = 60_000;

const cookieLabel = label('pars/1 link cookie');
const difficultyOffset = 4;
const codeOffset = 5;

/** A jar with its own random secret, which it replaces every minute; the last one stays good. */
export function createCookieJar(deps: {
  readonly symmetric: SymmetricPrimitives;
  readonly random: Random;
  readonly clock: Clock;
}): CookieJar {
  const { symmetric, random, clock } = deps;
  const secretByWindow = new Map<number, Uint8Array>();

  return {
    make(subject, difficulty) {
      if (!Number.isInteger(difficulty) || difficulty < 0 || difficulty > maxDifficulty) {
        throw new RangeError('puzzle difficulty out of range');
      }
      const window = currentWindow();
      const cookie = new Uint8Array(cookieLength);
      new DataView(cookie.buffer).setUint32(0, window);
      cookie[difficultyOffset] = difficulty;
      cookie.set(codeOf(secretOf(window), cookie, subject), codeOffset);
      return cookie;
    },
    check(subject, cookie, answer) {
      if (cookie.length !== cookieLength) return meshErr('mesh/bad-cookie');
      const window = new DataView(cookie.buffer, cookie.byteOffset).getUint32(0);
      currentWindow();
      const secret = secretByWindow.get(window);
      if (secret === undefined) return meshErr('mesh/bad-cookie');
      const code = codeOf(secret, cookie, subject);
      if (!isEqualConstantTime(code, cookie.subarray(codeOffset)))
        return meshErr('mesh/bad-cookie');
      const difficulty = cookie[difficultyOffset] ?? 0;
      return isPuzzleSolved(symmetric, cookie, difficulty, answer)
        ? ok(undefined)
        : meshErr('mesh/bad-puzzle');
    },
  };

  /** The number of this window; forgets all secrets but this window's and the last one's. */
  function currentWindow(): number {
    const window = Math.floor(clock.monotonicMs() / cookieWindowMs) % 2 ** 32;
    for (const known of secretByWindow.keys()) {
      if (known !== window && known !== window - 1) secretByWindow.delete(known);
    }
    return window;
  }

  function secretOf(window: number): Uint8Array {
    const secret = secretByWindow.get(window) ?? random.bytes(32);
    secretByWindow.set(window, secret);
    return secret;
  }

  function codeOf(secret: Uint8Array, cookie: Uint8Array, subject: CookieSubject): Uint8Array {
    return symmetric.sha3(
      cookieLabel,
      secret,
      cookie.subarray(0, codeOffset),
      symmetric.sha3(subject.ephemeralKey),
      subject.returnPath,
    );
  }
}

function isEqualConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index += 1) {
    difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  }
  return difference === 0;
}
