import { randomBytes } from 'node:crypto';
import { ParsError, type Random } from '@pars/base';
import { plainBytes } from './byte-length.ts';

/** The longest request of the `Random` port. */
const LIMIT = 65_536;

/** The operating system's random source through OpenSSL's generator. */
export const systemRandom: Random = Object.freeze({
  bytes(length: number): Uint8Array {
    if (!Number.isInteger(length) || length < 0 || length > LIMIT) {
      throw new ParsError('crypto/argument-range', { what: 'random length', low: 0, high: LIMIT });
    }
    return plainBytes(randomBytes(length));
  },
});
