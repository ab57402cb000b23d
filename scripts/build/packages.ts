import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runStep } from '../process/run-step.ts';

/** Folder names under `packages/`, sorted. */
export async function listPackages(root: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, 'packages'), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
}

/**
 * Compiles all packages in one program and gives each its `dist`. Returns the
 * compiler's complaints, or an empty text.
 */
export async function buildPackages(root: string): Promise<string> {
  const out = await mkdtemp(join(root, 'node_modules', '.pars-build-'));
  try {
    const { exitCode, output } = await runStep('node_modules/typescript7/bin/tsc', [
      '-p',
      'tsconfig.build.json',
      '--outDir',
      out,
    ]);
    if (exitCode !== 0) return output.trim() || `exit code ${exitCode}`;
    for (const name of await listPackages(root)) {
      const dist = join(root, 'packages', name, 'dist');
      await rm(dist, { recursive: true, force: true });
      await cp(join(out, 'packages', name, 'src'), dist, { recursive: true });
    }
    return '';
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}
