import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

// The import rules are in .dependency-cruiser.cjs and tested in scripts/check.
// Here is what imports do not show.

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');
const find = (...patterns: string[]) => globSync(patterns, { cwd: root }).toSorted();

describe('modelled cryptography stays in the simulator', () => {
  test('no package and no app names the simulator in its manifest', () => {
    const manifests = find('package.json', 'packages/*/package.json', 'apps/*/package.json');
    assert.ok(manifests.includes('apps/parsd/package.json'));
    assert.ok(manifests.includes('packages/sim/package.json'));
    for (const path of manifests) {
      const { name, ...manifest } = JSON.parse(read(path)) as { readonly name: string };
      if (name === '@pars/sim') continue;
      assert.ok(!JSON.stringify(manifest).includes('@pars/sim'), path);
    }
  });

  test('no file that ships, but providers, gives a primitive an implementation', () => {
    const implementers = find('packages/*/src/**/*.ts', 'apps/*/src/**/*.ts')
      .filter((path) => !/(\.(test|bench|fuzz)|-fixture)\.ts$/.test(path))
      .filter((path) => PRIMITIVE.test(read(path)))
      .filter((path) => !/^packages\/(crypto|platform-node|platform-web)\//.test(path));
    assert.deepEqual(implementers, ['packages/sim/src/modelled-crypto.ts']);
  });
});

/** A property of `CryptoProvider` in an object, written out or in short. */
const PRIMITIVE = /\b(mlKem1024|mlDsa87|slhDsaShake256s|xChaCha20Poly1305|argon2id)\s*[:,(]/;
