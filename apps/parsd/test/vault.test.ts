import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createPlayground, type NodeProcess, type Playground } from './node-processes.ts';

const PASSWORDS = {
  decoy: 'a decoy password of the test',
  hidden: 'a hidden password of the test',
  duress: 'a duress password of the test',
  wrong: 'a wrong password of the test',
} as const;
/** Programs of the system; a test without its own is skipped by name. */
const PROGRAMS = { limit: 'prlimit', trace: 'strace' } as const;
type Path = keyof typeof PASSWORDS;
const NAMES = { decoy: 'Dordaneh Decoyzadeh', hidden: 'Homayoun Hiddenpour' } as const;

/** The clock never ticks: every flush is that of a lock or of a stop. */
const NO_TICK = { PARS_FIXTURE_TICK_MS: '3600000' };
const DEBUG = ['--log-level', 'debug'];

describe('the vault of a daemon', () => {
  let playground: Playground;
  let folder = '';
  let node: NodeProcess;

  async function unlock(path: Path): Promise<number | null> {
    return (await playground.pars(folder, ['vault', 'unlock'], `${PASSWORDS[path]}\n`)).code;
  }

  async function well(...args: readonly string[]): Promise<string> {
    const done = await playground.pars(folder, args);
    assert.equal(done.code, 0, `${args.join(' ')}: ${done.stderr}`);
    return done.stdout;
  }

  /** What a person does in a session, the same with every password. */
  async function visit(path: Path): Promise<void> {
    assert.equal(await unlock(path), path === 'wrong' ? 4 : 0);
    if (path !== 'wrong') await well('id', 'show');
    await well('vault', 'status');
    await well('vault', 'lock');
  }

  before(async () => {
    playground = await createPlayground();
    folder = playground.folder('node');
    node = await playground.startNode(folder, DEBUG, NO_TICK);
    const { decoy, hidden, duress } = PASSWORDS;
    const create = ['vault', 'create', '--keeper', 'file'];
    const made = await playground.pars(folder, create, `${decoy}\n${hidden}\n${duress}\n`);
    assert.equal(made.code, 0, made.stderr);
    for (const path of ['decoy', 'hidden'] as const) {
      assert.equal(await unlock(path), 0);
      await well('id', 'create', '--name', NAMES[path]);
      await well('vault', 'lock');
    }
  });
  after(() => playground[Symbol.asyncDispose]());

  test('opens each profile with its password, and says nothing of the other', async () => {
    for (const path of ['decoy', 'hidden'] as const) {
      assert.equal(await unlock(path), 0);
      assert.match(await well('id', 'show'), new RegExp(NAMES[path]));
      await well('vault', 'lock');
    }
  });

  test('an orderly stop writes what waits', async () => {
    assert.equal(await unlock('hidden'), 0);
    const invited = await well('contact', 'invite');
    assert.ok(invited.length > 20);
    assert.equal(await node.end('SIGTERM'), 0);
    node = await playground.startNode(folder, DEBUG, NO_TICK);
    const { vault } = JSON.parse(await well('node', 'status', '--json')) as { vault: string };
    assert.equal(vault, 'locked', 'a node starts locked');
    assert.equal(await unlock('hidden'), 0);
    assert.match(await well('id', 'show'), new RegExp(NAMES.hidden));
    await well('vault', 'lock');
  });

  test('the same files, sizes and changes after every kind of unlock', async () => {
    const changes = new Map<Path, string>();
    for (const path of ['wrong', 'decoy', 'hidden', 'decoy', 'hidden'] as const) {
      const earlier = await filesOf(folder);
      // Times of files are told in steps of some milliseconds.
      await new Promise((resolve) => setTimeout(resolve, 20));
      await visit(path);
      const later = await filesOf(folder);
      assert.deepEqual([...later.keys()], [...earlier.keys()], path);
      const changed = [...later].filter(([name, file]) => {
        assert.equal(file.size, earlier.get(name)?.size, `${path}: ${name}`);
        return file.changedMs !== earlier.get(name)?.changedMs;
      });
      const names = changed.map(([name]) => name).join();
      assert.equal(names, changes.get(path) ?? names, `${path}, again`);
      changes.set(path, names);
    }
    assert.equal(changes.get('decoy'), 'vault,vault-secret');
    assert.equal(changes.get('hidden'), changes.get('decoy'));
    assert.equal(changes.get('wrong'), 'vault-secret');
  });

  test('the log says the same after every kind of unlock, or nothing', async () => {
    const lines = new Map<Path, readonly string[]>();
    for (const path of ['decoy', 'hidden', 'decoy'] as const) {
      const before = node.logged().length;
      await visit(path);
      const said = node.logged().slice(before).split('\n');
      lines.set(
        path,
        said.map((line) => line.replaceAll(/\d/g, '0')),
      );
    }
    assert.deepEqual(lines.get('hidden'), lines.get('decoy'));
  });

  test('the same system calls that write, over the whole folder and the keeper', {
    skip: noTrace(),
  }, async () => {
    const traces = new Map<Path, readonly string[]>();
    for (const path of ['decoy', 'hidden', 'duress'] as const) {
      traces.set(path, await traceWrites(node, folder, () => visit(path)));
    }
    const decoy = traces.get('decoy') ?? [];
    assert.ok(decoy.length > 8, decoy.join('\n'));
    assert.ok(decoy.some((call) => call.includes('vault-secret')));
    assert.ok(decoy.some((call) => call.includes('fdatasync vault')));
    assert.deepEqual(traces.get('hidden'), decoy);
    assert.deepEqual(traces.get('duress'), decoy);
  });

  test('after duress the hidden profile is gone and the decoy as it was', async () => {
    const said: string[] = [];
    for (const path of ['duress', 'decoy'] as const) {
      const before = node.logged().length;
      await visit(path);
      said.push(node.logged().slice(before).replaceAll(/\d/g, '0'));
    }
    assert.equal(said[0], said[1], 'the log tells neither');
    assert.equal(await unlock('hidden'), 4);
    assert.equal(await unlock('decoy'), 0);
    assert.match(await well('id', 'show'), new RegExp(NAMES.decoy));
    await well('vault', 'lock');
  });

  test('nothing that was written, named or typed lies anywhere in clear', async () => {
    assert.equal(await unlock('decoy'), 0);
    const known = [...Object.values(PASSWORDS), ...Object.values(NAMES)].flatMap((text) => [
      Buffer.from(text),
      Buffer.from(text, 'utf16le'),
      Buffer.from(Buffer.from(text).toString('base64').slice(0, 20)),
    ]);
    for (const [name] of await filesOf(folder)) {
      const content = await readFile(join(folder, name));
      for (const text of known) assert.equal(content.includes(text), false, name);
    }
    for (const text of known) assert.equal(Buffer.from(node.logged()).includes(text), false);
    await well('vault', 'lock');
  });

  test('a crash of the process leaves no core, no report and no plaintext', {
    skip: noCores(),
  }, async () => {
    const place = playground.folder('crash');
    await mkdir(place);
    const other = playground.folder('other');
    const crashing = await playground.startNode(other, [], { PARS_FIXTURE_TICK_MS: '500' }, place);
    spawnSync(PROGRAMS.limit, ['--core=unlimited', '--pid', String(crashing.process.pid)]);
    await playground.makePerson(other, NAMES.hidden);
    assert.equal(await crashing.end('SIGSEGV'), null);
    assert.doesNotMatch(crashing.logged(), /Homayoun|password/);
    for (const at of [place, other]) {
      for (const name of await readdir(at)) {
        if (!name.startsWith('core') && !name.startsWith('report')) continue;
        const content = await readFile(join(at, name));
        assert.equal(content.includes(NAMES.hidden), false, `${name} of ${content.length} bytes`);
        assert.ok(content.length < 1_048_576, 'registers at most, and no memory');
      }
    }
  });

  test('a panic ends the node, takes E alone, and the decoy still opens', async () => {
    assert.equal(await unlock('decoy'), 0);
    const exited = once(node.process, 'exit') as Promise<[number | null]>;
    await well('panic', '--yes');
    assert.equal((await exited)[0], 0);
    node = await playground.startNode(folder);
    assert.equal(await unlock('hidden'), 4);
    assert.equal(await unlock('decoy'), 0);
  });

  test('a panic with everything leaves a folder in which nothing ever ran', async () => {
    const exited = once(node.process, 'exit') as Promise<[number | null]>;
    await well('panic', '--everything', '--yes');
    assert.equal((await exited)[0], 0);
    assert.deepEqual(await readdir(folder), []);
    const { nodeId } = node.ready;
    node = await playground.startNode(folder);
    assert.notEqual(node.ready.nodeId, nodeId);
    assert.match(await well('vault', 'status'), /none yet/);
  });

  test('a panic that was cut off is over before the node starts again', async () => {
    const create = ['vault', 'create', '--keeper', 'file'];
    await playground.pars(folder, create, `${PASSWORDS.decoy}\n`);
    assert.equal(await node.end('SIGKILL'), null);
    // As if the power had failed right after E was gone.
    await writeFile(join(folder, 'vault-panic'), '', { mode: 0o600 });
    const { nodeId } = node.ready;
    node = await playground.startNode(folder);
    assert.notEqual(node.ready.nodeId, nodeId);
    assert.match(await well('vault', 'status'), /none yet/);
    assert.equal((await readdir(folder)).includes('vault-panic'), false);
  });
});

interface FileSeen {
  readonly size: number;
  readonly changedMs: number;
}

/** Every file but those that the running process holds: its lock and its socket. */
async function filesOf(folder: string): Promise<ReadonlyMap<string, FileSeen>> {
  const files: [string, FileSeen][] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { size, mtimeMs } = await stat(path);
    files.push([path.slice(folder.length + 1), { size, changedMs: mtimeMs }]);
  }
  return new Map(files.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Writes, renames, removals and flushes in a folder while `work` runs, with offsets inside of their region. */
async function traceWrites(
  node: NodeProcess,
  folder: string,
  work: () => Promise<void>,
): Promise<readonly string[]> {
  const strace = spawn(
    PROGRAMS.trace,
    [
      '-f',
      '-y',
      '-e',
      `trace=${CALLS.join()}`,
      '-e',
      'signal=none',
      '-p',
      String(node.process.pid),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let text = '';
  strace.stderr.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await untilMatched(() => text, /attached/);
  await work();
  strace.kill('SIGINT');
  await once(strace, 'close');
  return text.split('\n').flatMap((line) => callFrom(line, folder));
}

const CALLS = [
  'pwrite64',
  'write',
  'fdatasync',
  'fsync',
  'rename',
  'unlink',
  'ftruncate',
  'unlinkat',
];
/** Of the fixture's container: 128 windows with pages of 4,096 bytes. */
const STRIPE_BYTES = 20_480;
const WINDOW_BYTES = 294_912;
const STAGING_AT = 4_096 + 128 * STRIPE_BYTES;

/** One call in the folder as `name file region+offset length`; nothing for others. */
function callFrom(line: string, folder: string): readonly string[] {
  // A call that another thread interrupts is told in two lines; the first has all arguments.
  const found = /(\w+)\((?:\d+<)?"?([^">]+)[">](.*)$/.exec(line);
  const [, call = '', path = '', rest = ''] = found ?? [];
  if (!path.startsWith(`${folder}/`) || line.includes('resumed>')) return [];
  const file = path.slice(folder.length + 1);
  if (call !== 'pwrite64') return [`${call} ${file}`];
  const [length = 0, offset = 0] = (/, (\d+), (\d+)(?:\)| <unfinished)/.exec(rest) ?? [])
    .slice(1)
    .map(Number);
  const region = file === 'vault' ? regionOf(offset) : String(offset);
  return [`${call} ${file} ${region} ${length}`];
}

/** Which window it is follows from how often there was a flush, and from nothing else. */
function regionOf(offset: number): string {
  if (offset < 4_096) return `salt+${offset}`;
  if (offset < STAGING_AT) return `stripe+${(offset - 4_096) % STRIPE_BYTES}`;
  const window = Math.floor((offset - STAGING_AT) / WINDOW_BYTES);
  return `${window === 0 ? 'staging' : 'window'}+${(offset - STAGING_AT) % WINDOW_BYTES}`;
}

async function untilMatched(read: () => string, pattern: RegExp): Promise<void> {
  while (!pattern.test(read())) await new Promise((resolve) => setTimeout(resolve, 5));
}

function noTrace(): string | false {
  const tried = spawnSync(PROGRAMS.trace, ['-e', 'trace=none', 'true']);
  return tried.status === 0 ? false : 'no strace on this machine, or it may not trace';
}

/** Whether a process without our care would leave a core in its folder. */
function noCores(): string | false {
  if (process.platform !== 'linux') return 'cores are looked for on Linux';
  return spawnSync(PROGRAMS.limit, ['--version']).status === 0
    ? false
    : 'no prlimit on this machine';
}
