import { decodeQR } from 'qr/decode.js';

/** Pixels as a canvas gives them: RGBA. */
export interface QrPixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray | Uint8Array;
}

/** Pictures beyond it are not looked at: a camera's picture is scaled down first. */
const maxPixels = 16_777_216;

/**
 * What the QR code in the picture says, or `undefined` when none is found: take
 * the next picture. Any code, not only ours. It takes 5 to 75 ms for 960 × 720
 * pixels; `timeLimitMs` bounds its second tries.
 */
export function readQrPixels(pixels: QrPixels, timeLimitMs = 16): string | undefined {
  const { data, height, width } = pixels;
  const isPicture =
    width >= 1 && height >= 1 && width * height <= maxPixels && data.length === 4 * width * height;
  if (!isPicture) return undefined;
  try {
    return decodeQR({ width, height, data }, { format: 'RGBA', timeLimit: timeLimitMs });
  } catch {
    // It throws for every picture without a code, which most are.
    return undefined;
  }
}
