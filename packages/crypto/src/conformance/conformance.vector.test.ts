import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { ConformanceCase } from '@pars/base/conformance';
import { createJavaScriptProvider } from '../provider/javascript-provider.ts';
import { providerConformance } from './provider-conformance.ts';
import { createVectorRandom } from './seeded-random.ts';
import { WYCHEPROOF_FILES, wycheproofCases } from './wycheproof.ts';
import { xWingCases } from './x-wing.ts';

const vectors = new URL('../../../../../shared/vectors/', import.meta.url);
const provider = createJavaScriptProvider({ random: createVectorRandom('conformance') });

runCases(
  'provider conformance',
  providerConformance(() => provider),
);
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
  runCases(path, casesOf(JSON.parse(readFileSync(file, 'utf8'))));
}

function runCases(title: string, cases: readonly ConformanceCase[]): void {
  describe(title, () => {
    for (const { name, run, skip } of cases) test(name, skip === undefined ? {} : { skip }, run);
  });
}
