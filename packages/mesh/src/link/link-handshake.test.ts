import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { expose } from '@pars/base';
import { keyFingerprint, nodeIdFromKey } from '../node-id.ts';
import { createNodeKeyPins } from '../node-key-pins.ts';
import { cookieWindowMs } from './cookie-jar.ts';
import {
  type CompletedHandshake,
  createLinkFixture,
  type Meddler,
  shakeHands,
} from './link-fixture.ts';
import type { LinkExpectation } from './link-initiator.ts';
import type { LinkDeps, LinkMachine, LinkStep } from './link-machine.ts';
import { createLinkResponder, type LinkResponderOptions } from './link-responder.ts';
import { messageLengthByType, messageType } from './link-wire.ts';

const link = await createLinkFixture('link handshake');
const bobId = nodeIdFromKey(link.bob.publicKey.bytes);
const aliceId = nodeIdFromKey(link.alice.publicKey.bytes);

/** A complete handshake, for tests that need one's messages. */
const recorded = await carryThrough({});

describe('a handshake', () => {
  test('gives both ends the other, proven, and the same keys', async () => {
    const { initiator, responder, messages } = await carryThrough({});
    assert.equal(initiator.peer.nodeId, bobId);
    assert.equal(responder.peer.nodeId, aliceId);
    assert.deepEqual(initiator.peer.nodeKey, link.bob.publicKey.bytes);
    assert.deepEqual(expose(initiator.sendRoot), expose(responder.receiveRoot));
    assert.deepEqual(expose(initiator.receiveRoot), expose(responder.sendRoot));
    assert.notDeepEqual(expose(initiator.sendRoot), expose(initiator.receiveRoot));
    assert.deepEqual(
      messages.map((message) => message.length),
      [1_603, 9_043, 7_443],
    );
  });

  test('gives other keys every time', async () => {
    const second = await carryThrough({});
    assert.notDeepEqual(expose(second.initiator.sendRoot), expose(recorded.initiator.sendRoot));
  });

  test('under load costs the initiator a cookie and a puzzle first', async () => {
    const { messages, initiator } = await carryThrough({ difficulty: 6 });
    assert.equal(initiator.peer.nodeId, bobId);
    assert.deepEqual(
      messages.map((message) => message.length),
      [1_603, 40, 1_648, 9_043, 7_443],
    );
  });

  test('does no public-key work before the puzzle is solved', async () => {
    let workCount = 0;
    const responder = link.responder({ difficulty: () => 0, onWork: () => (workCount += 1) });
    const initiator = link.initiator();
    await responder.start();
    const challenge = await responder.receive(messageOf(await initiator.start()));
    assert.equal(workCount, 0);
    await responder.receive(messageOf(await initiator.receive(messageOf(challenge))));
    assert.equal(workCount, 1);
  });

  test('shows no node key and no protocol name to the wire', async () => {
    const wire = recorded.messages
      .map((message) => Buffer.from(message).toString('latin1'))
      .join('');
    for (const key of [link.alice, link.bob].map(({ publicKey }) => publicKey.bytes)) {
      assert.equal(wire.includes(Buffer.from(key.subarray(0, 32)).toString('latin1')), false);
      assert.equal(wire.includes(Buffer.from(key.subarray(32, 64)).toString('latin1')), false);
    }
    assert.equal(wire.includes('/pars'), false);
  });
});

describe('the initiator', () => {
  test('accepts the node it expects', async () => {
    const fingerprint = keyFingerprint(link.suite.symmetric, link.bob.publicKey.bytes);
    const { initiator } = await carryThrough({ expected: { nodeId: bobId, fingerprint } });
    assert.equal(initiator.peer.fingerprint, fingerprint);
  });

  test('refuses another node than expected, and never shows itself to it', async () => {
    const fingerprint = keyFingerprint(link.suite.symmetric, link.alice.publicKey.bytes);
    for (const expected of [{ nodeId: aliceId }, { nodeId: bobId, fingerprint }]) {
      const initiator = link.initiator({ expected }, link.carol);
      assert.deepEqual(await shakeHands(initiator, link.responder()), {
        failedRole: 'initiator',
        code: 'mesh/wrong-peer',
      });
    }
  });

  test('refuses itself', async () => {
    assert.equal(await failure(link.initiator({}, link.bob), link.responder()), 'mesh/self-dial');
  });

  test('refuses a puzzle that is too hard', async () => {
    const tooHard: Meddler = (message, index) =>
      index === 1 ? changed(message, 3 + 4, () => 17) : message;
    const responder = link.responder({ difficulty: () => 0 });
    assert.equal(await failure(link.initiator(), responder, tooHard), 'mesh/puzzle-too-hard');
  });

  test('answers one challenge only', async () => {
    const initiator = link.initiator();
    const responder = link.responder({ difficulty: () => 0 });
    await responder.start();
    const challenge = messageOf(await responder.receive(messageOf(await initiator.start())));
    await initiator.receive(challenge);
    assert.equal(codeOf(await initiator.receive(challenge)), 'mesh/unexpected-message');
  });
});

describe('both ends', () => {
  test('refuse a node id whose key has changed', async () => {
    const pins = createNodeKeyPins();
    const mallory = await link.suite.signature.signerFromSeed(link.suite.signature.generateSeed());
    const other = keyFingerprint(link.suite.symmetric, mallory.publicKey.bytes);
    pins.remember(aliceId, other);
    const deps: LinkDeps = {
      suite: link.suite,
      identity: link.bob,
      accept: (peer) => pins.check(peer.nodeId, peer.fingerprint),
    };
    const responder = createLinkResponder(deps, {
      difficulty: () => undefined,
      cookies: link.cookies,
      returnPath: Uint8Array.of(1),
    });
    assert.deepEqual(await shakeHands(link.initiator(), responder), {
      failedRole: 'responder',
      code: 'mesh/key-changed',
    });
  });

  test('refuse another suite, another version and other bytes at the first three bytes', async () => {
    const cases = [
      [Uint8Array.of(2, 1, 1), 'mesh/unknown-suite'],
      [new TextEncoder().encode('\x13/multistream/1.0.0\n').subarray(0, 3), 'mesh/unknown-suite'],
      [new TextEncoder().encode('GET'), 'mesh/unknown-suite'],
      [Uint8Array.of(1, 2, 1), 'mesh/unknown-version'],
      [Uint8Array.of(1, 1, 0), 'mesh/unexpected-message'],
      [Uint8Array.of(1, 1, 6), 'mesh/unexpected-message'],
      [Uint8Array.of(1, 1), 'mesh/bad-length'],
      [Uint8Array.of(), 'mesh/bad-length'],
    ] as const;
    for (const machine of [() => link.initiator(), () => link.responder()]) {
      for (const [header, code] of cases) {
        const refusing = machine();
        await refusing.start();
        const announced = refusing.expect(header);
        assert.equal(announced.ok ? 'accepted' : announced.error.code, code);
        assert.equal(refusing.stateName, 'failed');
      }
    }
  });

  test('refuse every message that their state does not allow, and stay ended', async () => {
    const byName = await statesByName();
    const allowedByState: Readonly<Record<string, readonly number[]>> = {
      'initiator awaiting-reply': [messageType.challenge, messageType.reply],
      'initiator after a challenge': [messageType.reply],
      'responder awaiting-hello': [messageType.hello],
      'responder awaiting-retry': [messageType.retry],
      'responder awaiting-finish': [messageType.finish],
    };
    for (const [name, reach] of Object.entries(byName)) {
      for (const [type, length] of messageLengthByType) {
        if (allowedByState[name]?.includes(type) === true) continue;
        const machine = await reach();
        const message = new Uint8Array(length);
        message.set([1, 1, type]);
        const first = await machine.receive(message);
        assert.equal(codeOf(first), 'mesh/unexpected-message', `${name}, type ${type}`);
        const again = await machine.receive(messageOf(await link.initiator().start()));
        assert.equal(codeOf(again), 'mesh/unexpected-message', `${name} stays ended`);
        assert.equal(machine.stateName, 'failed');
      }
    }
  });

  test('refuse any other suite and any other version in every message of every state', async () => {
    const expectedByState: Readonly<Record<string, readonly number[]>> = {
      'initiator awaiting-reply': [messageType.challenge, messageType.reply],
      'initiator after a challenge': [messageType.reply],
      'responder awaiting-hello': [messageType.hello],
      'responder awaiting-retry': [messageType.retry],
      'responder awaiting-finish': [messageType.finish],
    };
    const byName = await statesByName();
    for (const [name, types] of Object.entries(expectedByState)) {
      const reach = byName[name];
      assert.ok(reach !== undefined);
      for (const type of types) {
        for (let value = 0; value < 256; value += name.includes('hello') ? 1 : 51) {
          if (value === 1) continue;
          for (const [header, code] of [
            [[value, 1, type], 'mesh/unknown-suite'],
            [[1, value, type], 'mesh/unknown-version'],
          ] as const) {
            const announced = (await reach()).expect(Uint8Array.from(header));
            assert.equal(announced.ok ? 'accepted' : announced.error.code, code, name);
          }
        }
      }
    }
  });

  test('refuse messages that are cut short, grown or joined', async () => {
    const [hello = none, reply = none, finish = none] = recorded.messages;
    for (const wrong of [hello.subarray(0, -1), grown(hello), joined(hello, hello)]) {
      const responder = link.responder();
      await responder.start();
      assert.equal(codeOf(await responder.receive(wrong)), 'mesh/bad-length');
    }
    for (const wrong of [reply.subarray(0, -1), grown(reply), joined(reply, finish)]) {
      const initiator = link.initiator();
      await initiator.start();
      assert.equal(codeOf(await initiator.receive(wrong)), 'mesh/bad-length');
    }
  });

  test('refuse messages of another handshake', async () => {
    const [, reply = none, finish = none] = recorded.messages;
    const replay =
      (at: number, old: Uint8Array): Meddler =>
      (message, index) =>
        index === at ? old : message;
    assert.deepEqual(await shakeHands(link.initiator(), link.responder(), replay(1, reply)), {
      failedRole: 'initiator',
      code: 'mesh/decrypt-failed',
    });
    assert.deepEqual(await shakeHands(link.initiator(), link.responder(), replay(2, finish)), {
      failedRole: 'responder',
      code: 'mesh/decrypt-failed',
    });
  });

  test('refuse a message that is sent back to its sender', async () => {
    const initiator = link.initiator();
    const hello = messageOf(await initiator.start());
    assert.equal(codeOf(await initiator.receive(hello)), 'mesh/unexpected-message');
  });

  test('take one message at a time', async () => {
    const responder = link.responder();
    await responder.start();
    const [hello = none] = recorded.messages;
    const [first, second] = await Promise.all([responder.receive(hello), responder.receive(hello)]);
    assert.equal(codeOf(second), 'mesh/unexpected-message');
    assert.equal(codeOf(first), 'mesh/unexpected-message');
    assert.equal(responder.stateName, 'failed');
  });

  test('refuse an ephemeral key and a ciphertext of low order', async () => {
    const zeroed: (at: number) => Meddler = (at) => (message, index) =>
      index === at
        ? message.map((byte, offset) => (offset >= 3 && offset < 35 ? 0 : byte))
        : message;
    assert.equal(await failure(link.initiator(), link.responder(), zeroed(0)), 'mesh/bad-key');
    assert.equal(await failure(link.initiator(), link.responder(), zeroed(1)), 'mesh/bad-key');
  });
});

describe('a cookie', () => {
  test('is good for its return path, key and minute only', async () => {
    const attempts: readonly [string, () => void, Partial<LinkResponderOptions>][] = [
      ['mesh/bad-cookie', () => undefined, { returnPath: Uint8Array.of(9) }],
      ['mesh/bad-cookie', () => (link.nowMs += 2 * cookieWindowMs), {}],
    ];
    for (const [code, later, options] of attempts) {
      const retry = await retryFrom();
      later();
      const responder = await responderAwaitingRetry(options);
      assert.equal(codeOf(await responder.receive(retry)), code);
    }
    const otherKey = await retryFrom();
    const responder = await responderAwaitingRetry({});
    otherKey.set(messageOf(await link.initiator().start()).subarray(3), 3 + 45);
    assert.equal(codeOf(await responder.receive(otherKey)), 'mesh/bad-cookie');
  });

  test('of the last minute is still good', async () => {
    const retry = await retryFrom();
    link.nowMs += cookieWindowMs;
    const responder = await responderAwaitingRetry({});
    assert.equal((await responder.receive(retry)).kind, 'send');
  });

  test('needs the answer to its puzzle', async () => {
    const retry = await retryFrom(12);
    const responder = await responderAwaitingRetry({}, 12);
    retry.fill(0xff, 3 + 37, 3 + 45);
    assert.equal(codeOf(await responder.receive(retry)), 'mesh/bad-puzzle');
  });

  async function retryFrom(difficulty = 0): Promise<Uint8Array> {
    const initiator = link.initiator();
    const responder = link.responder({ difficulty: () => difficulty });
    await responder.start();
    const challenge = await responder.receive(messageOf(await initiator.start()));
    return messageOf(await initiator.receive(messageOf(challenge)));
  }

  async function responderAwaitingRetry(
    options: Partial<LinkResponderOptions>,
    difficulty = 0,
  ): Promise<LinkMachine> {
    const responder = link.responder({ difficulty: () => difficulty, ...options });
    await responder.start();
    await responder.receive(messageOf(await link.initiator().start()));
    return responder;
  }
});

/** A way to reach every state in which a machine can be handed a message. */
async function statesByName(): Promise<Readonly<Record<string, () => Promise<LinkMachine>>>> {
  const started = async (machine: LinkMachine): Promise<LinkMachine> => {
    await machine.start();
    return machine;
  };
  const ended = async (end: LinkMachine, other: LinkMachine): Promise<LinkMachine> => {
    await shakeHands(
      end.role === 'initiator' ? end : other,
      end.role === 'initiator' ? other : end,
    );
    return end;
  };
  const [hello = none] = recorded.messages;
  return {
    'initiator idle': async () => link.initiator(),
    'initiator awaiting-reply': () => started(link.initiator()),
    'initiator after a challenge': async () => {
      const initiator = link.initiator();
      const responder = await started(link.responder({ difficulty: () => 0 }));
      const challenge = await responder.receive(messageOf(await initiator.start()));
      await initiator.receive(messageOf(challenge));
      return initiator;
    },
    'initiator done': () => ended(link.initiator(), link.responder()),
    'responder idle': async () => link.responder(),
    'responder awaiting-hello': () => started(link.responder()),
    'responder awaiting-retry': async () => {
      const responder = await started(link.responder({ difficulty: () => 0 }));
      await responder.receive(hello);
      return responder;
    },
    'responder awaiting-finish': async () => {
      const responder = await started(link.responder());
      await responder.receive(hello);
      return responder;
    },
    'responder done': () => ended(link.responder(), link.initiator()),
  };
}

async function carryThrough(options: {
  readonly difficulty?: number;
  readonly expected?: LinkExpectation;
}): Promise<CompletedHandshake> {
  const { difficulty, expected } = options;
  const result = await shakeHands(
    link.initiator(expected === undefined ? {} : { expected }),
    link.responder({ difficulty: () => difficulty }),
  );
  if ('code' in result) throw new Error(`${result.failedRole}: ${result.code}`);
  return result;
}

async function failure(
  initiator: LinkMachine,
  responder: LinkMachine,
  meddle?: Meddler,
): Promise<string> {
  const result = await shakeHands(initiator, responder, meddle);
  return 'code' in result ? result.code : 'no failure';
}

function messageOf(step: LinkStep): Uint8Array {
  if (step.kind !== 'send') throw new Error(`expected a message, got ${step.kind}`);
  return step.message.slice();
}

function codeOf(step: LinkStep | undefined): string {
  return step?.kind === 'fail' ? step.failure.code : `${step?.kind}`;
}

function changed(message: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  return message.map((byte, offset) => (offset === at ? change(byte) : byte));
}

function grown(message: Uint8Array): Uint8Array {
  return joined(message, Uint8Array.of(0));
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  return Uint8Array.of(...first, ...second);
}

const none = new Uint8Array(0);
