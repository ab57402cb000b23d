import { shake256 } from '@noble/hashes/sha3.js';
import { type Random, utf8ToBytes } from '@pars/base';

/** SHAKE256(seed) as a source of randomness: the one our frozen vectors were made with. */
export function createVectorRandom(seed: string): Random {
  const stream = shake256.create({}).update(utf8ToBytes(seed));
  return { bytes: (length) => stream.xof(length) };
}
