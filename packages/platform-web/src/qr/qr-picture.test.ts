import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSimulationRandom } from '@pars/base/fakes';
import * as fc from 'fast-check';
import {
  pixelsFromQrPicture,
  type QrDensity,
  qrPictureFromText,
  qrProfiles,
  svgPathFromQrPicture,
} from './qr-picture.ts';
import { readQrPixels } from './qr-reader.ts';

const random = createSimulationRandom('qr picture');
const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const textOf = (length: number) => Array.from({ length }, () => letters[random.below(45)]).join('');
const densities: readonly QrDensity[] = ['far', 'usual', 'near'];

describe('pictures of QR codes', () => {
  for (const density of densities) {
    test(`${density}: hold what the profile says and no letter more, and read back`, () => {
      const { letters: most, version } = qrProfiles[density];
      for (const length of [1, most]) {
        const text = textOf(length);
        const picture = qrPictureFromText(text, density);
        assert.equal(picture.size, 4 * version + 17 + 8);
        assert.equal(readQrPixels(pixelsFromQrPicture(picture, 3), 1_000), text);
      }
      assert.throws(() => qrPictureFromText(textOf(most + 1), density), { code: 'base/argument' });
    });
  }

  test('take no letters that other readers would change', () => {
    for (const text of ['', 'a', 'é', '\n', '#']) {
      assert.throws(() => qrPictureFromText(text, 'far'), { code: 'base/argument' });
    }
  });

  test('have a border, and a path that covers their dark modules', () => {
    const picture = qrPictureFromText('PARS', 'far');
    const { isDark, size } = picture;
    let dark = 0;
    for (let y = 0; y < size; y += 1) {
      for (let x = 0; x < size; x += 1) {
        if (!isDark(x, y)) continue;
        dark += 1;
        assert.ok(Math.min(x, y, size - 1 - x, size - 1 - y) >= 4);
      }
    }
    const covered = [...svgPathFromQrPicture(picture).matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)];
    assert.equal(
      covered.reduce((sum, [, , , width]) => sum + Number(width), 0),
      dark,
    );
  });
});

test('reads nothing into pictures without a code, and never throws', () => {
  assert.equal(readQrPixels({ width: 2, height: 2, data: new Uint8Array(3) }), undefined);
  assert.equal(readQrPixels({ width: 0, height: 0, data: new Uint8Array(0) }), undefined);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 90 }),
      (width, height) => {
        const data = random.bytes(4 * width * height);
        assert.equal(readQrPixels({ width, height, data }), undefined);
      },
    ),
    { numRuns: 40 },
  );
});
