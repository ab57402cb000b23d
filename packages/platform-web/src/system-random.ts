import { ParsError, type Random } from '@pars/base';

/** The longest request of the `Random` port, and of one call of `getRandomValues`. */
const LIMIT = 65_536;

/** The browser's random source; it exists in insecure contexts and workers too. */
export const systemRandom: Random = Object.freeze({
  bytes(length: number): Uint8Array {
    if (!Number.isInteger(length) || length < 0 || length > LIMIT) {
      throw new ParsError('crypto/argument-range', { what: 'random length', low: 0, high: LIMIT });
    }
    return globalThis.crypto.getRandomValues(new Uint8Array(length));
  },
});
