import type { SymmetricPrimitives } from '@pars/crypto';
import { label } from './link-keys.ts';
import { answerLength } from './link-wire.ts';

/** The hardest puzzle a responder may set, in leading zero bits (PIP-1000 §5). */
export const maxDifficulty = 16;

const puzzleLabel = label('pars/1 link puzzle');
const attemptsPerTurn = 1_024;

/** Whether SHA3-256(label ‖ cookie ‖ answer) begins with `difficulty` zero bits. */
export function isPuzzleSolved(
  symmetric: SymmetricPrimitives,
  cookie: Uint8Array,
  difficulty: number,
  answer: Uint8Array,
): boolean {
  return countLeadingZeroBits(symmetric.sha3(puzzleLabel, cookie, answer)) >= difficulty;
}

/**
 * Finds an answer: about 2^difficulty hashes. Calls `pause` every 1,024
 * attempts so that the thread serves others in between.
 */
export async function solvePuzzle(
  symmetric: SymmetricPrimitives,
  cookie: Uint8Array,
  difficulty: number,
  pause: () => Promise<void>,
): Promise<Uint8Array> {
  const answer = new Uint8Array(answerLength);
  const counter = new DataView(answer.buffer);
  for (let attempt = 0; ; attempt += 1) {
    counter.setUint32(answerLength - 4, attempt);
    if (isPuzzleSolved(symmetric, cookie, difficulty, answer)) return answer;
    if (attempt % attemptsPerTurn === attemptsPerTurn - 1) await pause();
  }
}

function countLeadingZeroBits(bytes: Uint8Array): number {
  let zeroBits = 0;
  for (const byte of bytes) {
    if (byte !== 0) return zeroBits + Math.clz32(byte) - 24;
    zeroBits += 8;
  }
  return zeroBits;
}
