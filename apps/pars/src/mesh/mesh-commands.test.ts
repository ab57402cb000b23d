import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { ApiHandlers, MeshEvent, MeshPeer, MeshStatus, MethodHandlers } from '@pars/api';
import { EventQueue } from '@pars/api';
import { createFakeHandlers } from '@pars/api/fakes';
import { err, ok, unwrap } from '@pars/base';
import { createSuite } from '@pars/crypto';
import { radioKeyFromText, readNodeList } from '@pars/mesh';
import {
  createNodeCryptoProvider,
  createTokenCheck,
  dataFolderPaths,
  loadOrCreateToken,
  serveOnSocket,
  systemRandom,
  systemScheduler,
} from '@pars/platform-node';
import { type Outcome, runWith, type Surroundings } from '../cli-fixture.ts';
import {
  lineFromList,
  lineFromPeer,
  linesFromEvent,
  linesFromMesh,
  linesFromNodes,
} from './mesh-text.ts';

const suite = createSuite({ provider: createNodeCryptoProvider(), random: systemRandom });
const FINGERPRINT = 'b'.repeat(51).concat('a');
const PEER: MeshPeer = {
  nodeId: '12D3KooWfake',
  address: '/ip4/10.9.0.2/tcp/4001',
  direction: 'inbound',
  sinceMs: 1,
};
const MESH: MeshStatus = {
  role: 'desktop',
  metered: false,
  island: false,
  links: 3,
  linkTarget: 8,
  remembered: 12,
  lists: 1,
  lan: 'on',
  keeper: true,
  relay: { offers: false, reservations: 0, connections: 0, reachableThrough: 2 },
  spreading: 1,
  link: 'pars://node/AQ',
};

let root = '';
let methods: MethodHandlers;
let watched = new EventQueue<MeshEvent>(100);
/** What the node was asked, in order. */
let asked: unknown[] = [];
const stack = new AsyncDisposableStack();

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'pars-mesh-cli-'));
  await chmod(root, 0o700);
  const paths = dataFolderPaths(root);
  const token = unwrap(await loadOrCreateToken(paths.token));
  const handlers: ApiHandlers = {
    methods: new Proxy({} as MethodHandlers, { get: (_, name) => Reflect.get(methods, name) }),
    subscriptions: { ...createFakeHandlers().subscriptions, 'mesh.watch': async () => ok(watched) },
  };
  const served = await serveOnSocket(paths.socket, {
    handlers,
    isToken: createTokenCheck(token),
    log: { write: () => undefined },
    scheduler: systemScheduler,
  });
  stack.use(unwrap(served));
});
after(async () => {
  await stack.disposeAsync();
  await rm(root, { recursive: true, force: true });
});
beforeEach(() => {
  asked = [];
  watched = new EventQueue<MeshEvent>(100);
  prepare({});
});

describe('pars mesh status', () => {
  test('tells in words what the node does', async () => {
    prepare({ 'mesh.status': async () => ok(MESH) });
    const { stdout, code } = await pars(['mesh', 'status']);
    assert.equal(code, 0);
    assert.match(stdout, /^role {11}desktop$/m);
    assert.match(stdout, /^links {10}3; it looks for 8 of its own$/m);
    assert.match(stdout, /^reach {10}beyond the local network$/m);
    assert.match(stdout, /^reached by {5}2 relays as well$/m);
    assert.match(stdout, /^spreading {6}emergencies, with 1 node$/m);
    assert.match(stdout, /^own link {7}pars:\/\/node\/AQ$/m);
  });

  test('tells an island from nobody, and why the local network does not work', () => {
    const { link: _link, ...bare } = MESH;
    const alone = linesFromMesh({ ...bare, links: 0, island: true, lan: 'failed' }).join('\n');
    assert.match(alone, /nobody is linked now/);
    assert.match(alone, /failed: .*multicast/);
    assert.match(alone, /no address to be dialled at/);
    const island = linesFromMesh({ ...MESH, island: true, lan: 'off', metered: true }).join('\n');
    assert.match(island, /an island/);
    assert.match(island, /off: it is not announced/);
    assert.match(island, /half the links/);
    const relay = { offers: true, reservations: 5, connections: 1, reachableThrough: 0 };
    const lent = linesFromMesh({ ...MESH, role: 'relay', relay }).join('\n');
    assert.match(lent, /itself as a relay: 5 nodes waiting, 1 connection$/m);
  });

  test('is one object under --json, and tells what a node without a mesh is', async () => {
    prepare({ 'mesh.status': async () => ok(MESH) });
    const { stdout } = await pars(['mesh', 'status', '--json']);
    assert.deepEqual(JSON.parse(stdout), { schemaVersion: 1, ...MESH });
    prepare({ 'mesh.status': async () => err('node/mesh-off') });
    const off = await pars(['mesh', 'status']);
    assert.equal(off.code, 1);
    assert.match(off.stderr, /takes no part in the mesh/);
  });
});

describe('pars mesh dial and discover', () => {
  test('a link is dialled like an address, without what stood around it', async () => {
    prepare({
      'mesh.dial': async (params) => {
        asked.push(params);
        return ok(PEER);
      },
    });
    assert.equal((await pars(['mesh', 'dial', ' pars://node/AQ\n'])).code, 0);
    assert.deepEqual(asked, [{ address: 'pars://node/AQ' }]);
  });

  for (const [code, exit, words] of [
    ['mesh/bad-node-link', 2, /begins with pars:\/\/node\//],
    ['mesh/unreachable', 6, /Nothing answers/],
    ['mesh/self-dial', 1, /your own node/],
    ['mesh/relay-silent', 6, /relay/],
  ] as const) {
    test(`${code} ends with ${exit} and says what to do`, async () => {
      prepare({ 'mesh.dial': async () => err(code) });
      const { code: ended, stderr } = await pars(['mesh', 'dial', 'x']);
      assert.equal(ended, exit);
      assert.match(stderr, words);
    });
  }

  test('who is remembered is a table, with how they are known', async () => {
    const address = `/ip4/10.9.0.2/tcp/1#${FINGERPRINT}`;
    const lastLinkMs = Date.UTC(2026, 10, 22, 12);
    prepare({
      'mesh.discover': async (params) => {
        asked.push(params);
        const seen = { address, source: 'lan', linked: true, lastLinkMs } as const;
        return ok({ nodes: [seen, { address, source: 'user', linked: false }] });
      },
    });
    const { stdout } = await pars(['mesh', 'discover']);
    const [head, first, second] = stdout.split('\n');
    assert.match(head ?? '', /^known from +linked +last link +address$/);
    assert.match(first ?? '', /^local network +yes +2026-11-2\d \d\d:\d\d +\/ip4\/10/);
    assert.match(second ?? '', /^you +no +never +\/ip4/);
    await pars(['mesh', 'discover', '--search']);
    assert.deepEqual(asked, [{ search: false }, { search: true }]);
  });

  test('nobody remembered is said, and --json is an empty list', async () => {
    prepare({ 'mesh.discover': async () => ok({ nodes: [] }) });
    assert.match((await pars(['mesh', 'discover'])).stdout, /no other node/);
    const { stdout } = await pars(['mesh', 'discover', '--json']);
    assert.deepEqual(JSON.parse(stdout), { schemaVersion: 1, nodes: [] });
  });
});

describe('what others named', () => {
  test('cannot steer the terminal, nor hide or turn around, in an address, an id or a key', () => {
    const hostile = '/ip4/1\u001b[2J\n\u202e\u200f\u2066\u009b\u200b';
    const lines = [
      lineFromPeer({ ...PEER, nodeId: hostile, address: hostile }),
      lineFromList({ key: hostile, nodes: 1, expiresAtMs: 1 }),
      ...linesFromNodes([{ address: hostile, source: 'answer', linked: false }]),
      ...linesFromMesh({ ...MESH, link: hostile }),
      ...linesFromEvent({ type: 'bundle-offered', path: hostile, bytes: 1 }, 1, 'pars'),
    ];
    for (const line of lines) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
  });

  test('an address with hidden characters does not come out of a node', async () => {
    prepare({ 'mesh.peers': async () => ok({ peers: [{ ...PEER, address: '/a\u202e' }] }) });
    const { code, stdout, stderr } = await pars(['mesh', 'peers']);
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /api\/internal/);
  });
});

describe('pars mesh list', () => {
  const LIST = { key: FINGERPRINT, nodes: 2, expiresAtMs: Date.UTC(2026, 11, 1) };

  test('takes a file or standard input as it was signed', async () => {
    prepare({
      'mesh.list.add': async ({ text }) => {
        asked.push(text);
        return ok(LIST);
      },
    });
    await pars(['mesh', 'list', 'add', 'f'], { files: { f: 'one\ntwo\n' } });
    await pars(['mesh', 'list', 'add', '-'], { stdin: 'one\ntwo\n' });
    assert.deepEqual(asked, ['one\ntwo\n', 'one\ntwo\n']);
    assert.equal((await pars(['mesh', 'list', 'add', 'none'])).code, 5);
    const files = { f: 'x'.repeat(262_145) };
    assert.equal((await pars(['mesh', 'list', 'add', 'f'], { files })).code, 2);
    assert.equal(asked.length, 2);
  });

  test('shows and removes', async () => {
    prepare({
      'mesh.lists': async () => ok({ lists: [LIST] }),
      'mesh.list.remove': async ({ key }) => (key === FINGERPRINT ? ok({}) : err('node/no-list')),
    });
    assert.match((await pars(['mesh', 'list', 'show'])).stdout, /2 nodes, until 2026-1[12]-/);
    const removed = await pars(['mesh', 'list', 'remove', FINGERPRINT, '--json']);
    assert.deepEqual(JSON.parse(removed.stdout), { schemaVersion: 1, removed: true });
    const unknown = await pars(['mesh', 'list', 'remove', 'x']);
    assert.equal(unknown.code, 5);
    assert.match(unknown.stderr, /pars mesh list show/);
  });

  test('a list is made without a node; its key is made once, for its owner alone', async () => {
    const key = join(root, 'list-key');
    const address = `/ip4/44.1.2.3/tcp/4001#${FINGERPRINT}`;
    const make = ['mesh', 'list', 'make', '--key', key];
    const first = await pars([...make, address], { stdin: '' }, false);
    assert.equal(first.code, 0, first.stderr);
    assert.equal((await stat(key)).mode & 0o777, 0o600);
    const kept = await readFile(key, 'utf8');
    const read = unwrap(await readNodeList(suite, first.stdout, Date.now()));
    assert.deepEqual(read.addresses, [address]);
    assert.equal(Math.round((read.expiresMs - read.madeMs) / 86_400_000), 30);
    assert.doesNotMatch(first.stdout + first.stderr, new RegExp(kept.slice(20, 40)));

    const files = { [key]: kept };
    const again = await pars([...make, '--days', '2', '--json', address], { files }, false);
    const { key: name, nodes, text } = JSON.parse(again.stdout) as Readonly<Record<string, string>>;
    assert.deepEqual([name, nodes], [read.key, 1]);
    assert.equal(unwrap(await readNodeList(suite, text ?? '', Date.now())).key, read.key);
    assert.equal(await readFile(key, 'utf8'), kept);
  });

  test('a list holds only what everybody can dial, and its key no other file', async () => {
    const key = join(root, 'other-key');
    const make = ['mesh', 'list', 'make', '--key', key];
    for (const bad of [
      '/ip4/44.1.2.3/tcp/4001',
      `/ip4/10.0.0.1/tcp/4001#${FINGERPRINT}`,
      `/ip4/127.0.0.1/tcp/4001#${FINGERPRINT}`,
      'pars://node/AQ',
      '',
    ]) {
      const good = `/ip4/44.1.2.3/tcp/4001#${FINGERPRINT}`;
      const { code, stderr } = await pars([...make, good, bad], {}, false);
      assert.equal(code, 2, bad);
      assert.match(stderr, /number 2/);
    }
    await assert.rejects(stat(key));
    await writeFile(key, 'my letters');
    const files = { [key]: 'my letters' };
    const args = [...make, `/ip4/44.1.2.3/tcp/4001#${FINGERPRINT}`];
    assert.match((await pars(args, { files }, false)).stderr, /cli\/bad-list-key/);
    assert.equal(await readFile(key, 'utf8'), 'my letters');
  });
});

describe('pars mesh metered, carry and mailbox', () => {
  test('metered is on or off, and nothing else', async () => {
    prepare({
      'mesh.metered': async ({ metered }) => {
        asked.push(metered);
        return ok({ ...MESH, metered });
      },
    });
    assert.match((await pars(['mesh', 'metered', 'on'])).stdout, /metered +yes/);
    assert.match((await pars(['mesh', 'metered', 'off'])).stdout, /metered +no/);
    assert.equal((await pars(['mesh', 'metered', 'maybe'])).code, 2);
    assert.deepEqual(asked, [true, false]);
  });

  test('mailboxes cost what PIP-1006 says, and nothing where nothing is carried', async () => {
    const shown = async (mesh: MeshStatus, carries: boolean): Promise<string> => {
      prepareStatus(mesh, carries);
      return (await pars(['mesh', 'mailbox'])).stdout;
    };
    assert.match(await shown(MESH, true), /every 100 s[^]*42\.6 MB a day/);
    assert.match(await shown({ ...MESH, metered: true }, true), /every 300 s[^]*14\.2 MB a day/);
    assert.match(await shown({ ...MESH, keeper: false }, true), /keeps for others {2}no/);
    assert.match(await shown(MESH, false), /carries nothing/);
    prepareStatus(MESH, true);
    const { stdout } = await pars(['mesh', 'mailbox', '--json']);
    const visits = { everyMs: 100_000, bytesADay: 42_558_912 };
    assert.deepEqual(JSON.parse(stdout), { schemaVersion: 1, keeps: true, visits });
  });

  test('what is carried is told with the ways on which it goes', async () => {
    prepareStatus({ ...MESH, island: true }, true);
    const { stdout } = await pars(['mesh', 'carry']);
    assert.match(stdout, /2 parcels, 3\.1 kB of 10 GB/);
    assert.match(stdout, /on an island everything/);
    prepareStatus(MESH, false);
    assert.match((await pars(['mesh', 'carry'])).stdout, /^nothing/);
    assert.equal(JSON.parse((await pars(['mesh', 'carry', '--json'])).stdout).links, 3);
  });
});

describe('pars mesh radio', () => {
  const RADIO = {
    device: '/dev/ttyUSB0',
    state: 'open',
    neighbours: 2,
    framesSent: 3,
    framesHeard: 4,
    airtimeMs: 5_250,
  } as const;

  test('shows each radio, and what is wrong with one', async () => {
    const broken = { ...RADIO, state: 'opening', failure: 'serial/not-permitted' } as const;
    prepare({ 'mesh.radio': async () => ok({ radios: [RADIO, broken] }) });
    const { stdout } = await pars(['mesh', 'radio']);
    assert.match(stdout, /\/dev\/ttyUSB0 {2}on/);
    assert.match(stdout, /2 stations heard lately; 3 frames sent, 4 heard; 5\.3 s on the air/);
    assert.match(stdout, /dialout.*\[serial\/not-permitted\]/);
    const { stdout: json } = await pars(['mesh', 'radio', '--json']);
    assert.equal(JSON.parse(json).radios.length, 2);
    prepare({ 'mesh.radio': async () => ok({ radios: [] }) });
    assert.match((await pars(['mesh', 'radio', 'status'])).stdout, /no radio/);
  });

  test('a random key is printed, or written for its owner alone and never over a file', async () => {
    const printed = await pars(['mesh', 'radio', 'new-key'], {}, false);
    assert.equal(printed.code, 0, printed.stderr);
    assert.ok(radioKeyFromText(suite.symmetric, printed.stdout).ok);
    const out = join(root, 'radio-key');
    const written = await pars(['mesh', 'radio', 'new-key', out], {}, false);
    assert.equal(written.code, 0, written.stderr);
    const kept = await readFile(out, 'utf8');
    assert.ok(radioKeyFromText(suite.symmetric, kept).ok);
    assert.equal((await stat(out)).mode & 0o777, 0o600);
    assert.doesNotMatch(written.stdout + written.stderr, /pars:\/\/radio/);
    assert.equal((await pars(['mesh', 'radio', 'new-key', out], {}, false)).code, 7);
    assert.equal(await readFile(out, 'utf8'), kept);
  });

  test('a group with a passphrase has the same key everywhere', async () => {
    const args = ['mesh', 'radio', 'new-key', '--json', '--group'];
    const withFile = ['--passphrase-file', 'p'];
    const files = { p: 'correct horse\n' };
    const one = await pars([...args, 'Kurdan', ...withFile], { files }, false);
    const two = await pars([...args, ' kurdan'], { stdin: 'correct horse\n' }, false);
    const other = await pars([...args, 'Karaj', ...withFile], { files }, false);
    assert.equal(one.code, 0, one.stderr);
    assert.equal(one.stdout, two.stdout);
    assert.notEqual(one.stdout, other.stdout);
    assert.equal((await pars([...args, ' ', ...withFile], { files }, false)).code, 2);
    const nameless = ['mesh', 'radio', 'new-key', ...withFile];
    assert.equal((await pars(nameless, { files }, false)).code, 2);
    assert.equal((await pars([...args, 'Kurdan'], {}, false)).code, 2);
  });
});

describe('pars mesh watch', () => {
  test('tells of links and bundles, with a command that a shell reads as it should', async () => {
    watched.push({ type: 'link', state: 'up', peer: PEER });
    watched.push({ type: 'bundle-offered', path: '/media/a b/\u202e$(x).pars', bytes: 262_144 });
    watched.end(undefined);
    const { stdout, stderr, code } = await pars(['mesh', 'watch']);
    assert.match(stdout, /link up {4}12D3KooWfake {2}inbound/);
    assert.match(stdout, /bundle found, 262 kB: \$'/);
    const shown = String.raw`$'/media/a b/\xe2\x80\xae$(x).pars'`;
    assert.ok(stdout.includes(`pars bundle import --data-dir ${root} ${shown}\n`), stdout);
    assert.doesNotMatch(stdout, /\u202e/);
    assert.match(stderr, /watching/);
    // The node ended the stream: that is told, so that nobody waits for nothing.
    assert.equal(code, 1);
  });

  test('--json is one event a line, and Ctrl-C ends with 0', async () => {
    const controller = new AbortController();
    const event: MeshEvent = { type: 'bundle-offered', path: '/a\u0007\u202eb', bytes: 1 };
    watched.push(event);
    const { stdout, code } = await pars(['mesh', 'watch', '--json'], {
      signal: controller.signal,
      onOutput: () => controller.abort(),
    });
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /[\u0007\u202e]/);
    assert.deepEqual(JSON.parse(stdout), { schemaVersion: 1, event });
  });
});

describe('pars doctor', () => {
  test('tells of the local network and of the reach; only what fails is bad', async () => {
    const doctor = async (mesh: Partial<MeshStatus>): Promise<Outcome> => {
      prepareStatus({ ...MESH, ...mesh }, true);
      return await pars(['doctor']);
    };
    assert.match((await doctor({})).stdout, /^ok +local-network +on/m);
    assert.match((await doctor({ lan: 'off' })).stdout, /^ok +local-network +off/m);
    const failed = await doctor({ lan: 'failed' });
    assert.match(failed.stdout, /^BAD +local-network +failed.*pars mesh dial/m);
    assert.equal(failed.code, 1);
    assert.match((await doctor({ island: true })).stdout, /^ok +reach +an island/m);
    const alone = await doctor({ island: true, links: 0 });
    assert.match(alone.stdout, /^ok +reach +nobody is linked.*pars mesh dial/m);
  });
});

function pars(
  args: readonly string[],
  surroundings: Surroundings = {},
  hasFolder = true,
): Promise<Outcome> {
  return runWith(hasFolder ? [...args, '--data-dir', root] : args, surroundings);
}

function prepare(given: Partial<MethodHandlers>): void {
  methods = { ...createFakeHandlers().methods, ...given };
}

function prepareStatus(mesh: MeshStatus, carries: boolean): void {
  const carrying = { parcels: 2, bytes: 3_072, capacityBytes: 10_000_000_000 };
  const fake = createFakeHandlers().methods['node.status'];
  prepare({
    'mesh.status': async () => ok(mesh),
    'node.status': async (...call) => {
      const status = await fake(...call);
      return status.ok ? ok({ ...status.value, ...(carries ? { carrying } : {}) }) : status;
    },
  });
}
