// The layers of ARCHITECTURE.md: imports only point to a lower layer, and
// nothing below the platform packages knows a platform.
const LAYERS = [
  ['base'],
  ['crypto', 'api', 'pips'],
  ['contracts', 'dag', 'vault'],
  ['mesh', 'ledger'],
  ['session'],
  ['safety', 'governance', 'bridge'],
  ['node'],
  ['platform-node', 'platform-web', 'sim', 'sdk'],
];
const PURE = LAYERS.slice(0, 7).flat();
// `x.test.ts`, `x.bench.ts`, `x.fuzz.ts`, and `x-fixture.ts`, which only those import.
const NOT_SHIPPED = '(\\.(test|bench|fuzz)|-fixture)\\.ts$';
const group = (names) => `(${names.join('|')})`;

const layerRules = LAYERS.map((names, index) => {
  const forbidden = LAYERS.slice(index).flat();
  return {
    name: `layer-${index}`,
    comment: `L${index} (${names.join(', ')}) imports only from lower layers`,
    severity: 'error',
    from: { path: `^packages/${group(names)}/src`, pathNot: NOT_SHIPPED },
    to: {
      path: `^packages/${group(forbidden)}/`,
      // A package may import itself; `$1` is the importing package.
      pathNot: '^packages/$1/',
    },
  };
});

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'pure-layers-know-no-platform',
      comment: 'L0 to L6 import no node:* module',
      severity: 'error',
      from: { path: `^packages/${group(PURE)}/src`, pathNot: NOT_SHIPPED },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-layers-know-no-libp2p',
      severity: 'error',
      from: { path: `^packages/${group(PURE)}/src`, pathNot: NOT_SHIPPED },
      to: { path: 'node_modules/(libp2p|@libp2p|@chainsafe|@multiformats|ws)/' },
    },
    {
      name: 'primitives-stay-behind-the-suite',
      comment: 'single primitives are for the suite and for the platform providers only',
      severity: 'error',
      from: {
        path: '^(packages|apps)/',
        pathNot: `^packages/(crypto|platform-node|platform-web)/|${NOT_SHIPPED}`,
      },
      to: { path: '^packages/crypto/src/(provider|primitives|javascript)/' },
    },
    {
      name: 'noble-only-behind-the-provider',
      severity: 'error',
      from: {
        path: '^(packages|apps)/',
        pathNot: `^packages/(crypto|platform-node|platform-web)/|${NOT_SHIPPED}`,
      },
      to: { path: 'node_modules/@noble/' },
    },
    {
      name: 'no-test-doubles-in-the-product',
      comment: 'fakes and conformance suites never reach an app',
      severity: 'error',
      // The simulator is made of doubles; the next two rules keep it out of the product.
      from: {
        path: '^(packages|apps)/[^/]+/src',
        pathNot: `^packages/sim/|${NOT_SHIPPED}|/(fakes|conformance|bench)/`,
      },
      to: { path: '^packages/[^/]+/src/(fakes|conformance|bench)/' },
    },
    {
      name: 'modelled-crypto-stays-in-the-simulator',
      comment: 'nothing outside packages/sim imports it, tests included',
      severity: 'error',
      from: { pathNot: '^packages/sim/' },
      to: { path: '^packages/sim/' },
    },
    {
      name: 'apps-never-reach-the-simulator',
      comment: 'modelled cryptography is not behind any chain of imports of an app',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: '^packages/sim/', reachable: true },
    },
    {
      name: 'fixtures-are-for-tests',
      severity: 'error',
      from: { pathNot: `${NOT_SHIPPED}|/(fakes|conformance|bench)/` },
      to: { path: '-fixture\\.ts$' },
    },
    {
      name: 'packages-do-not-know-apps',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^apps/' },
    },
    {
      name: 'no-reaching-into-packages',
      comment: 'other packages are imported by name, never by path',
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/' },
      to: { path: '^packages/', pathNot: '^$1/$2/', dependencyTypes: ['local'] },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['pars-source', 'import', 'node', 'default'],
    },
  },
};
