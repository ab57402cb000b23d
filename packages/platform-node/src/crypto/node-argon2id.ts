import { argon2 } from 'node:crypto';
import type { Argon2idParameters } from '@pars/crypto/provider';
import { plainBytes } from './byte-length.ts';

/** Argon2id of OpenSSL (RFC 9106), on the thread pool. */
export function nodeArgon2id(
  password: Uint8Array,
  salt: Uint8Array,
  parameters: Argon2idParameters,
): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  argon2(
    'argon2id',
    {
      message: password,
      nonce: salt,
      memory: parameters.memoryKiB,
      passes: parameters.passes,
      parallelism: parameters.lanes,
      tagLength: parameters.tagLength,
    },
    (error, tag) => {
      if (error === null) resolve(plainBytes(tag));
      else reject(error);
    },
  );
  return promise;
}
