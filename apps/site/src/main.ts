// `node --conditions=pars-source apps/site/src/main.ts [--out DIR] [--proposals DIR] [--base PATH]`
// builds the site of a folder of proposals.
import { join, resolve } from 'node:path';
import { parseSiteArguments, type SiteArguments, USAGE } from './site-arguments.ts';

// Types are stripped with a function that Node calls experimental; nobody needs to hear that each time.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') console.error(warning.stack ?? warning.message);
});

const repository = resolve(import.meta.dirname, '../../..');
const parsed = parseSiteArguments(process.argv.slice(2), {
  out: join(repository, 'apps/site/dist'),
  proposals: join(repository, 'PIPs'),
});
if (parsed.kind === 'help') console.log(USAGE);
else if (parsed.kind === 'wrong') {
  console.error(`${parsed.reason}\n\n${USAGE}`);
  process.exitCode = 2;
} else process.exitCode = await build(parsed.arguments);

async function build({ out, proposals, base }: SiteArguments): Promise<number> {
  // Loaded late: help and mistyped options are answered at once.
  const { generateSite } = await import('./generate-site.ts');
  return await generateSite({ out, proposals, base }, { say: console.log, warn: console.error });
}
