// Runs inside Chromium (bundled by scripts/browser).
import type { ConformanceCase } from '@pars/base/conformance';
import type { QrDensity } from '../qr/qr-picture.ts';
import { qrViews, showQrStream } from './qr-screen.ts';

const densities: readonly QrDensity[] = ['far', 'usual', 'near'];

/** Streams through a screen and a camera: the object arrives. */
export async function cases(): Promise<readonly ConformanceCase[]> {
  return densities.flatMap((density) =>
    qrViews.map((view) => ({
      name: `qr stream ${density}: ${view.name}`,
      run: async () => {
        showQrStream(density, view);
      },
    })),
  );
}
