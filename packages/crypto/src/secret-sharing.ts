import {
  concatBytes,
  equalBytes,
  err,
  expose,
  type Failure,
  ok,
  type Redacted,
  type Result,
  redact,
  utf8ToBytes,
} from '@pars/base';
import { combine, split } from 'shamir-secret-sharing';
import type { CryptoDeps } from './create-suite.ts';
import { assertRange } from './errors.ts';
import { derivationInfo, isSuite1, SUITE_ID } from './suite-id.ts';

/** Shortest and longest secret that can be shared, in bytes (PIP-2000 §11). */
export const SHARED_SECRET_RANGE: { readonly least: number; readonly most: number } = Object.freeze(
  { least: 16, most: 64 },
);
/** Bytes that a share adds to the length of the secret (PIP-2000 §11.1). */
export const SHARE_OVERHEAD = 40;

/** k-of-n sharing of a secret key (PIP-2000 §11). */
export interface SecretSharing {
  /**
   * Splits 16 to 64 uniformly random bytes (a key, never a password) into
   * `shareCount` shares, any `threshold` of which rebuild them; 2 <= threshold
   * <= shareCount <= 255. Not reproducible: the polynomial comes from the
   * platform's own random source. Ranges are checked and throw.
   */
  split(request: {
    readonly secret: Redacted<Uint8Array>;
    readonly threshold: number;
    readonly shareCount: number;
  }): Promise<readonly Redacted<Uint8Array>[]>;
  /**
   * Rebuilds the secret from at least `threshold` shares, in any order.
   * Fails with a `crypto/share-…` code; never returns a wrong secret.
   */
  combine(shares: readonly Redacted<Uint8Array>[]): Promise<Result<Redacted<Uint8Array>, Failure>>;
}

/** A share, taken apart (PIP-2000 §11.1). */
export interface Share {
  readonly threshold: number;
  readonly shareCount: number;
  /** The point at which the polynomial was evaluated, 1 to 255. */
  readonly x: number;
  /** 16 bytes, the same in all shares of one splitting; not secret. */
  readonly setId: Uint8Array;
  readonly values: Uint8Array;
  readonly tag: Uint8Array;
}

const SET_ID_LENGTH = 16;
const VALUES_OFFSET = 4 + SET_ID_LENGTH;
const TAG_LENGTH = 16;
const CHECKSUM_LENGTH = 4;
const MAX_SHARES = 255;
const CHECKSUM_LABEL = utf8ToBytes('pars/1 share checksum\0');
const TAG_LABEL = utf8ToBytes('pars/1 share tag\0');

/** Secret sharing over a provider (PIP-2000 §11). */
export function createSecretSharing(deps: CryptoDeps): SecretSharing {
  const { random } = deps;
  const { symmetric } = deps.provider;

  function tagKey(secret: Uint8Array, setId: Uint8Array): Uint8Array {
    return symmetric.hkdf(
      secret,
      setId,
      derivationInfo('pars/1 share tag key', 'secret sharing'),
      32,
    );
  }

  function tagOf(key: Uint8Array, headerAndValues: Uint8Array): Uint8Array {
    return symmetric.sha3(TAG_LABEL, key, headerAndValues).subarray(0, TAG_LENGTH);
  }

  return Object.freeze({
    async split(request: Parameters<SecretSharing['split']>[0]) {
      const { threshold, shareCount } = request;
      const secret = expose(request.secret);
      const { least, most } = SHARED_SECRET_RANGE;
      assertRange(secret.length, least, most, 'secret length');
      assertRange(shareCount, 2, MAX_SHARES, 'share count');
      assertRange(threshold, 2, shareCount, 'threshold');
      const setId = random.bytes(SET_ID_LENGTH);
      const key = tagKey(secret, setId);
      // The library insists on a plain Uint8Array, which a subclass is not.
      const points = await split(Uint8Array.from(secret), shareCount, threshold);
      const shares = points.map((point) => {
        const values = point.subarray(0, secret.length);
        const x = point.subarray(secret.length);
        const body = concatBytes(Uint8Array.of(SUITE_ID, threshold, shareCount), x, setId, values);
        const tagged = concatBytes(body, tagOf(key, body));
        return redact(concatBytes(tagged, checksum(tagged)));
      });
      key.fill(0);
      return shares;
    },

    async combine(redactedShares: readonly Redacted<Uint8Array>[]) {
      if (redactedShares.length > MAX_SHARES) return err('crypto/share-duplicate');
      const encoded = redactedShares.map((share) => expose(share));
      const shares: Share[] = [];
      for (const [index, bytes] of encoded.entries()) {
        const share = shareFromBytes(bytes);
        if (!share.ok) return err(share.error.code, { index });
        shares.push(share.value);
      }
      const problem = problemWithSet(shares);
      if (problem !== undefined) return { ok: false, error: problem } as const;

      const secret = await combine(
        shares.map((share) => concatBytes(share.values, Uint8Array.of(share.x))),
      );
      const key = tagKey(secret, encoded[0]?.subarray(4, VALUES_OFFSET) ?? new Uint8Array(0));
      let allFit = true;
      for (const [index, share] of shares.entries()) {
        const body = encoded[index]?.subarray(0, VALUES_OFFSET + share.values.length);
        if (body === undefined || !equalBytes(tagOf(key, body), share.tag)) allFit = false;
      }
      key.fill(0);
      if (allFit) return ok(redact(secret));
      secret.fill(0);
      return err('crypto/share-damaged');
    },
  });

  function shareFromBytes(bytes: Uint8Array): Result<Share, Failure> {
    const { least, most } = SHARED_SECRET_RANGE;
    if (bytes.length > 0 && !isSuite1(bytes)) return err('crypto/unknown-suite');
    if (bytes.length < least + SHARE_OVERHEAD || bytes.length > most + SHARE_OVERHEAD) {
      return err('crypto/share-malformed');
    }
    const end = bytes.length - CHECKSUM_LENGTH;
    if (!equalBytes(checksum(bytes.subarray(0, end)), bytes.subarray(end))) {
      return err('crypto/share-malformed');
    }
    const [, threshold = 0, shareCount = 0, x = 0] = bytes;
    if (threshold < 2 || threshold > shareCount || x === 0) return err('crypto/share-malformed');
    return ok({
      threshold,
      shareCount,
      x,
      setId: bytes.subarray(4, VALUES_OFFSET),
      values: bytes.subarray(VALUES_OFFSET, end - TAG_LENGTH),
      tag: bytes.subarray(end - TAG_LENGTH, end),
    });
  }

  /** Finds accidental damage in one share, before the others are at hand. */
  function checksum(bytes: Uint8Array): Uint8Array {
    return symmetric.sha3(CHECKSUM_LABEL, bytes).subarray(0, CHECKSUM_LENGTH);
  }
}

function problemWithSet(shares: readonly Share[]): Failure | undefined {
  const [first] = shares;
  if (first === undefined) return { code: 'crypto/share-too-few', meta: { threshold: 2 } };
  const { threshold } = first;
  const isOneSet = shares.every(
    (share) =>
      equalBytes(share.setId, first.setId) &&
      share.threshold === threshold &&
      share.shareCount === first.shareCount &&
      share.values.length === first.values.length,
  );
  if (!isOneSet) return { code: 'crypto/share-mixed' };
  if (new Set(shares.map((share) => share.x)).size !== shares.length) {
    return { code: 'crypto/share-duplicate' };
  }
  if (shares.length < threshold) return { code: 'crypto/share-too-few', meta: { threshold } };
  return undefined;
}
