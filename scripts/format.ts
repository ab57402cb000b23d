// `npm run format`: writes the one format, import order included.
import { runStep } from './process/run-step.ts';

const { exitCode } = await runStep(
  'node_modules/@biomejs/biome/bin/biome',
  ['check', '--write', '.'],
  { inherit: true },
);
process.exitCode = exitCode;
