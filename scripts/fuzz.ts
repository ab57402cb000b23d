// `npm run fuzz [-- --seconds N] [--seed N] [name ...]`: mutates valid inputs of
// every decoder and looks for crashes, hangs and broken promises.
import { parseArgs } from 'node:util';
import { runFuzzTargets } from './fuzz/run-fuzz-targets.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const clean = await runFuzzTargets({
  secondsPerTarget: Number(values.seconds),
  seed: Number(values.seed),
  names: positionals,
});
process.exit(clean ? 0 : 1);
