import type { SymmetricPrimitives } from '@pars/crypto';

/** Numbers in a solution of the puzzle: 2^5 (PIP-1002 §4). */
export const solutionLength = 32;
/** Words of an item. */
export const itemWords = 6;
/** Rounds of collisions; the last one makes two words vanish. */
export const collisionRounds = 5;

/** The instance of the puzzle that one seed and nonce give. */
export interface CollisionPuzzle {
  readonly symmetric: SymmetricPrimitives;
  /** 32 bytes. */
  readonly seed: Uint8Array;
  /** 0 to 2^32 - 1. */
  readonly nonce: number;
  /** 8 to 16. */
  readonly puzzleBits: number;
}

/**
 * Whether the numbers solve the puzzle (PIP-1002 §4): 32 different ones in the
 * one allowed order whose items vanish round by round. At most 32 hashes;
 * stops at the first that does not fit. Total.
 */
export function isCollision(puzzle: CollisionPuzzle, indices: readonly number[]): boolean {
  const limit = 2 ** (puzzle.puzzleBits + 1);
  const isListed = indices.length === solutionLength && new Set(indices).size === solutionLength;
  if (!isListed || indices.some((index) => index >= limit) || !isOrdered(indices)) return false;
  return isTree(createItemSource(puzzle), indices);
}

/** Computes items: six words of `puzzleBits` bits each, two items a hash (PIP-1002 §4). */
export interface ItemSource {
  /** Writes the items 2·block and 2·block + 1 to `target` from `offset` on: 12 words. */
  readonly writeBlock: (block: number, target: Uint16Array, offset: number) => void;
}

/** The items of a puzzle. */
export function createItemSource(puzzle: CollisionPuzzle): ItemSource {
  const { symmetric, seed, nonce, puzzleBits } = puzzle;
  const mask = 2 ** puzzleBits - 1;
  const input = new Uint8Array(seed.length + 8);
  const view = new DataView(input.buffer);
  input.set(seed);
  view.setUint32(seed.length, nonce);
  return {
    writeBlock(block, target, offset) {
      view.setUint32(seed.length + 4, block);
      const hash = symmetric.sha3(input);
      for (let word = 0; word < 2 * itemWords; word += 1) {
        const value = ((hash[2 * word] ?? 0) << 8) | (hash[2 * word + 1] ?? 0);
        target[offset + word] = value & mask;
      }
    },
  };
}

/** In every node of the tree the left half begins with the smaller number. */
function isOrdered(indices: readonly number[]): boolean {
  for (let half = 1; half < solutionLength; half *= 2) {
    for (let start = 0; start < solutionLength; start += 2 * half) {
      if ((indices[start] ?? 0) >= (indices[start + half] ?? 0)) return false;
    }
  }
  return true;
}

/** Whether the words of every node vanish as its height asks; from left to right, each node as soon as it is known. */
function isTree(source: ItemSource, indices: readonly number[]): boolean {
  const block = new Uint16Array(2 * itemWords);
  // One sum for each height that is under way.
  const sums = new Uint16Array((collisionRounds + 1) * itemWords);
  for (const [leaf, index] of indices.entries()) {
    source.writeBlock(index >>> 1, block, 0);
    const half = (index & 1) * itemWords;
    let top = countNodes(leaf) * itemWords;
    for (let word = 0; word < itemWords; word += 1) sums[top + word] = block[half + word] ?? 0;
    // The leaf ends as many nodes as there are ones at the end of its number.
    for (let round = 1, ends = leaf; (ends & 1) === 1; round += 1, ends >>>= 1) {
      top -= itemWords;
      const vanished = round === collisionRounds ? itemWords : round;
      for (let word = 0; word < itemWords; word += 1) {
        const sum = (sums[top + word] ?? 0) ^ (sums[top + itemWords + word] ?? 0);
        if (word < vanished && sum !== 0) return false;
        sums[top + word] = sum;
      }
    }
  }
  return true;
}

/** How many whole nodes stand to the left of a leaf: the ones in its number. */
function countNodes(leaf: number): number {
  let count = 0;
  for (let rest = leaf; rest > 0; rest &= rest - 1) count += 1;
  return count;
}
