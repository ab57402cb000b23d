import { buildPackages } from '../build/packages.ts';
import { rootFolder, runStep } from '../process/run-step.ts';
import { checkLockFile } from './lock-file.ts';
import { checkPackageShapes } from './package-shapes.ts';

interface GateStep {
  readonly name: string;
  /** Resolves to what is wrong; an empty text means that all is well. */
  readonly run: () => Promise<string>;
}

const TYPESCRIPT = 'node_modules/typescript7/bin/tsc';

const steps: readonly GateStep[] = [
  { name: 'types', run: () => tool(TYPESCRIPT, ['-p', '.']) },
  {
    name: 'types of L0 to L6 without any platform',
    run: () => tool(TYPESCRIPT, ['-p', 'tsconfig.pure.json']),
  },
  {
    name: 'lint',
    run: () => tool('node_modules/oxlint/bin/oxlint', ['--type-aware', '--deny-warnings']),
  },
  { name: 'format', run: () => tool('node_modules/@biomejs/biome/bin/biome', ['check', '.']) },
  {
    name: 'layers',
    run: () =>
      tool('node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', [
        '--config',
        '.dependency-cruiser.cjs',
        'packages',
        'apps',
        'scripts',
      ]),
  },
  { name: 'unused code and dependencies', run: () => tool('node_modules/knip/bin/knip.js', []) },
  { name: 'lock file', run: () => checkLockFile(rootFolder) },
  { name: 'build', run: () => buildPackages(rootFolder) },
  { name: 'package shapes', run: () => checkPackageShapes(rootFolder) },
];

/** Runs every step, prints a line for each, and says whether all of them passed. */
export async function runGate(): Promise<boolean> {
  let passed = true;
  for (const step of steps) {
    const start = performance.now();
    const complaint = await step.run();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${complaint === '' ? 'ok  ' : 'FAIL'} ${step.name} (${seconds} s)`);
    if (complaint !== '') {
      passed = false;
      console.log(complaint);
    }
  }
  return passed;
}

async function tool(modulePath: string, args: readonly string[]): Promise<string> {
  const { exitCode, output } = await runStep(modulePath, args);
  return exitCode === 0 ? '' : output.trim() || `exit code ${exitCode}`;
}
