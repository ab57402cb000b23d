// JavaScript and not TypeScript: an entry that needs no type stripping starts
// without loading the stripper, which would cost time and 20 MB for as long as
// the node runs. Everything else comes from the compile cache, already stripped.
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

// Every file that this process makes is for this user alone.
process.umask(0o077);

// In a folder of this user: in the shared temporary folder others could plant
// code for us. Who has no home folder (in a container) does without.
const cacheHome = findCacheHome();
if (cacheHome !== undefined) enableCompileCache(join(cacheHome, 'pars', 'compiled'));

// A crash says where, and never what was in hand: messages may hold plaintext.
process.on('uncaughtException', (error) => {
  const { name, stack = '' } = error instanceof Error ? error : new Error();
  const places = stack.split('\n').filter((line) => /^\s+at /.test(line));
  process.stderr.write(
    [`parsd: a bug ended the node (${name}); please report:`, ...places, ''].join('\n'),
  );
  process.exit(1);
});

const { runDaemon } = await import('../src/daemon-process.ts');
process.exit(await runDaemon(process.argv.slice(2)));

function findCacheHome() {
  const { XDG_CACHE_HOME: xdg } = process.env;
  if (xdg !== undefined && isAbsolute(xdg)) return xdg;
  try {
    return join(homedir(), '.cache');
  } catch {
    return undefined;
  }
}
