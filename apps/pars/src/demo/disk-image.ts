import { createHash } from 'node:crypto';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of a block: every region of a container begins at a multiple of it (PIP-3000 §2). */
const BLOCK_BYTES = 4_096;
const STRIPE_BLOCKS = 5;
const WINDOW_BLOCKS = 72;
/** Windows of tier S. */
const WINDOWS = 1_024;

/** What somebody has who copied the disk: all of it, as far as a comparison needs it. */
export interface DiskImage {
  /** Every file of the data folder with its size, by name. */
  readonly files: ReadonlyMap<string, number>;
  /** A digest of every block of the container. */
  readonly blocks: readonly string[];
  /** Chi-square of the container's bytes against equal frequencies; 255 degrees of freedom. */
  readonly chiSquare: number;
  /** A digest of the file in which E lies. */
  readonly secret: string;
}

/** Reads a whole data folder, as an examiner would. */
export async function takeImage(folder: string): Promise<DiskImage> {
  const files = new Map<string, number>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(folder.length + 1), (await stat(path)).size);
  }
  const { blocks, chiSquare } = await readContainer(join(folder, 'vault'));
  const secret = digest(await readFile(join(folder, 'vault-secret')));
  return {
    files: new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    blocks,
    chiSquare,
    secret,
  };
}

/** Where two images of a container differ. */
export interface ImageDifference {
  readonly changedBlocks: number;
  readonly isSaltPageChanged: boolean;
  readonly isStagingChanged: boolean;
  /** Stripes with a change, by number. */
  readonly stripes: readonly number[];
  /** Windows with a change, by number. */
  readonly windows: readonly number[];
  /** Windows of which every block changed. */
  readonly wholeWindows: number;
  readonly isSecretChanged: boolean;
  /** Files that are new or gone. */
  readonly otherFiles: readonly string[];
  /** Files that have another size. */
  readonly otherSizes: readonly string[];
}

/** Compares two images of one data folder. */
export function compareImages(before: DiskImage, after: DiskImage): ImageDifference {
  const stripes = new Set<number>();
  const blocksByWindow = new Map<number, number>();
  let changedBlocks = 0;
  let isSaltPageChanged = false;
  let isStagingChanged = false;
  const stagingAt = 1 + WINDOWS * STRIPE_BLOCKS;
  const windowsAt = stagingAt + WINDOW_BLOCKS;
  for (const [block, value] of after.blocks.entries()) {
    if (value === before.blocks[block]) continue;
    changedBlocks += 1;
    if (block === 0) isSaltPageChanged = true;
    else if (block < stagingAt) stripes.add(Math.floor((block - 1) / STRIPE_BLOCKS));
    else if (block < windowsAt) isStagingChanged = true;
    else {
      const window = Math.floor((block - windowsAt) / WINDOW_BLOCKS);
      blocksByWindow.set(window, (blocksByWindow.get(window) ?? 0) + 1);
    }
  }
  const names = new Set([...before.files.keys(), ...after.files.keys()]);
  const otherFiles = [...names].filter(
    (name) => !(before.files.has(name) && after.files.has(name)),
  );
  const otherSizes = [...names].filter((name) => before.files.get(name) !== after.files.get(name));
  return {
    changedBlocks,
    isSaltPageChanged,
    isStagingChanged,
    stripes: [...stripes].toSorted((a, b) => a - b),
    windows: [...blocksByWindow.keys()].toSorted((a, b) => a - b),
    wholeWindows: [...blocksByWindow.values()].filter((count) => count === WINDOW_BLOCKS).length,
    isSecretChanged: before.secret !== after.secret,
    otherFiles,
    otherSizes: otherSizes.filter((name) => !otherFiles.includes(name)),
  };
}

/** Whether two differences look alike: as many of each, one after another in the sweep. */
export function haveSamePattern(one: ImageDifference, other: ImageDifference): boolean {
  return patternOf(one) === patternOf(other);
}

function patternOf(difference: ImageDifference): string {
  const { isSaltPageChanged, isStagingChanged, stripes, windows, wholeWindows } = difference;
  const { changedBlocks, otherFiles, otherSizes } = difference;
  return JSON.stringify([
    changedBlocks,
    isSaltPageChanged,
    isStagingChanged,
    stepsOf(stripes),
    stepsOf(windows),
    wholeWindows,
    otherFiles,
    otherSizes,
  ]);
}

/** From each to the next, so that the place in the sweep does not matter. */
function stepsOf(numbers: readonly number[]): readonly number[] {
  return numbers.slice(1).map((number, at) => number - (numbers[at] ?? 0));
}

async function readContainer(path: string): Promise<Pick<DiskImage, 'blocks' | 'chiSquare'>> {
  await using file = await open(path, 'r');
  const blocks: string[] = [];
  const counts = new Uint32Array(256);
  const piece = new Uint8Array(512 * BLOCK_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(piece, 0, piece.length, null);
    if (bytesRead === 0) break;
    for (let at = 0; at < bytesRead; at += 1) {
      const byte = piece[at] ?? 0;
      counts[byte] = (counts[byte] ?? 0) + 1;
    }
    for (let at = 0; at < bytesRead; at += BLOCK_BYTES) {
      blocks.push(digest(piece.subarray(at, Math.min(at + BLOCK_BYTES, bytesRead))));
    }
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const expected = total / 256;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  return { blocks, chiSquare };
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
}
