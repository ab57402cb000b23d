import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChatMessage } from '@pars/api';
import {
  createPlayground,
  type Finished,
  type NodeProcess,
  type Playground,
} from './node-processes.ts';

const TEXTS = ['the first of three', 'دومین', 'the third of three'];
const PASSPHRASE = 'a stick between strangers';

/**
 * Ana and Bob are contacts and never run at the same time again. Carol, who
 * knows neither, carries the stick.
 */
describe('a stick that strangers carry', () => {
  let playground: Playground;
  const folders = { ana: '', bob: '', carol: '' };
  const sessionIds: string[] = [];
  const nodeIds: string[] = [];
  let carol: NodeProcess;
  const stick = (name: string) => playground.folder(name);
  const withPassphrase = () => ['--passphrase-file', stick('passphrase')];

  async function startAs(who: 'ana' | 'bob'): Promise<NodeProcess> {
    const node = await playground.startNode(folders[who]);
    const opened = await playground.pars(
      folders[who],
      ['vault', 'unlock'],
      `${who} has a password\n`,
    );
    assert.equal(opened.code, 0, opened.stderr);
    return node;
  }

  /** Letters travel by stick once the inviter took the newcomer in, which waits for both vaults. */
  async function untilConfirmed(folder: string): Promise<void> {
    for (;;) {
      const { contacts } = json(await playground.pars(folder, ['contact', 'list', '--json'])) as {
        readonly contacts: readonly { readonly state: string }[];
      };
      if (contacts.length > 0 && contacts.every(({ state }) => state === 'confirmed')) return;
    }
  }

  async function importOne(who: keyof typeof folders, file: string) {
    const args = ['bundle', 'import', '--json', ...withPassphrase(), file];
    const { bundles } = json(await playground.pars(folders[who], args)) as {
      readonly bundles: readonly Record<string, unknown>[];
    };
    return bundles[0] ?? {};
  }

  async function messagesOf(who: 'ana' | 'bob'): Promise<readonly ChatMessage[]> {
    const read = json(await playground.pars(folders[who], ['chat', 'read', '--json']));
    return read['messages'] as readonly ChatMessage[];
  }

  before(async () => {
    playground = await createPlayground();
    for (const who of ['ana', 'bob', 'carol'] as const) folders[who] = playground.folder(who);
    const ana = await playground.startNode(folders.ana);
    const bob = await playground.startNode(folders.bob);
    for (const [who, name] of [
      ['ana', 'Anahita of Shiraz'],
      ['bob', 'Bobak of Tabriz'],
    ] as const) {
      const made = await playground.makePerson(folders[who], name, `${who} has a password`);
      sessionIds.push(String(made['sessionId']));
    }
    nodeIds.push(ana.ready.nodeId, bob.ready.nodeId);
    const { invite } = json(await playground.pars(folders.bob, ['contact', 'invite', '--json']));
    json(
      await playground.pars(folders.ana, ['contact', 'add', '--json', '-'], `${String(invite)}\n`),
    );
    await untilConfirmed(folders.ana);
    await untilConfirmed(folders.bob);
    await playground.untilSaved(folders.bob);
    assert.equal(await bob.end('SIGTERM'), 0);
    await writeFile(stick('passphrase'), `${PASSPHRASE}\n`);
    for (const text of TEXTS) {
      json(await playground.pars(folders.ana, ['chat', 'send', '--json', 'Bobak of Tabriz', text]));
    }
    // A letter leaves once no crash can undo that it was written.
    await playground.untilSaved(folders.ana);
    const args = ['bundle', 'export', '--json', '--to', 'Bobak of Tabriz', ...withPassphrase()];
    const exported = json(await playground.pars(folders.ana, [...args, stick('from-ana')]));
    assert.equal(exported['parcels'], 3);
    assert.equal(exported['bytes'], (await stat(stick('from-ana'))).size);
    const states = (await messagesOf('ana')).map(({ state }) => state);
    assert.deepEqual(states, ['handed-over', 'handed-over', 'handed-over']);
    assert.equal(await ana.end('SIGTERM'), 0);
    carol = await playground.startNode(folders.carol);
  });
  after(() => playground[Symbol.asyncDispose]());

  test('Carol takes it along without being anybody, and learns nothing', async () => {
    const inspected = await playground.pars(folders.carol, [
      ...['bundle', 'inspect', ...withPassphrase(), stick('from-ana')],
    ]);
    assert.equal(inspected.code, 0, inspected.stderr);
    assert.match(inspected.stdout, /^parcels {3}3$/m);
    const imported = await importOne('carol', stick('from-ana'));
    assert.deepEqual([imported['stored'], imported['known']], [3, 0]);
    assert.equal(imported['messages'], undefined);
    const again = await importOne('carol', stick('from-ana'));
    assert.deepEqual([again['stored'], again['known']], [0, 3]);

    const args = ['bundle', 'export', ...withPassphrase(), stick('from-carol')];
    const exported = await playground.pars(folders.carol, args);
    assert.equal(exported.code, 0, exported.stderr);
    const status = await playground.pars(folders.carol, ['node', 'status']);
    assert.match(status.stdout, /^carries {3}3 parcels, 49\.2 kB of /m);

    const said = [imported, again, status.stdout, inspected.stdout, carol.logged()];
    const kept = await allBytesBelow(folders.carol);
    assert.ok(kept.length > 3);
    const sticks = await Promise.all(
      ['from-ana', 'from-carol'].map((name) => readFile(stick(name))),
    );
    const secrets = [
      ...['Anahita', 'Shiraz', 'Bobak', 'Tabriz', PASSPHRASE, ...TEXTS],
      ...[...sessionIds, ...nodeIds],
    ].map((word) => Buffer.from(word));
    secrets.push(...sessionIds.map((id) => Buffer.from(id, 'hex').subarray(1)));
    for (const bytes of [Buffer.from(JSON.stringify(said)), ...kept, ...sticks]) {
      for (const secret of secrets) assert.equal(bytes.indexOf(secret), -1, secret.toString());
    }
    // Killed and started again, it still carries them.
    assert.equal(await carol.end('SIGKILL'), null);
    carol = await playground.startNode(folders.carol);
    const later = json(await playground.pars(folders.carol, ['node', 'status', '--json']));
    assert.equal((later['carrying'] as { parcels: number }).parcels, 3);
  });

  test('kills in the middle of an import lose nothing and double nothing', async () => {
    for (const delayMs of [0, 80, 160]) {
      const bob = await startAs('bob');
      const importing = playground.pars(folders.bob, [
        ...['bundle', 'import', '--json', ...withPassphrase(), stick('from-carol')],
      ]);
      await delay(200 + delayMs);
      await bob.end('SIGKILL');
      const { code } = await importing;
      assert.ok(code === 0 || code === 3 || code === 1, `${code}`);
    }
    const bob = await startAs('bob');
    await importOne('bob', stick('from-carol'));
    const again = await importOne('bob', stick('from-carol'));
    assert.deepEqual([again['stored'], again['messages']], [0, 0]);
    assert.deepEqual(
      (await messagesOf('bob')).map(({ text }) => text),
      TEXTS,
    );
    const args = ['bundle', 'export', '--json', ...withPassphrase(), stick('from-bob')];
    const exported = json(await playground.pars(folders.bob, args));
    assert.ok(Number(exported['parcels']) >= 4, JSON.stringify(exported));
    assert.equal(await bob.end('SIGTERM'), 0);
  });

  test('the way back tells Ana that all three were delivered', async () => {
    const ana = await startAs('ana');
    const imported = await importOne('ana', stick('from-bob'));
    assert.deepEqual([imported['messages'], imported['delivered']], [0, 3]);
    const states = (await messagesOf('ana')).map(({ state }) => state);
    assert.deepEqual(states, ['delivered', 'delivered', 'delivered']);
    const again = await importOne('ana', stick('from-bob'));
    assert.deepEqual([again['stored'], again['delivered']], [0, 0]);
    assert.equal(await ana.end('SIGTERM'), 0);
  });

  test('a bundle goes through pipes, and never over a file that is there', async () => {
    const args = ['bundle', 'export', '--everything-carried', ...withPassphrase()];
    const refused = await playground.pars(folders.carol, [...args, stick('from-ana')]);
    assert.deepEqual([refused.code, codeOf(refused)], [7, 'cli/file-exists']);
    const replaced = await playground.pars(folders.carol, [...args, '--force', stick('copy')]);
    assert.equal(replaced.code, 0, replaced.stderr);
    const piped = await playground.parsBytes(folders.carol, [...args, '-']);
    assert.equal(piped.code, 0, piped.stderr);
    assert.equal(piped.bytes.length, (await stat(stick('copy'))).size);
    const taken = await playground.pars(
      folders.carol,
      ['bundle', 'import', '--json', ...withPassphrase(), '-'],
      piped.bytes,
    );
    assert.equal(taken.code, 0, taken.stderr);
    const size = await playground.pars(folders.carol, [
      ...args,
      '--max-size',
      '1kB',
      stick('small'),
    ]);
    assert.deepEqual([size.code, codeOf(size)], [2, 'node/bad-bundle-size']);
    assert.ok(!existsSync(stick('small')));
    const nobody = await playground.pars(folders.carol, ['bundle', 'export', stick('small')]);
    assert.deepEqual([nobody.code, codeOf(nobody)], [2, 'node/no-recipient']);
    const left = await readdir(join(folders.carol, '..'));
    assert.deepEqual(
      left.filter((name) => name.includes('.part')),
      [],
    );
  });

  test('what is no bundle for us is told as that, and what is cut is used as far as it goes', async () => {
    const whole = await readFile(stick('from-ana'));
    const random = stick('random');
    await writeFile(random, randomBytes(300_000));
    const empty = stick('empty');
    await writeFile(empty, '');
    for (const file of [random, empty]) {
      const args = ['bundle', 'import', ...withPassphrase(), file];
      const refused = await playground.pars(folders.carol, args);
      assert.deepEqual([refused.code, codeOf(refused)], [2, 'mesh/bundle-not-ours'], file);
    }
    const other = await playground.pars(folders.carol, ['bundle', 'import', stick('from-ana')]);
    assert.deepEqual([other.code, codeOf(other)], [2, 'mesh/bundle-not-ours']);
    const missing = await playground.pars(folders.carol, ['bundle', 'import', stick('nowhere')]);
    assert.deepEqual([missing.code, codeOf(missing)], [5, 'cli/not-read']);

    const dora = playground.folder('dora');
    const node = await playground.startNode(dora);
    const cut = stick('cut');
    await writeFile(cut, whole.subarray(0, whole.length - 100_000));
    const partly = await playground.pars(dora, ['bundle', 'import', ...withPassphrase(), cut]);
    assert.deepEqual([partly.code, codeOf(partly)], [1, 'cli/bundle-incomplete']);
    assert.match(partly.stdout, /ends too early/);
    const both = ['bundle', 'import', '--json', ...withPassphrase(), random, stick('from-ana')];
    const mixed = await playground.pars(dora, both);
    assert.equal(mixed.code, 2);
    const { bundles } = JSON.parse(mixed.stdout) as { bundles: readonly { stored?: number }[] };
    assert.equal(bundles.length, 2);
    const status = json(await playground.pars(dora, ['node', 'status', '--json']));
    assert.equal((status['carrying'] as { parcels: number }).parcels, 3);
    assert.equal(await node.end('SIGTERM'), 0);
  });
});

async function allBytesBelow(folder: string): Promise<readonly Buffer[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map(({ name, parentPath }) => readFile(join(parentPath, name))));
}

/** The stable code at the end of what a person reads. */
function codeOf({ stderr }: Finished): string | undefined {
  return /\[([a-z-]+\/[a-z-]+)\]\s*$/.exec(stderr)?.[1];
}

function json(finished: Finished): Record<string, unknown> {
  assert.equal(finished.code, 0, finished.stderr);
  return JSON.parse(finished.stdout) as Record<string, unknown>;
}
