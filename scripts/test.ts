// `npm test [-- path ...]`: the gate, then every test under one runner, whose
// own summary closes the output. With paths, only the tests below them.
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { runGate } from './check/gate.ts';
import { rootFolder } from './process/run-step.ts';

const chosen = process.argv.slice(2);
if (chosen.length === 0 && !(await runGate())) {
  console.log('The gate failed; no test was run.');
  process.exit(1);
}

const files = ['packages/*/src', 'apps/*/src', 'apps/*/test', 'scripts']
  .flatMap((folder) => globSync(`${folder}/**/*.test.ts`, { cwd: rootFolder }))
  .filter((file) => chosen.length === 0 || chosen.some((path) => file.startsWith(path)))
  .toSorted();
if (files.length === 0) {
  console.error('no test file below the given paths');
  process.exit(2);
}

const runner = spawn(
  process.execPath,
  ['--conditions=pars-source', '--test', '--test-reporter=spec', '--test-concurrency=2', ...files],
  { cwd: rootFolder, stdio: 'inherit' },
);
runner.on('close', (code) => {
  process.exitCode = code ?? 1;
});
