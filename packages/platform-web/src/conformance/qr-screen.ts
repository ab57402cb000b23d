// Runs inside Chromium: codes are drawn on a canvas, and read from its pixels.
import { unwrap } from '@pars/base';
import { check } from '@pars/base/conformance';
import { createJavaScriptProvider } from '@pars/crypto';
import { createQrReceiver, createQrSender, qrSymbolLength } from '@pars/mesh';
import {
  pixelsFromQrPicture,
  type QrDensity,
  qrPictureFromText,
  qrProfiles,
} from '../qr/qr-picture.ts';
import { readQrPixels } from '../qr/qr-reader.ts';
import { systemRandom } from '../system-random.ts';

const { symmetric } = createJavaScriptProvider({ random: systemRandom });
const width = 960;
const height = 720;

/** How the camera sees the screen. */
export interface QrView {
  readonly name: string;
  /** Part of the picture's height that the code fills. */
  readonly part: number;
  readonly degrees: number;
  readonly blurPx: number;
  /** Added to each pixel: up to this much, up or down. */
  readonly noise: number;
  /** Every so manieth picture shows two frames at once, as a camera does between two. */
  readonly torn: boolean;
}

/** From the best to the worst. */
export const qrViews: readonly QrView[] = [
  { name: 'straight', part: 0.9, degrees: 0, blurPx: 0, noise: 0, torn: false },
  { name: 'turned and blurred', part: 0.75, degrees: 12, blurPx: 1, noise: 25, torn: false },
  { name: 'upside down', part: 0.85, degrees: 183, blurPx: 0.6, noise: 15, torn: false },
  { name: 'torn pictures', part: 0.85, degrees: 2, blurPx: 0.6, noise: 15, torn: true },
];

/** What a stream took. */
export interface QrShowing {
  readonly pictures: number;
  readonly sourceCount: number;
  /** Of the object, at 12 pictures a second. */
  readonly kilobytesPerSecond: number;
  /** To find and read the code in one picture. */
  readonly readMs: number;
}

/** Shows 12,000 bytes to a camera that comes in late; throws unless they arrive in reasonable time. */
export function showQrStream(density: QrDensity, view: QrView): QrShowing {
  const object = systemRandom.bytes(12_000);
  const symbolLength = qrSymbolLength(qrProfiles[density].letters);
  const sender = unwrap(createQrSender(symmetric, 'bundle', object, symbolLength));
  const receiver = createQrReceiver(symmetric);
  const camera = createCamera(view);
  const { sourceCount } = sender;
  let readMs = 0;
  for (let pictures = 1; pictures <= 2 * sourceCount + 10; pictures += 1) {
    const pixels = camera.see(drawn(sender.frame(pictures + 2), density));
    const beganMs = performance.now();
    const text = readQrPixels(pixels);
    readMs += performance.now() - beganMs;
    const added = text === undefined ? undefined : receiver.add(text);
    if (added?.ok !== true || added.value.state !== 'done') continue;
    check(isSame(added.value.object, object), 'the object arrives as it was');
    const kilobytesPerSecond = (12 * object.length) / pictures / 1_000;
    return { pictures, sourceCount, kilobytesPerSecond, readMs: readMs / pictures };
  }
  check(false, 'the object arrives');
  throw new Error('unreachable');
}

function drawn(text: string, density: QrDensity): OffscreenCanvas {
  const { data, height: size } = pixelsFromQrPicture(qrPictureFromText(text, density), 4);
  const canvas = new OffscreenCanvas(size, size);
  contextOf(canvas).putImageData(new ImageData(data, size, size), 0, 0);
  return canvas;
}

function createCamera(view: QrView): { see(screen: OffscreenCanvas): ImageData } {
  const canvas = new OffscreenCanvas(width, height);
  const context = contextOf(canvas);
  let previous: OffscreenCanvas | undefined;
  let seen = 0;

  function take(screen: OffscreenCanvas): void {
    const side = height * view.part;
    context.save();
    context.filter = view.blurPx === 0 ? 'none' : `blur(${view.blurPx}px)`;
    context.translate(width / 2, height / 2);
    context.rotate((view.degrees * Math.PI) / 180);
    context.drawImage(screen, -side / 2, -side / 2, side, side);
    context.restore();
  }

  return {
    see(screen) {
      seen += 1;
      context.fillStyle = '#999';
      context.fillRect(0, 0, width, height);
      take(screen);
      if (view.torn && previous !== undefined && seen % 3 === 0) {
        context.save();
        context.beginPath();
        context.rect(0, 0, width, height / 2);
        context.clip();
        take(previous);
        context.restore();
      }
      previous = screen;
      const pixels = context.getImageData(0, 0, width, height);
      if (view.noise > 0) addNoise(pixels.data, view.noise);
      return pixels;
    },
  };
}

function addNoise(data: Uint8ClampedArray, most: number): void {
  let bytes = systemRandom.bytes(65_536);
  for (let at = 0; at < data.length; at += 4) {
    const byte = bytes[(at / 4) % bytes.length] ?? 0;
    if ((at / 4) % bytes.length === 0) bytes = systemRandom.bytes(65_536);
    const added = ((byte - 128) * most) / 128;
    for (let color = at; color < at + 3; color += 1) data[color] = (data[color] ?? 0) + added;
  }
}

function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('no canvas');
  return context;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
