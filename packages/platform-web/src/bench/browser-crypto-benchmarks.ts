// Runs inside Chromium (bundled by scripts/browser).
import type { Benchmark } from '@pars/base/bench';
import { cryptoBenchmarks } from '@pars/crypto/bench';
import { createBrowserCryptoProvider } from '../crypto/browser-crypto-provider.ts';
import { systemRandom } from '../system-random.ts';

/** Suite 1 over what this realm gets: WebCrypto in a secure context, JavaScript in an insecure one. */
export async function benchmarks(): Promise<readonly Benchmark[]> {
  const provider = await createBrowserCryptoProvider({ random: systemRandom });
  return cryptoBenchmarks(`chromium-${provider.name}`, () => provider);
}
