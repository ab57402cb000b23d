import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { MethodHandlers } from '@pars/api';
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

const peer = { nodeId: 'far', address: '/webrtc', direction: 'outbound', sinceMs: 1 } as const;

let root = '';
let methods: MethodHandlers;
let server: AsyncDisposable;
/** What the node was asked, in order. */
let asked: string[] = [];
/** What it says to answers, in order, then that it is linked. */
let failures: string[] = [];

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'pars-meet-cli-'));
  await chmod(root, 0o700);
  const paths = dataFolderPaths(root);
  const token = unwrap(await loadOrCreateToken(paths.token));
  server = unwrap(
    await serveOnSocket(paths.socket, {
      handlers: {
        ...createFakeHandlers(),
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
  failures = [];
  let made = 0;
  const linked = async () => {
    const failure = failures.shift();
    return failure === undefined ? ok(peer) : err(failure);
  };
  const meetingId = '0f'.repeat(16);
  methods = createFakeHandlers({
    async 'mesh.meet.offer'() {
      made += 1;
      return ok({ meetingId, text: `pars://rtc/offer${made}`, expiresAtMs: 1 });
    },
    async 'mesh.meet.answer'({ offer }) {
      asked.push(offer);
      return ok({ meetingId, text: 'pars://rtc/answer', expiresAtMs: 1 });
    },
    async 'mesh.meet.finish'({ answer }) {
      asked.push(answer);
      return linked();
    },
    'mesh.meet.wait': linked,
  }).methods;
});

describe('pars mesh meet', () => {
  test('prints its text alone on standard output, takes the answer and tells who is there', async () => {
    const met = await meet([], { stdin: 'pars://rtc/answer\n' });
    assert.equal(met.code, 0, met.stderr);
    assert.equal(met.stdout, 'pars://rtc/offer1\nfar  outbound  /webrtc\n');
    assert.deepEqual(asked, ['pars://rtc/answer']);
  });

  test('begins again with a new text, and says so, when the connection broke', async () => {
    failures = ['mesh/rtc-failed'];
    const met = await meet([], { answers: ['first', 'second'] });
    assert.equal(met.code, 0, met.stderr);
    assert.match(met.stdout, /^pars:\/\/rtc\/offer1\npars:\/\/rtc\/offer2\nfar /);
    assert.match(met.stderr, /Begin again with the new text/);
    assert.deepEqual(asked, ['first', 'second']);
  });

  test('gives up after four texts', async () => {
    failures = Array.from({ length: 9 }, () => 'mesh/rtc-failed');
    const met = await meet([], { answers: Array.from({ length: 9 }, () => 'answer') });
    assert.deepEqual([met.code, asked.length], [1, 4]);
    assert.match(met.stderr, /\[mesh\/rtc-failed\]\s*$/);
  });

  test('asks again at a terminal when what was pasted is not the answer, with the same text', async () => {
    failures = ['mesh/bad-signal', 'mesh/signal-mismatch'];
    const met = await meet([], { answers: ['half', 'another', ' the right one '] });
    assert.equal(met.code, 0, met.stderr);
    assert.equal(met.stdout.match(/offer/g)?.length, 1);
    assert.deepEqual(asked, ['half', 'another', 'therightone']);
    failures = ['mesh/bad-signal'];
    assert.equal((await meet([], { stdin: 'half\nanother\n' })).code, 2);
  });

  test('without an answer there is no meeting', async () => {
    const met = await meet([]);
    assert.deepEqual([met.code, asked], [2, []]);
  });
});

describe('pars mesh meet TEXT', () => {
  test('prints the answer and waits for the link', async () => {
    const met = await meet(['pars://rtc/offer']);
    assert.equal(met.code, 0, met.stderr);
    assert.equal(met.stdout, 'pars://rtc/answer\nfar  outbound  /webrtc\n');
    const piped = await meet(['-'], { stdin: 'pars://rtc/\noffer\n' });
    assert.equal(piped.code, 0, piped.stderr);
    assert.deepEqual(asked, ['pars://rtc/offer', 'pars://rtc/offer']);
  });

  test('asks for the new text when the connection broke', async () => {
    failures = ['mesh/rtc-failed', 'mesh/rtc-failed'];
    const met = await meet(['first'], { answers: ['second'] });
    assert.deepEqual(asked, ['first', 'second']);
    // Nothing more was pasted.
    assert.match(met.stderr, /\[mesh\/rtc-failed\]\s*$/);
    failures = ['mesh/rtc-failed'];
    assert.equal((await meet(['first'])).code, 1);
  });
});

function meet(args: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
  return runWith(['mesh', 'meet', ...args, '--data-dir', root], surroundings);
}
