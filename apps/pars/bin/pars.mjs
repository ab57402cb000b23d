// JavaScript and not TypeScript: an entry that needs no type stripping starts
// without loading the stripper. Everything else comes from the compile cache,
// already stripped.
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

// What this process writes is for this user alone.
process.umask(0o077);

// In a folder of this user: in the shared temporary folder others could plant
// code for us. Who has no home folder (in a container) does without.
const cacheHome = findCacheHome();
if (cacheHome !== undefined) enableCompileCache(join(cacheHome, 'pars', 'compiled'));

const { runCli } = await import('../src/cli.ts');
process.exitCode = await runCli(process.argv.slice(2));

function findCacheHome() {
  const { XDG_CACHE_HOME: xdg } = process.env;
  if (xdg !== undefined && isAbsolute(xdg)) return xdg;
  try {
    return join(homedir(), '.cache');
  } catch {
    return undefined;
  }
}
