import {
  type CollisionPuzzle,
  collisionRounds,
  createItemSource,
  itemWords,
  solutionLength,
} from './collision-puzzle.ts';

const hashesPerTurn = 1_024;

/**
 * All solutions of one puzzle, two on average, by Wagner's algorithm: sorts
 * 2^(puzzleBits + 1) items once a round. At `puzzleBits` 16 it takes 65,536
 * hashes and about 12 MB. Calls `pause` every 1,024 hashes and between rounds,
 * so that the thread serves others.
 */
export async function solveCollisions(
  puzzle: CollisionPuzzle,
  pause: () => Promise<void>,
): Promise<readonly (readonly number[])[]> {
  const itemCount = 2 ** (puzzle.puzzleBits + 1);
  // A round makes as many rows as it takes, on average; more than this are dropped.
  const maxRows = itemCount + itemCount / 8;
  let rows = new Uint16Array(maxRows * itemWords);
  let nextRows = new Uint16Array(maxRows * itemWords);
  let rowCount = itemCount;
  const rounds: PairTable[] = [];

  const source = createItemSource(puzzle);
  for (let block = 0; block < itemCount / 2; block += 1) {
    source.writeBlock(block, rows, block * 2 * itemWords);
    if (block % hashesPerTurn === hashesPerTurn - 1) await pause();
  }
  for (let round = 0; round < collisionRounds - 1; round += 1) {
    const order = sortByWord(rows, rowCount, round, puzzle.puzzleBits);
    const pairs = createPairTable(maxRows);
    forEachPair(rows, order, round, (left, right) => {
      if (pairs.count === maxRows) return false;
      let remains = 0;
      for (let word = round + 1; word < itemWords; word += 1) {
        const sum = (rows[left * itemWords + word] ?? 0) ^ (rows[right * itemWords + word] ?? 0);
        nextRows[pairs.count * itemWords + word] = sum;
        remains |= sum;
      }
      // A sum that is zero too early has used the same items twice.
      if (remains !== 0) pairs.add(left, right);
      return true;
    });
    rounds.push(pairs);
    rowCount = pairs.count;
    [rows, nextRows] = [nextRows, rows];
    await pause();
  }
  return lastRound(rows, rowCount, puzzle.puzzleBits, rounds);
}

/** In the last round the two remaining words vanish at once. */
function lastRound(
  rows: Uint16Array,
  rowCount: number,
  puzzleBits: number,
  rounds: readonly PairTable[],
): readonly (readonly number[])[] {
  const word = collisionRounds - 1;
  const solutions: (readonly number[])[] = [];
  const order = sortByWord(rows, rowCount, word, puzzleBits);
  forEachPair(rows, order, word, (left, right) => {
    if (rows[left * itemWords + word + 1] === rows[right * itemWords + word + 1]) {
      const halves = [left, right].map((row) => leavesOf(rounds, rounds.length - 1, row));
      const solution = inOrder(halves[0] ?? [], halves[1] ?? []);
      if (new Set(solution).size === solutionLength) solutions.push(solution);
    }
    return true;
  });
  return solutions;
}

/** Which two rows of the round before each row came from. */
interface PairTable {
  count: number;
  readonly left: Uint32Array;
  readonly right: Uint32Array;
  add(left: number, right: number): void;
}

function createPairTable(maxRows: number): PairTable {
  const left = new Uint32Array(maxRows);
  const right = new Uint32Array(maxRows);
  return {
    count: 0,
    left,
    right,
    add(leftRow, rightRow) {
      left[this.count] = leftRow;
      right[this.count] = rightRow;
      this.count += 1;
    },
  };
}

/** The rows by the value of one word: a counting sort. */
function sortByWord(
  rows: Uint16Array,
  rowCount: number,
  word: number,
  puzzleBits: number,
): Uint32Array {
  const ends = new Uint32Array(2 ** puzzleBits + 1);
  for (let row = 0; row < rowCount; row += 1) {
    const value = rows[row * itemWords + word] ?? 0;
    ends[value + 1] = (ends[value + 1] ?? 0) + 1;
  }
  for (let value = 1; value < ends.length; value += 1) {
    ends[value] = (ends[value] ?? 0) + (ends[value - 1] ?? 0);
  }
  const order = new Uint32Array(rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    const value = rows[row * itemWords + word] ?? 0;
    const place = ends[value] ?? 0;
    order[place] = row;
    ends[value] = place + 1;
  }
  return order;
}

/** Every two rows that agree in the word, until `visit` says no. */
function forEachPair(
  rows: Uint16Array,
  order: Uint32Array,
  word: number,
  visit: (left: number, right: number) => boolean,
): void {
  for (let first = 0; first < order.length; first += 1) {
    const left = order[first] ?? 0;
    const value = rows[left * itemWords + word];
    for (let second = first + 1; second < order.length; second += 1) {
      const right = order[second] ?? 0;
      if (rows[right * itemWords + word] !== value) break;
      if (!visit(left, right)) return;
    }
  }
}

/** The items behind a row, in the one allowed order. */
function leavesOf(rounds: readonly PairTable[], round: number, row: number): readonly number[] {
  const pairs = rounds[round];
  if (pairs === undefined) return [row];
  const left = leavesOf(rounds, round - 1, pairs.left[row] ?? 0);
  return inOrder(left, leavesOf(rounds, round - 1, pairs.right[row] ?? 0));
}

function inOrder(left: readonly number[], right: readonly number[]): readonly number[] {
  return (left[0] ?? 0) < (right[0] ?? 0) ? [...left, ...right] : [...right, ...left];
}
