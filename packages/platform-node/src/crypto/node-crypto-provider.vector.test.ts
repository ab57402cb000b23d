import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { ConformanceCase } from '@pars/base/conformance';
import { WYCHEPROOF_FILES, wycheproofCases, xWingCases } from '@pars/crypto/conformance';
import { createNodeCryptoProvider } from './node-crypto-provider.ts';

const vectors = new URL('../../../../../shared/vectors/', import.meta.url);
const provider = createNodeCryptoProvider();

for (const fileName of WYCHEPROOF_FILES) {
  runFile(`wycheproof/${fileName}`, (json) => wycheproofCases(fileName, json, provider));
}
runFile('xwing/test-vectors.json', (json) => xWingCases(json, provider));

/** The files of other people's vectors lie beside the repository where they are at hand. */
function runFile(path: string, casesOf: (json: unknown) => readonly ConformanceCase[]): void {
  const file = new URL(path, vectors);
  if (!existsSync(file)) {
    test(path, { skip: `../shared/vectors/${path} is not on this machine` }, () => undefined);
    return;
  }
  describe(path, () => {
    for (const { name, run, skip } of casesOf(JSON.parse(readFileSync(file, 'utf8')))) {
      test(name, skip === undefined ? {} : { skip }, run);
    }
  });
}
