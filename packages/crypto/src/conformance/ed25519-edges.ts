import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@pars/base';
import type { CryptoProvider } from '../provider/crypto-provider.ts';
import { expect } from './expectations.ts';
import type { ProviderCheck } from './known-answers.ts';
import { createVectorRandom } from './seeded-random.ts';

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;
const FIELD_PRIME = 2n ** 255n - 19n;

interface Question {
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly isValid: boolean;
}

async function accepts({ ed25519: scheme }: CryptoProvider, question: Question): Promise<boolean> {
  const verifier = await scheme.verifierFromBytes(question.key);
  if (verifier === undefined) return false;
  return await scheme.verify(verifier, question.message, question.signature);
}

const random = createVectorRandom('ed25519 edges');
const torsionPoints = ED25519_TORSION_SUBGROUP.map((point) => Point.fromHex(point));

/** A point of order 8. */
const ORDER_8 = Point.fromHex(ED25519_TORSION_SUBGROUP[1] ?? '');

const EDGES: Readonly<Record<string, () => readonly Question[]>> = {
  'keys with a small-order part hold only where the part cancels': () =>
    torsionPoints.flatMap((keyPart) =>
      Array.from({ length: 4 }, () => forge({ keyPart, noncePart: Point.ZERO })),
    ),
  'an R with a small-order part is not the computed R': () =>
    torsionPoints.map((noncePart) => forge({ keyPart: Point.ZERO, noncePart })),
  'keys of small order are refused': () =>
    torsionPoints.map((keyPart) => forge({ keyPart, noncePart: Point.ZERO, keyScalar: 0n })),
  'an R of small order is refused, also where it is the computed R': () =>
    torsionPoints.flatMap((noncePart) => [
      forge({ keyPart: Point.ZERO, noncePart, nonceScalar: 0n }),
      // One in eight of these is the computed R.
      ...Array.from({ length: 16 }, () => forge({ keyPart: ORDER_8, noncePart, nonceScalar: 0n })),
    ]),
  'S plus the group order is refused': () => {
    const { signature, ...question } = forge({ keyPart: Point.ZERO, noncePart: Point.ZERO });
    const scalar = bytesToNumberLE(signature.subarray(32)) + ORDER;
    const larger = concatBytes(signature.subarray(0, 32), numberToBytesLE(scalar, 32));
    return [{ ...question, signature: larger, isValid: false }];
  },
  'keys in a non-canonical form are refused': () =>
    // y and y + p name the same point; below 2^255 only y < 19 has two forms.
    [0n, 1n, 3n, 4n, 5n, 6n, 9n, 10n].map((y) => ({
      ...forge({ keyPart: Point.ZERO, noncePart: Point.ZERO }),
      key: numberToBytesLE(y + FIELD_PRIME, 32),
      isValid: false,
    })),
};

/**
 * A signature that holds in the cofactored equation always, and in the
 * cofactorless one when the small-order parts cancel.
 */
function forge(parts: {
  readonly keyPart: InstanceType<typeof Point>;
  readonly noncePart: InstanceType<typeof Point>;
  readonly keyScalar?: bigint;
  readonly nonceScalar?: bigint;
}): Question {
  const { keyPart, noncePart, keyScalar = randomScalar(), nonceScalar = randomScalar() } = parts;
  const key = Point.BASE.multiplyUnsafe(keyScalar).add(keyPart).toBytes();
  const encodedR = Point.BASE.multiplyUnsafe(nonceScalar).add(noncePart).toBytes();
  const message = random.bytes(20);
  const challenge = bytesToNumberLE(sha512(concatBytes(encodedR, key, message))) % ORDER;
  const scalar = (nonceScalar + challenge * keyScalar) % ORDER;
  const cancels = noncePart.equals(keyPart.multiplyUnsafe(challenge % 8n).negate());
  return {
    key,
    message,
    signature: concatBytes(encodedR, numberToBytesLE(scalar, 32)),
    isValid: cancels && keyScalar !== 0n && nonceScalar !== 0n,
  };
}

function randomScalar(): bigint {
  return bytesToNumberLE(random.bytes(64)) % ORDER;
}

/**
 * Keys and signatures on which Ed25519 implementations are known to differ.
 * The provider must give the one answer of PIP-2000 §2: keys of small order or
 * in a non-canonical form are refused, the equation has no cofactor, R is
 * compared byte by byte and not of small order, and S is below the group order.
 */
export const ED25519_EDGES: readonly ProviderCheck[] = Object.entries(EDGES).map(
  ([name, questions]) => ({
    name: `ed25519: ${name}`,
    async run(provider) {
      for (const [index, question] of questions().entries()) {
        const accepted = await accepts(provider, question);
        const wanted = question.isValid ? 'a valid' : 'an invalid';
        expect(accepted === question.isValid, `question ${index} is ${wanted} signature`);
      }
    },
  }),
);
