import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareImages, type DiskImage, haveSamePattern, takeImage } from './disk-image.ts';

const BLOCKS = 78_921;
const STAGING = 1 + 1_024 * 5;
const windowAt = (window: number): number => STAGING + 72 * (1 + window);

test('a difference is named by region, and patterns are alike wherever in the sweep they lie', () => {
  const first = image([]);
  const one = compareImages(first, image([1 + 5 * 7, STAGING, windowAt(7), windowAt(8)]));
  assert.deepEqual(
    [one.changedBlocks, one.stripes, one.windows, one.isStagingChanged, one.isSaltPageChanged],
    [4, [7], [7, 8], true, false],
  );
  const later = compareImages(
    first,
    image([1 + 5 * 9 + 4, STAGING + 71, windowAt(20), windowAt(21)]),
  );
  assert.equal(haveSamePattern(one, later), true);
  for (const other of [
    [1 + 5 * 7, STAGING, windowAt(7), windowAt(9)],
    [1 + 5 * 7, STAGING, windowAt(7)],
    [0, 1 + 5 * 7, STAGING, windowAt(7), windowAt(8)],
  ]) {
    assert.equal(haveSamePattern(one, compareImages(first, image(other))), false);
  }
  const grown = { ...image([]), files: new Map([['new', 1]]), secret: 'other' };
  const { isSecretChanged, otherFiles } = compareImages(first, grown);
  assert.deepEqual([isSecretChanged, otherFiles], [true, ['vault', 'new']]);
});

test('an image holds every file, every block and the bytes of the container', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pars-image-'));
  try {
    const even = Uint8Array.from({ length: 8_192 }, (_, at) => at % 256);
    await writeFile(join(folder, 'vault'), even);
    await writeFile(join(folder, 'vault-secret'), 'e');
    const taken = await takeImage(folder);
    assert.deepEqual(
      [...taken.files],
      [
        ['vault', 8_192],
        ['vault-secret', 1],
      ],
    );
    assert.equal(taken.blocks.length, 2);
    assert.equal(taken.chiSquare, 0);
    await writeFile(join(folder, 'vault'), new Uint8Array(8_192));
    assert.equal((await takeImage(folder)).chiSquare, 8_192 * 255);
  } finally {
    await rm(folder, { recursive: true });
  }
});

function image(changed: readonly number[]): DiskImage {
  const blocks = Array.from({ length: BLOCKS }, () => 'same');
  for (const block of changed) blocks[block] = 'other';
  return { files: new Map([['vault', 323_260_416]]), blocks, chiSquare: 255, secret: 'same' };
}
