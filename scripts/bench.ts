// `npm run bench [-- --json] [name ...]`: every measurement, or those whose name
// contains one of the given texts. Exits with 1 when a promise is not kept.
import { runBenchmarks } from './bench/run-benchmarks.ts';

const args = process.argv.slice(2);
const unknown = args.filter((arg) => arg.startsWith('--') && arg !== '--json');
if (unknown.length > 0) {
  console.error(`unknown option ${unknown.join(' ')}; known: --json`);
  process.exit(2);
}
const kept = await runBenchmarks({
  json: args.includes('--json'),
  names: args.filter((arg) => !arg.startsWith('--')),
});
process.exit(kept ? 0 : 1);
