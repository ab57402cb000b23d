import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type Failure, type Result, unwrap } from '@pars/base';
import { createVirtualTime } from '@pars/base/fakes';
import { readOffered, seeFile, writeToStick } from './stick-file.ts';
import { type OfferedFile, shownNameOf, watchSticks } from './stick-watch.ts';

const bundleBytes = 4 * 65_536;

function createStick(context: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'pars-stick-'));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  const media = join(root, 'media');
  const stick = join(media, 'my stick');
  mkdirSync(stick, { recursive: true });
  const table = join(root, 'mountinfo');
  const plug = () =>
    writeFileSync(table, `36 35 98:0 / ${stick.replaceAll(' ', '\\040')} rw - vfat /dev/sdb1 rw\n`);
  const unplug = () => writeFileSync(table, '');
  unplug();
  // A look at files takes no time of the clock: it is over when the next one is planned.
  const time = createVirtualTime({
    settle: async () => {
      while (time.pendingCount === 0) await new Promise(setImmediate);
    },
  });
  const offered: OfferedFile[] = [];
  const gone: string[] = [];
  const end = new AbortController();
  context.after(() => end.abort());
  watchSticks(
    time,
    {
      mountTable: table,
      mountRoots: [media],
      onOffered: (file) => offered.push(file),
      onGone: (folder) => gone.push(folder),
    },
    end.signal,
  );
  return { time, stick, plug, unplug, offered, gone, look: () => time.advance(3_000) };
}

async function readAll(file: OfferedFile): Promise<string | Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of readOffered(file)) {
    if (!piece.ok) return piece.error.code;
    pieces.push(piece.value);
  }
  return Buffer.concat(pieces);
}

const byName = ([a]: readonly unknown[], [b]: readonly unknown[]) =>
  String(a) < String(b) ? -1 : 1;
const codeOf = (result: Result<unknown, Failure>) => (result.ok ? 'ok' : result.error.code);

async function* pieces(...all: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* all;
}

describe('a stick', () => {
  test('that is plugged in has its bundles offered once, and again after it was away', async (context) => {
    const { gone, look, offered, plug, stick, unplug } = createStick(context);
    const content = randomBytes(bundleBytes);
    writeFileSync(join(stick, 'holiday.bin'), content);
    mkdirSync(join(stick, 'folder'));
    writeFileSync(join(stick, 'folder', 'cut.pars'), randomBytes(100_000));
    await look();
    assert.equal(offered.length, 0);
    plug();
    await look();
    await look();
    assert.deepEqual(
      offered.map(({ shownName, sizeBytes }) => [shownName, sizeBytes]).toSorted(byName),
      [
        ['cut.pars', 100_000],
        ['holiday.bin', bundleBytes],
      ],
    );
    const file = offered.find(({ shownName }) => shownName === 'holiday.bin');
    assert.ok(file);
    assert.deepEqual(await readAll(file), content);
    unplug();
    await look();
    assert.deepEqual(gone, [stick]);
    plug();
    await look();
    assert.equal(offered.length, 4);
  });

  test('has nothing else offered: links, pipes, texts, archives, other lengths, unfinished exports', async (context) => {
    const { look, offered, plug, stick } = createStick(context);
    const outside = join(stick, '..', '..', 'secret');
    writeFileSync(outside, randomBytes(bundleBytes));
    symlinkSync(outside, join(stick, 'link.pars'));
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(stick, 'pipe.pars')]);
    writeFileSync(join(stick, 'text.pars'), 'a'.repeat(bundleBytes));
    writeFileSync(join(stick, 'film'), randomBytes(bundleBytes + 1));
    writeFileSync(join(stick, 'film2'), randomBytes(35 * 65_536));
    writeFileSync(join(stick, '.b.part'), randomBytes(bundleBytes));
    mkdirSync(join(stick, 'folder.pars', 'deep', 'deeper'), { recursive: true });
    writeFileSync(join(stick, 'folder.pars', 'deep', 'deeper', 'b.pars'), randomBytes(bundleBytes));
    plug();
    await look();
    assert.deepEqual(offered, []);
  });

  test('that is pulled out or changed while it is read ends with a code', async (context) => {
    const { look, offered, plug, stick } = createStick(context);
    const path = join(stick, 'one.pars');
    writeFileSync(path, randomBytes(8 * 65_536));
    plug();
    await look();
    const [file] = offered;
    assert.ok(file);
    const reading = readOffered(file);
    assert.equal(codeOf((await reading.next()).value as Result<unknown, Failure>), 'ok');
    truncateSync(path, 100_000);
    assert.equal(codeOf((await reading.next()).value as Result<unknown, Failure>), 'stick/gone');
    assert.equal((await reading.next()).done, true);
    assert.equal(await readAll(file), 'stick/changed');
    rmSync(path);
    assert.equal(await readAll(file), 'stick/changed');
    symlinkSync('/etc/hostname', path);
    assert.equal(await readAll(file), 'stick/not-a-file');
    rmSync(path);
    execFileSync('sh', ['-c', 'mkfifo "$0"', path]);
    assert.equal(await readAll(file), 'stick/not-a-file');
    rmSync(path);
    writeFileSync(`${path}.new`, randomBytes(8 * 65_536));
    renameSync(`${path}.new`, path);
    assert.equal(await readAll(file), 'stick/changed');
  });

  test('has files whose names play no tricks on a terminal', () => {
    assert.equal(shownNameOf('/media/x/letter to نگار.pars'), 'letter to نگار.pars');
    assert.equal(shownNameOf('/a/\u001B[2Jx\u202Egnp.pars\n'), '\\u001b[2Jx\\u202egnp.pars\\u000a');
    assert.equal(shownNameOf(`/a/${'x'.repeat(300)}`).length, 80);
  });
});

describe('an export to a stick', () => {
  test('is the whole file or none', async (context) => {
    const { stick } = createStick(context);
    const content = randomBytes(100_000);
    const written = unwrap(
      await writeToStick(stick, 'b.pars', pieces(content.subarray(0, 5), content.subarray(5))),
    );
    assert.equal(written.sizeBytes, 100_000);
    assert.deepEqual(readFileSync(written.path), content);
    assert.deepEqual(readdirSync(stick), ['b.pars']);
    assert.equal(codeOf(await writeToStick(stick, 'b.pars', pieces(content))), 'stick/exists');
    for (const name of ['', '.b', '../b', 'a/b', 'a\u0000', 'x'.repeat(81), 'ä']) {
      assert.equal(
        codeOf(await writeToStick(stick, name, pieces(content))),
        'stick/bad-name',
        name,
      );
    }
    assert.equal(
      codeOf(await writeToStick(join(stick, 'none'), 'c', pieces(content))),
      'stick/changed',
    );
  });

  test('that breaks off leaves nothing, and the next one takes its place', async (context) => {
    const { stick } = createStick(context);
    const broken = async function* () {
      yield randomBytes(1_000);
      throw new Error('no parcels');
    };
    await assert.rejects(() => writeToStick(stick, 'b.pars', broken()), { message: 'no parcels' });
    assert.deepEqual(readdirSync(stick), []);
    writeFileSync(join(stick, '.b.pars.part'), 'from before the stick was pulled out');
    unwrap(await writeToStick(stick, 'b.pars', pieces(randomBytes(10))));
    assert.deepEqual(readdirSync(stick), ['b.pars']);
    assert.equal((await seeFile(join(stick, 'b.pars')))?.sizeBytes, 10);
  });

  test('on a full stick says so', {
    skip: process.platform !== 'linux' && 'limits of file sizes are set as Linux does',
  }, async (context) => {
    const { stick } = createStick(context);
    const many = async function* () {
      for (;;) yield new Uint8Array(65_536);
    };
    // A limit on the size of files gives what a full stick gives, without one.
    const script = `
      process.on('SIGXFSZ', () => {});
      const { writeToStick } = await import(${JSON.stringify(new URL('./stick-file.ts', import.meta.url).href)});
      const many = ${String(many)};
      console.log((await writeToStick(${JSON.stringify(stick)}, 'b.pars', many())).error.code);
    `;
    const out = execFileSync(
      'sh',
      [
        '-c',
        'ulimit -f 512; exec "$0" --conditions=pars-source --input-type=module -e "$1"',
        process.execPath,
        script,
      ],
      { encoding: 'utf8' },
    );
    assert.equal(out.trim(), 'stick/full');
    assert.deepEqual(readdirSync(stick), []);
  });
});
