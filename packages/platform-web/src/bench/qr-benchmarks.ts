// Runs inside Chromium (bundled by scripts/browser).
import type { Benchmark } from '@pars/base/bench';
import { qrViews, showQrStream } from '../conformance/qr-screen.ts';
import type { QrDensity } from '../qr/qr-picture.ts';

const densities: readonly QrDensity[] = ['far', 'usual', 'near'];

/** What a stream carries at 12 pictures a second, and what reading a picture costs (PIP-1007 §12). */
export async function benchmarks(): Promise<readonly Benchmark[]> {
  return densities.flatMap((density) =>
    qrViews.map((view): Benchmark => {
      const name = `qr/${density}/${view.name.replaceAll(' ', '-')}`;
      return {
        name,
        run: async () => {
          const { kilobytesPerSecond, pictures, readMs, sourceCount } = showQrStream(density, view);
          return [
            { name: `${name}/rate`, value: kilobytesPerSecond, unit: 'kB/s' },
            { name: `${name}/pictures`, value: pictures / sourceCount, unit: 'x' },
            { name: `${name}/reading`, value: readMs, unit: 'ms' },
          ];
        },
      };
    }),
  );
}
