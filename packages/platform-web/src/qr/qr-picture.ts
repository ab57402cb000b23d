import { ParsError } from '@pars/base';
import { encodeQR } from 'qr';

/** How dense the codes of a stream are; both ends need not agree. */
export type QrDensity = 'far' | 'usual' | 'near';

/** What fits into one code. */
export interface QrProfile {
  /** Of QR, 1 to 40: 4 · version + 17 modules a side. */
  readonly version: number;
  /** Letters of a frame at most. */
  readonly letters: number;
}

/**
 * Measured with blur, noise, tilt and perspective in pictures of 960 × 720
 * (PIP-1007 §12): version 25 reads in all of them when it fills most of the
 * picture, version 20 from further away, version 10 from across a table.
 * Correction level M: it is what a finger or a reflection costs.
 */
export const qrProfiles: Readonly<Record<QrDensity, QrProfile>> = {
  far: { version: 10, letters: 311 },
  usual: { version: 20, letters: 970 },
  near: { version: 25, letters: 1_451 },
};

/** The modules of a code with its quiet border of four. */
export interface QrPicture {
  /** Modules a side, border included. */
  readonly size: number;
  isDark(x: number, y: number): boolean;
}

/** The code of one frame of a stream; throws `base/argument` for letters that do not fit. */
export function qrPictureFromText(text: string, density: QrDensity): QrPicture {
  const { letters, version } = qrProfiles[density];
  if (text.length === 0 || text.length > letters || !alphanumeric.test(text)) {
    throw new ParsError('base/argument', { what: 'qrText' });
  }
  const options = { version, ecc: 'medium', encoding: 'alphanumeric', border } as const;
  const rows = encodeQR(text, 'raw', options);
  return { size: rows.length, isDark: (x, y) => rows[y]?.[x] === true };
}

/** The picture as RGBA, `scale` pixels a module: for `putImageData`. */
export function pixelsFromQrPicture(
  { isDark, size }: QrPicture,
  scale: number,
): {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
} {
  const width = size * scale;
  const data = new Uint8ClampedArray(4 * width * width).fill(255);
  for (let y = 0; y < width; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (isDark(Math.floor(x / scale), Math.floor(y / scale)))
        data.fill(0, 4 * (y * width + x), 4 * (y * width + x) + 3);
    }
  }
  return { width, height: width, data };
}

/** The picture as a path of an SVG with `viewBox="0 0 size size"`: dark on what lies below. */
export function svgPathFromQrPicture({ isDark, size }: QrPicture): string {
  let path = '';
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      if (!isDark(x, y)) continue;
      const start = x;
      while (isDark(x + 1, y)) x += 1;
      path += `M${start} ${y}h${x + 1 - start}v1h-${x + 1 - start}z`;
    }
  }
  return path;
}

const border = 4;
const alphanumeric = /^[0-9A-Z $%*+\-./:]+$/;
