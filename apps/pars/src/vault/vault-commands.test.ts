import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { MethodHandlers, VaultStatus } from '@pars/api';
import { createFakeHandlers } from '@pars/api/fakes';
import { err, ok, unwrap } from '@pars/base';
import {
  createTokenCheck,
  dataFolderPaths,
  loadOrCreateToken,
  serveOnSocket,
  systemScheduler,
} from '@pars/platform-node';
import { type Outcome, runWith, type Surroundings } from '../cli-fixture.ts';
import { linesFromVault, useTextFromTicks } from './status-text.ts';

let root = '';
let methods: MethodHandlers;
let server: AsyncDisposable;
/** What the node was asked, in order. */
let asked: unknown[] = [];

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'pars-vault-cli-'));
  await chmod(root, 0o700);
  const paths = dataFolderPaths(root);
  const token = unwrap(await loadOrCreateToken(paths.token));
  const handlers = createFakeHandlers();
  server = unwrap(
    await serveOnSocket(paths.socket, {
      handlers: {
        ...handlers,
        methods: new Proxy({} as MethodHandlers, { get: (_, name) => Reflect.get(methods, name) }),
      },
      isToken: createTokenCheck(token),
      log: { write: () => undefined },
      scheduler: systemScheduler,
    }),
  );
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});
beforeEach(() => {
  asked = [];
  prepare({});
});

describe('pars vault create', () => {
  const created = async (params: unknown): ReturnType<MethodHandlers['vault.create']> => {
    asked.push(params);
    return ok({ state: 'locked', tier: 'S', keeper: 'file' });
  };

  test('takes three lines of a file or of standard input; empty ones are none', async () => {
    prepare({ 'vault.create': created });
    const files = { f: 'one\ntwo\nthree\n' };
    const done = await pars(['vault', 'create', '--password-file', 'f'], { files });
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stderr, /BEST|FILE/);
    await pars(['vault', 'create', '--tier', 'L', '--keeper', 'tpm'], { stdin: 'one\n\nthree\n' });
    await pars(['vault', 'create'], { stdin: 'one\n' });
    assert.deepEqual(asked, [
      { decoy: 'one', hidden: 'two', duress: 'three', tier: 'S' },
      { decoy: 'one', duress: 'three', tier: 'L', keeper: 'tpm' },
      { decoy: 'one', tier: 'S' },
    ]);
    assert.equal((await pars(['vault', 'create'], { stdin: '\ntwo\n' })).code, 2);
    assert.equal((await pars(['vault', 'create', '--password-file', 'none'])).code, 2);
  });

  test('at a terminal says what is not protected and what each password does, and asks twice', async () => {
    prepare({ 'vault.create': created });
    const answers = ['decoy-1', 'decoy-1', 'own-2', 'mistyped', 'own-2', 'own-2', ''];
    const { code, stderr } = await pars(['vault', 'create'], { answers });
    assert.equal(code, 0, stderr);
    assert.deepEqual(asked, [{ decoy: 'decoy-1', hidden: 'own-2', tier: 'S' }]);
    assert.match(stderr, /What is not protected/);
    assert.match(stderr, /duress {2}opens the decoy/);
    assert.match(stderr, /not the same/);
    assert.doesNotMatch(stderr, /decoy-1|own-2|mistyped/);
  });

  test('does not ask where there is a vault', async () => {
    prepare({ 'vault.status': async () => ok({ state: 'locked' }) });
    let questions = 0;
    const refused = await pars(['vault', 'create'], {
      answers: [],
      onQuestion: () => {
        questions += 1;
      },
    });
    assert.equal(refused.code, 7);
    assert.equal(questions, 0);
  });

  test('refuses the same password twice before the node sees it', async () => {
    prepare({ 'vault.create': created });
    const { code } = await pars(['vault', 'create'], { answers: ['one', 'one', 'one', 'one'] });
    assert.equal(code, 2);
    assert.deepEqual(asked, []);
  });
});

describe('pars vault passwd and grow', () => {
  const needsHidden = async (params: { readonly mayDestroyHidden?: true }): Promise<never> => {
    asked.push(params);
    return (
      params.mayDestroyHidden === true
        ? ok({ oldSecretErased: true })
        : err('vault/hidden-password-needed')
    ) as never;
  };

  test('take the present password and the new ones from files, or from four lines', async () => {
    prepare({
      'vault.passwd': async (params) => {
        asked.push(params);
        return ok({ oldSecretErased: true });
      },
    });
    const files = { a: 'old\n', b: 'one\ntwo\n' };
    const options = ['--password-file', 'a', '--new-password-file', 'b'];
    assert.equal((await pars(['vault', 'passwd', ...options], { files })).code, 0);
    await pars(['vault', 'passwd'], { stdin: 'old\none\ntwo\nthree\n' });
    assert.deepEqual(asked, [
      { current: 'old', next: { decoy: 'one', hidden: 'two' } },
      { current: 'old', next: { decoy: 'one', hidden: 'two', duress: 'three' } },
    ]);
  });

  test('destroy nothing without consent, which is a word at a terminal or an option', async () => {
    prepare({ 'vault.passwd': needsHidden });
    const stdin = 'old\none\n';
    assert.equal((await pars(['vault', 'passwd'], { stdin })).code, 2);
    assert.equal(asked.length, 1);
    assert.equal((await pars(['vault', 'passwd', '--forget-hidden'], { stdin })).code, 0);

    asked = [];
    const typed = ['old', 'one', 'one', '', ''];
    const declined = await pars(['vault', 'passwd'], { answers: [...typed, 'yes'] });
    assert.equal(declined.code, 2);
    assert.match(declined.stderr, /IS LOST FOR EVER[\s\S]*Nobody can know/);
    assert.equal(asked.length, 1);
    const agreed = await pars(['vault', 'passwd'], { answers: [...typed, 'destroy'] });
    assert.equal(agreed.code, 0, agreed.stderr);
    assert.equal(asked.length, 3);
  });

  test('grow names its tier', async () => {
    prepare({
      'vault.grow': async (params) => {
        asked.push(params);
        return ok({ oldDestroyed: true });
      },
    });
    await pars(['vault', 'grow'], { stdin: 'old\none\n' });
    assert.deepEqual(asked, [{ current: 'old', next: { decoy: 'one' }, tier: 'L' }]);
  });
});

describe('pars vault unlock, status and check', () => {
  test('a wrong password is 4, and no vault is 5 without a question', async () => {
    assert.equal((await pars(['vault', 'unlock'], { stdin: 'guess\n' })).code, 4);
    assert.equal((await pars(['vault', 'unlock'], { answers: [] })).code, 5);
  });

  test('who is nobody yet is told what comes next', async () => {
    prepare({ 'vault.unlock': async () => ok({ identity: 'none' }) });
    assert.match((await pars(['vault', 'unlock'], { stdin: 'x\n' })).stderr, /pars id create/);
    prepare({ 'vault.unlock': async () => ok({ identity: 'open' }) });
    assert.equal((await pars(['vault', 'unlock'], { stdin: 'x\n' })).stderr, '');
  });

  test('the status is in plain words', () => {
    const open: VaultStatus = {
      state: 'open',
      tier: 'S',
      diskBytes: 323_260_416,
      keeper: 'file',
      idleLockMinutes: 15,
      room: { usedBytes: 1_200_000, capacityBytes: 62_914_560 },
      unsaved: true,
      extraFlushesLeft: 62,
      marginTicks: 511,
      marginAtUnlockTicks: 480,
    };
    const text = linesFromVault(open).join('\n');
    assert.match(text, /tier S, 323 MB/);
    assert.match(text, /BEST EFFORT/);
    assert.match(text, /saving/);
    assert.match(text, /4 h 15 min .*\(4 h 0 min were left/);
    assert.match(linesFromVault({ ...open, unsaved: false }).join('\n'), / saved$/m);
    assert.doesNotMatch(linesFromVault({ state: 'locked', keeper: 'tpm' }).join('\n'), /margin/);
    assert.match(linesFromVault({ state: 'none' }).join('\n'), /pars vault create/);
    assert.equal(useTextFromTicks(3), '1 min');
  });

  test('a check that finds damage ends with 1', async () => {
    const check = { name: 'decoy', detail: 'one page is gone' };
    prepare({ 'vault.check': async () => ok({ checks: [{ ...check, ok: false }] }) });
    assert.equal((await pars(['vault', 'check'])).code, 1);
    prepare({ 'vault.check': async () => ok({ checks: [{ ...check, ok: true }] }) });
    assert.equal((await pars(['vault', 'check'])).code, 0);
  });

  test('what is not protected needs no node, and speaks Persian', async () => {
    const { stdout, code } = await runWith(['vault', 'limits']);
    assert.equal(code, 0);
    assert.match(stdout, /Anyone can see that Pars/);
  });
});

describe('pars panic', () => {
  const destroyed: MethodHandlers['vault.panic'] = async (params) => {
    asked.push(params);
    // The node ends after its answer; here its connection does.
    setImmediate(() => void server[Symbol.asyncDispose]());
    return ok({ secretDestroyed: true, erased: params.everything });
  };

  test('asks before it destroys, and does nothing without the word', async () => {
    prepare({ 'vault.panic': destroyed });
    assert.equal((await pars(['panic'])).code, 2);
    assert.equal((await pars(['panic'], { answers: ['no'] })).code, 2);
    assert.deepEqual(asked, []);
  });

  test('with --yes it does not ask, and ends with the node', async () => {
    prepare({ 'vault.panic': destroyed });
    const done = await pars(['panic', '--everything', '--yes']);
    assert.equal(done.code, 0, done.stderr);
    assert.deepEqual(asked, [{ everything: true }]);
  });
});

function prepare(overrides: Partial<MethodHandlers>): void {
  methods = createFakeHandlers(overrides).methods;
}

function pars(args: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
  return runWith([...args, '--data-dir', root], surroundings);
}
