import { concatBytes, equalBytes, utf8ToBytes } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';

/** Bytes of a token's secret. */
export const tokenSecretLength = 32;
/** Bytes of a token's salt. */
export const tokenSaltLength = 15;

const chainCount = 18;
const digestLength = 16;
const nodeLength = 16;
const lastStep = 255;
/** Bytes of a signature: 18 chains of 16 bytes (PIP-1002 §6). */
export const tokenSignatureLength: number = chainCount * nodeLength;

const secretLabel = utf8ToBytes('pars/1 token secret');
const chainLabel = utf8ToBytes('pars/1 token chain');
const keyLabel = utf8ToBytes('pars/1 token key');
const messageLabel = utf8ToBytes('pars/1 token message');

/** The key of a one-time secret: 4,609 hashes (PIP-1002 §6). */
export function tokenKeyOf(
  symmetric: SymmetricPrimitives,
  secret: Uint8Array,
  salt: Uint8Array,
): Uint8Array {
  const walk = createChainWalk(symmetric, salt);
  const ends = chainSecrets(symmetric, secret).map((begin, chain) =>
    walk(chain, begin, 0, lastStep),
  );
  return keyFromEnds(symmetric, salt, ends);
}

/** Signs `message` once; a second message under the same secret lets others sign more. 288 bytes. */
export function signWithToken(
  symmetric: SymmetricPrimitives,
  secret: Uint8Array,
  salt: Uint8Array,
  message: Uint8Array,
): Uint8Array {
  const key = tokenKeyOf(symmetric, secret, salt);
  const digits = digitsOf(symmetric, key, message);
  const walk = createChainWalk(symmetric, salt);
  const nodes = chainSecrets(symmetric, secret).map((begin, chain) =>
    walk(chain, begin, 0, digits[chain] ?? 0),
  );
  return concatBytes(...nodes);
}

/** Whether 288 bytes sign the message under the key: at most 4,337 hashes, half on average. Total. */
export function isTokenSignature(
  symmetric: SymmetricPrimitives,
  proof: { readonly key: Uint8Array; readonly salt: Uint8Array; readonly signature: Uint8Array },
  message: Uint8Array,
): boolean {
  const { key, salt, signature } = proof;
  if (signature.length !== tokenSignatureLength) return false;
  const digits = digitsOf(symmetric, key, message);
  const walk = createChainWalk(symmetric, salt);
  const ends = Array.from(digits, (digit, chain) => {
    const node = signature.subarray(chain * nodeLength, (chain + 1) * nodeLength);
    return walk(chain, node, digit, lastStep);
  });
  return equalBytes(keyFromEnds(symmetric, salt, ends), key);
}

/** 16 digits of the message's hash and two of their complement's sum, which can only fall when a digit rises. */
function digitsOf(
  symmetric: SymmetricPrimitives,
  key: Uint8Array,
  message: Uint8Array,
): Uint8Array {
  const digits = new Uint8Array(chainCount);
  digits.set(symmetric.sha3(messageLabel, key, message).subarray(0, digestLength));
  let sum = 0;
  for (let place = 0; place < digestLength; place += 1) sum += lastStep - (digits[place] ?? 0);
  digits.set([sum >>> 8, sum & 255], digestLength);
  return digits;
}

function chainSecrets(symmetric: SymmetricPrimitives, secret: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: chainCount }, (_, chain) =>
    symmetric.sha3(secretLabel, secret, Uint8Array.of(chain)).subarray(0, nodeLength),
  );
}

function keyFromEnds(
  symmetric: SymmetricPrimitives,
  salt: Uint8Array,
  ends: readonly Uint8Array[],
): Uint8Array {
  return symmetric.sha3(keyLabel, salt, ...ends);
}

type ChainWalk = (chain: number, node: Uint8Array, from: number, to: number) => Uint8Array;

/** Goes along chains; every step has its own input: salt, chain and step. */
function createChainWalk(symmetric: SymmetricPrimitives, salt: Uint8Array): ChainWalk {
  const prefixLength = chainLabel.length + salt.length;
  const input = concatBytes(chainLabel, salt, new Uint8Array(2 + nodeLength));
  return (chain, node, from, to) => {
    input[prefixLength] = chain;
    input.set(node, prefixLength + 2);
    for (let step = from; step < to; step += 1) {
      input[prefixLength + 1] = step;
      input.set(symmetric.sha3(input).subarray(0, nodeLength), prefixLength + 2);
    }
    return input.slice(prefixLength + 2);
  };
}
