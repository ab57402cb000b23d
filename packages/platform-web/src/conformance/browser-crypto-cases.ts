// Runs inside Chromium (bundled by scripts/browser), in a page or in a worker.
import type { ConformanceCase } from '@pars/base/conformance';
import {
  differentialConformance,
  providerConformance,
  type SuiteVectors,
  suiteConformance,
  suiteVectorCases,
  WYCHEPROOF_FILES,
  wycheproofCases,
  xWingCases,
} from '@pars/crypto/conformance';
import { type CryptoProvider, createJavaScriptProvider } from '@pars/crypto/provider';
import {
  createBrowserCryptoProvider,
  findNativePrimitives,
  type NativePrimitives,
} from '../crypto/browser-crypto-provider.ts';
import { findWebSubtle } from '../crypto/web-subtle.ts';
import { systemRandom } from '../system-random.ts';

/** Every vector and conformance case of the provider that this realm gets, and of the suite over it. */
export async function cases(): Promise<readonly ConformanceCase[]> {
  const provider = await createBrowserCryptoProvider({ random: systemRandom });
  const own = [
    providerFitsRealm(provider),
    ...(await vectorCases(provider)),
    ...providerConformance(() => provider),
    ...suiteConformance(() => provider),
    ...suiteVectorCases(await frozenVectors(), () => provider),
  ];
  if (provider.name === 'js') return own;
  const javaScript = createJavaScriptProvider({ random: systemRandom });
  const compared = differentialConformance(
    () => provider,
    () => javaScript,
  );
  return [...own.map(sparedOfRepetition), ...compared.filter(({ name }) => !isSlhDsa(name))];
}

/** JavaScript in every browser: comparing it with itself would take seconds and say nothing. */
function isSlhDsa(name: string): boolean {
  return name.startsWith('slh-dsa-shake-256s');
}

/** Signing takes ten seconds, and the insecure page runs the same code. */
function sparedOfRepetition(subject: ConformanceCase): ConformanceCase {
  return isSlhDsa(subject.name) && subject.name.includes('signs')
    ? { ...subject, skip: 'JavaScript here too: run once, in the insecure page' }
    : subject;
}

/** Without this, a probe that wrongly says no would leave the JavaScript provider to pass every case. */
function providerFitsRealm(provider: CryptoProvider): ConformanceCase {
  const isSecure = globalThis.isSecureContext;
  return {
    name: isSecure
      ? 'a secure context gets native primitives'
      : 'an insecure context gets JavaScript',
    async run() {
      const subtle = findWebSubtle();
      const javaScript = createJavaScriptProvider({ random: systemRandom });
      const native = subtle === undefined ? {} : await findNativePrimitives(subtle, javaScript);
      const found = Object.keys(native);
      const missing = isSecure ? requiredHere().filter((name) => !found.includes(name)) : [];
      if (missing.length > 0) throw new Error(`not native: ${missing.join(', ')}`);
      if (!isSecure && found.length > 0) throw new Error(`native: ${found.join(', ')}`);
      const name = isSecure ? 'webcrypto' : 'js';
      if (provider.name !== name) throw new Error(`got ${provider.name}`);
    },
  };
}

/** What this Chromium must have: the post-quantum primitives and ChaCha20 are there since version 156 at the latest. */
function requiredHere(): readonly (keyof NativePrimitives)[] {
  const version = Number(/Chrome\/(\d+)/.exec(navigator.userAgent)?.[1] ?? 0);
  return version < 156
    ? ['aes256Gcm']
    : ['aes256Gcm', 'ed25519', 'mlDsa87', 'mlKem1024', 'x25519', 'xChaCha20Poly1305'];
}

async function vectorCases(provider: CryptoProvider): Promise<readonly ConformanceCase[]> {
  const cases: ConformanceCase[] = [];
  for (const fileName of WYCHEPROOF_FILES) {
    const path = `wycheproof/${fileName}`;
    cases.push(...(await fileCases(path, (json) => wycheproofCases(fileName, json, provider))));
  }
  const xWing = await fileCases('xwing/test-vectors.json', (json) => xWingCases(json, provider));
  return [...cases, ...xWing];
}

/** Our own vectors are always there. */
async function frozenVectors(): Promise<SuiteVectors> {
  const response = await fetch('/packages/crypto/suite-1.vectors.json');
  return (await response.json()) as SuiteVectors;
}

/** The server of the page has other people's vectors where they lie beside the repository. */
async function fileCases(
  path: string,
  casesOf: (json: unknown) => readonly ConformanceCase[],
): Promise<readonly ConformanceCase[]> {
  const response = await fetch(`/vectors/${path}`);
  if (response.ok) return casesOf(await response.json());
  const skip = `../shared/vectors/${path} is not on this machine`;
  return [{ name: path, skip, run: async () => undefined }];
}
