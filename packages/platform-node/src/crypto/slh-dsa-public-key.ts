import { Worker } from 'node:worker_threads';

/**
 * The public key (64 bytes) of an SLH-DSA-SHAKE-256s seed (96 bytes). OpenSSL
 * cannot start from a seed, so the JavaScript provider computes the hypertree's
 * root: about two seconds of hashing, in a thread of its own.
 */
export function computeSlhDsaPublicKey(seed: Uint8Array): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  // Moved, not copied: the thread's array is then the only one besides the caller's.
  const moved = Uint8Array.from(seed);
  const worker = new Worker(threadFile, {
    workerData: moved,
    transferList: [moved.buffer],
  });
  worker.once('message', (publicKey: Uint8Array) => resolve(publicKey));
  worker.once('error', reject);
  worker.once('exit', () => reject(new Error('the hashing thread ended early')));
  return promise;
}

/** Sources run as TypeScript, builds as JavaScript. */
const threadFile: URL = import.meta.url.endsWith('.ts')
  ? new URL('./slh-dsa-public-key-worker.ts', import.meta.url)
  : new URL('./slh-dsa-public-key-worker.js', import.meta.url);
