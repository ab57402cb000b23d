import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { ApiHandlers, ChatMessage, Contact, MethodHandlers, NodeStatus } from '@pars/api';
import { EventQueue } from '@pars/api';
import { createFakeHandlers } from '@pars/api/fakes';
import { err, type Failure, ok, unwrap } from '@pars/base';
import {
  createTokenCheck,
  dataFolderPaths,
  loadOrCreateToken,
  serveOnSocket,
  systemScheduler,
} from '@pars/platform-node';
import { type Outcome, runWith, type Surroundings } from './cli-fixture.ts';
import { VERSION } from './version.ts';

const ROYA = `05${'ab'.repeat(32)}`;
const REZA = `05${'ac'.repeat(32)}`;
const STATUS: NodeStatus = {
  version: VERSION,
  suite: 1,
  nodeId: '12D3KooWfake',
  addresses: [],
  peerCount: 0,
  uptimeMs: 1,
  vault: 'open',
  identity: 'open',
};
const contacts: readonly Contact[] = [
  { sessionId: ROYA, name: 'Roya', addedAtMs: 1, state: 'confirmed' },
  { sessionId: REZA, name: 'Reza\u202e', addedAtMs: 1, state: 'pending' },
];

let root = '';
let handlers: ApiHandlers;
let watched = new EventQueue<ChatMessage>(100);
const stack = new AsyncDisposableStack();

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'pars-cli-'));
  await chmod(root, 0o700);
  const paths = dataFolderPaths(root);
  const token = unwrap(await loadOrCreateToken(paths.token));
  // What the handlers are may change from test to test.
  const current: ApiHandlers = {
    methods: new Proxy({} as MethodHandlers, {
      get: (_target, name) => handlers.methods[name as keyof MethodHandlers],
    }),
    subscriptions: {
      ...createFakeHandlers().subscriptions,
      'chat.watch': (...call) => handlers.subscriptions['chat.watch'](...call),
    },
  };
  const server = await serveOnSocket(paths.socket, {
    handlers: current,
    isToken: createTokenCheck(token),
    log: { write: () => undefined },
    scheduler: systemScheduler,
  });
  stack.use(unwrap(server));
});
after(async () => {
  await stack.disposeAsync();
  await rm(root, { recursive: true, force: true });
});
beforeEach(() => {
  watched = new EventQueue<ChatMessage>(100);
  handlers = {
    methods: handlersThatFail({
      'contact.list': async () => ok({ contacts }),
      'chat.send': async ({ to }) => ok({ messageId: `to-${to.slice(0, 4)}`, state: 'queued' }),
    }),
    subscriptions: { ...createFakeHandlers().subscriptions, 'chat.watch': async () => ok(watched) },
  };
});

describe('output', () => {
  test('text of other people cannot steer the terminal', async () => {
    const { stdout } = await pars(['contact', 'list']);
    assert.doesNotMatch(stdout, /\u202e/);
    assert.match(stdout, /Reza\ufffd/);
  });

  test('--json is one object with a schema version', async () => {
    const { stdout, stderr, code } = await pars(['contact', 'list', '--json']);
    assert.deepEqual(JSON.parse(stdout), { schemaVersion: 1, contacts });
    assert.equal(stdout.trimEnd().split('\n').length, 1);
    assert.doesNotMatch(stdout, /\u202e/);
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });

  test('a failure goes to standard error, in plain words and with its code', async () => {
    answerWith('id.show', { code: 'session/no-identity' });
    const { stdout, stderr, code } = await pars(['id', 'show']);
    assert.equal(stdout, '');
    assert.match(stderr, /pars id create/);
    assert.match(stderr, /\[session\/no-identity\]/);
    assert.equal(code, 5);
  });

  test('a failure under --json is an object on standard error', async () => {
    answerWith('id.show', { code: 'node/locked' });
    const { stdout, stderr, code } = await pars(['id', 'show', '--json']);
    assert.equal(stdout, '');
    assert.equal((JSON.parse(stderr) as { error: Failure }).error.code, 'node/locked');
    assert.equal(code, 4);
  });

  for (const [failure, expected] of [
    ['session/bad-name', 2],
    ['node/stopped', 3],
    ['vault/wrong-password', 4],
    ['session/no-contact', 5],
    ['node/timeout', 6],
    ['session/identity-exists', 7],
    ['something/new', 1],
  ] as const) {
    test(`${failure} ends with ${expected}`, async () => {
      answerWith('vault.lock', { code: failure });
      assert.equal((await pars(['vault', 'lock'])).code, expected);
    });
  }
});

describe('secrets', () => {
  const restored: MethodHandlers['id.restore'] = async ({ phrase }) =>
    phrase === 'two words' ? ok({ sessionId: ROYA }) : err('x/y');
  const args = ['id', 'restore', '--name', 'Ada'];

  test('come from standard input, a file or a hidden prompt', async () => {
    replace('id.restore', restored);
    replace('node.status', async () => ok({ ...STATUS, identity: 'none' }));
    assert.equal((await pars(args, { stdin: 'two words\nrest\n' })).code, 0);
    const files = { f: 'two words\n' };
    assert.equal((await pars([...args, '--phrase-file', 'f'], { files })).code, 0);
    assert.equal((await pars(args, { answers: ['two words'] })).code, 0);
    assert.equal((await pars(args)).code, 2);
    assert.equal((await pars([...args, '--phrase-file', 'none'])).code, 2);
  });

  for (const [vault, identity, code] of [
    ['none', 'locked', 5],
    ['locked', 'locked', 4],
    ['open', 'open', 7],
  ] as const) {
    test(`are not asked for where the vault is ${vault} and somebody is ${identity}`, async () => {
      replace('node.status', async () => ok({ ...STATUS, vault, identity }));
      let asked = 0;
      const onQuestion = (): void => {
        asked += 1;
      };
      assert.equal((await pars(args, { answers: [], onQuestion })).code, code);
      const created = await pars(['id', 'create', '--name', 'Ada'], { answers: [], onQuestion });
      assert.equal(created.code, code);
      assert.equal(asked, 0);
    });
  }

  test('are no options', async () => {
    for (const option of ['--password', '--phrase', '--token']) {
      const { code, stderr } = await pars(['vault', 'unlock', option, 'hunter2']);
      assert.equal(code, 2);
      assert.doesNotMatch(stderr, /hunter2/);
    }
  });

  test('of earlier versions point to the vault', async () => {
    for (const verb of ['unlock', 'lock']) {
      const { code, stderr } = await pars(['id', verb]);
      assert.equal(code, 2);
      assert.match(stderr, /pars vault unlock/);
    }
  });
});

describe('contacts are named', () => {
  for (const [reference, expected] of [
    ['Roya', 0],
    [ROYA, 0],
    [`pars://session/${ROYA}`, 0],
    [ROYA.slice(0, 8), 0],
    ['05ab', 5],
    ['roya', 0],
    ['\u200cRoya', 0],
    ['Nobody', 5],
  ] as const) {
    test(`by ${reference.slice(0, 24)}: ${expected}`, async () => {
      assert.equal((await pars(['chat', 'send', reference, 'x'])).code, expected);
    });
  }

  test('as another keyboard writes them', async () => {
    const [first] = contacts;
    assert.ok(first);
    replace('contact.list', async () => ok({ contacts: [{ ...first, name: 'علی کریمی' }] }));
    assert.equal((await pars(['chat', 'send', 'علي كريمي', 'x'])).code, 0);
  });

  test('exactly, where another name only looks like it', async () => {
    const [roya, reza] = contacts;
    assert.ok(roya && reza);
    const alike = [roya, { ...reza, name: 'roya' }];
    replace('contact.list', async () => ok({ contacts: alike }));
    assert.match((await pars(['chat', 'send', 'roya', 'x'])).stdout, /to-05ac/);
    assert.equal((await pars(['chat', 'send', 'ROYA', 'x'])).code, 7);
  });

  test('ambiguously: 7', async () => {
    const twins = contacts.map((contact) => ({ ...contact, name: 'Twin' }));
    replace('contact.list', async () => ok({ contacts: twins }));
    assert.equal((await pars(['chat', 'send', 'Twin', 'x'])).code, 7);
  });
});

describe('chat', () => {
  test('sends what is an argument, or standard input for -', async () => {
    const texts: string[] = [];
    replace('chat.send', async ({ text }) => {
      texts.push(text);
      return ok({ messageId: 'm', state: 'queued' });
    });
    await pars(['chat', 'send', 'Roya', 'salaam']);
    await pars(['chat', 'send', 'Roya', '-'], { stdin: 'two\nlines\n' });
    assert.deepEqual(texts, ['salaam', 'two\nlines']);
  });

  test('--wait ends with the delivery, with 1 when it failed, with 6 when time is up', async () => {
    const wait = ['chat', 'send', 'Roya', 'x', '--wait'];
    watched.push(message({ messageId: 'to-05ab', state: 'handed-over' }));
    watched.push(message({ messageId: 'to-05ab', state: 'delivered' }));
    const delivered = await pars([...wait, '30']);
    assert.equal(delivered.code, 0);
    assert.match(delivered.stdout, /delivered/);
    watched = new EventQueue<ChatMessage>(100);
    watched.push(message({ messageId: 'to-05ab', state: 'failed' }));
    assert.equal((await pars([...wait, '30'])).code, 1);
    watched = new EventQueue<ChatMessage>(100);
    assert.equal((await pars([...wait, '0'])).code, 6);
  });

  test('says how many keepers have proved to have what waits', async () => {
    const out = { direction: 'out', state: 'handed-over' } as const;
    const messages = [
      message({ ...out, sequence: 1, storedBy: 1 }),
      message({ ...out, sequence: 2, storedBy: 3 }),
      message({ ...out, sequence: 3 }),
    ];
    replace('chat.read', async () => ok({ messages }));
    const { stdout } = await pars(['chat', 'read']);
    assert.deepEqual(stdout.match(/\(handed-over.*\)/g), [
      '(handed-over, stored by 1 keeper)',
      '(handed-over, stored by 3 keepers)',
      '(handed-over)',
    ]);
  });

  test('--follow prints what is there, then what comes, once each', async () => {
    replace('chat.read', async () => ok({ messages: [message({ sequence: 1, text: 'old' })] }));
    watched.push(message({ sequence: 1, text: 'old' }));
    watched.push(message({ sequence: 2, messageId: 'm2', text: 'new\nline' }));
    watched.end(undefined);
    const { stdout, code } = await pars(['chat', 'read', '--follow']);
    assert.equal(stdout.match(/old/g)?.length, 1);
    assert.match(stdout, /<- new\n {2}line\n/);
    // The node ended the stream: that is told, so that nobody waits for nothing.
    assert.equal(code, 1);
  });

  test('--follow tells a lock from another end', async () => {
    replace('chat.read', async () => ok({ messages: [] }));
    replace('node.status', async () => ok({ ...STATUS, identity: 'locked' }));
    watched.end(undefined);
    const { code, stderr } = await pars(['chat', 'read', '--follow']);
    assert.match(stderr, /node\/locked/);
    assert.equal(code, 4);
  });

  test('times are those of the wall, not of Greenwich', async () => {
    const sentAtMs = Date.UTC(2026, 10, 22, 12, 0);
    replace('chat.read', async () => ok({ messages: [message({ sentAtMs })] }));
    const { stdout } = await pars(['chat', 'read']);
    const wall = new Date(sentAtMs);
    const shown = / (\d\d):(\d\d) /.exec(stdout)?.slice(1).map(Number);
    assert.deepEqual(shown, [wall.getHours(), wall.getMinutes()]);
  });

  test('--follow ends with 0 on Ctrl-C', async () => {
    replace('chat.read', async () => ok({ messages: [] }));
    const controller = new AbortController();
    watched.push(message({}));
    const { code, stdout } = await pars(['chat', 'read', '--follow', '--json'], {
      signal: controller.signal,
      onOutput: () => controller.abort(),
    });
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), { schemaVersion: 1, message: message({}) });
  });
});

test('a wrong command line is 2, help and version are 0', async () => {
  assert.equal((await pars(['nonsense'], {}, false)).code, 2);
  assert.equal((await pars(['chat', 'send'], {}, false)).code, 2);
  assert.equal((await pars(['chat', 'read', '--limit', 'many'])).code, 2);
  assert.equal((await pars(['--help'], {}, false)).code, 0);
  assert.equal((await pars(['--version'], {}, false)).stdout.trim(), VERSION);
});

test('a wrong command line under --json is an object on standard error', async () => {
  for (const args of [
    ['chat', 'send', '--json'],
    ['--json', 'chat', 'explode'],
    ['chat', 'read', '--json', '--limit', 'many'],
  ]) {
    const { stdout, stderr, code } = await pars(args, {}, false);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    const { schemaVersion, error } = JSON.parse(stderr) as {
      readonly schemaVersion: number;
      readonly error: { readonly code: string; readonly advice: string };
    };
    assert.equal(schemaVersion, 1);
    assert.equal(error.code, 'cli/usage');
    assert.ok(error.advice.length > 0);
  }
});

test('a phrase that is wrong is told in words that help, and the words count from 1', async () => {
  answerWith('id.restore', { code: 'crypto/phrase-word', meta: { index: 4 } });
  replace('node.status', async () => ok({ ...STATUS, identity: 'none' }));
  const args = ['id', 'restore', '--name', 'Ada'];
  const { stderr, code } = await pars(args, { stdin: 'two words\n' });
  assert.match(stderr, /Word number 5/);
  assert.equal(code, 2);
});

test('the version is the one of the package', async () => {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  assert.equal((JSON.parse(text) as { version: string }).version, VERSION);
});

function pars(
  args: readonly string[],
  surroundings: Surroundings = {},
  hasFolder = true,
): Promise<Outcome> {
  return runWith(hasFolder ? [...args, '--data-dir', root] : args, surroundings);
}

function handlersThatFail(methods: Partial<MethodHandlers>): MethodHandlers {
  return new Proxy(methods as MethodHandlers, {
    get: (target, name) => Reflect.get(target, name) ?? (async () => err('test/not-prepared')),
  });
}

function replace<M extends keyof MethodHandlers>(method: M, handler: MethodHandlers[M]): void {
  handlers = {
    ...handlers,
    methods: new Proxy(handlers.methods, {
      get: (target, name) => (name === method ? handler : Reflect.get(target, name)),
    }),
  };
}

function answerWith(method: keyof MethodHandlers, failure: Failure): void {
  replace(method, async () => err(failure.code, failure.meta));
}

function message(fields: Partial<ChatMessage>): ChatMessage {
  return {
    messageId: 'm1',
    sequence: 1,
    with: ROYA,
    direction: 'in',
    text: 'salaam',
    sentAtMs: 1,
    state: 'delivered',
    ...fields,
  };
}
