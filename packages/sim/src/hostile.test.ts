import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ByteStream, uint32ToBytes, unwrap } from '@pars/base';
import type { LinkPeer, MeshHost } from '@pars/mesh';
import {
  CARD_PROTOCOL,
  cardAnswerCodec,
  cardRequestCodec,
  LETTER_PROTOCOL,
  letterAnswerCodec,
  letterRequestCodec,
  readFrame,
  writeFrame,
} from '@pars/node/protocols';
import type { SimulatedNode, World } from './world.ts';
import { createTestWorld } from './world-fixture.ts';

const world = (seed: string): World => createTestWorld(seed);
const { signal } = new AbortController();

/** A linked stranger who speaks the protocols, but without an invite. */
async function createStranger(
  { network, crypto, time, random, during }: World,
  victim: SimulatedNode,
): Promise<{ mesh: MeshHost; link: LinkPeer }> {
  const nodeSeed = crypto.suite.signature.generateSeed();
  const ports = { ...time, suite: crypto.suite, random, nodeSeed };
  const mesh = await network.createHost(ports, { name: 'stranger' });
  return { mesh, link: unwrap(await during(mesh.dial(victim.address))) };
}

/** What of a node would grow if something were kept: contacts, rows of the vault, carried parcels. */
async function keptBy(node: SimulatedNode, { time }: World): Promise<string> {
  const { methods } = node.engine;
  const { contacts } = unwrap(await methods['contact.list']({}, { signal }));
  const { unsaved } = unwrap(await methods['vault.status']({}, { signal }));
  const kept = `${contacts.length} ${unsaved} ${node.storeDisk.writeCount}`;
  // What was there before is saved by then: only news would be unsaved.
  await time.advance(90_000);
  return kept;
}

async function ask(mesh: MeshHost, link: LinkPeer, protocol: string, frame: Uint8Array) {
  const stream = unwrap(await mesh.openStream(link.nodeId, protocol));
  await writeFrame(stream, frame);
  return await readFrame(stream.source, 262_144);
}

/** Lets one answer of `protocol` get lost, after the other side acted. */
function loseAnswer(mesh: MeshHost, protocol: string, which: number): MeshHost {
  let opened = 0;
  return {
    nodeId: mesh.nodeId,
    addresses: () => mesh.addresses(),
    dial: (address, abort) => mesh.dial(address, abort),
    peers: () => mesh.peers(),
    handle: (name, handler) => mesh.handle(name, handler),
    onLink: (listener) => mesh.onLink(listener),
    drop: (nodeId) => mesh.drop(nodeId),
    [Symbol.asyncDispose]: () => mesh[Symbol.asyncDispose](),
    async openStream(nodeId, name, abort) {
      const stream = await mesh.openStream(nodeId, name, abort);
      if (name !== protocol || !stream.ok) return stream;
      opened += 1;
      return opened === which ? { ok: true, value: withoutAnswer(stream.value) } : stream;
    },
  };
}

function withoutAnswer(stream: ByteStream): ByteStream {
  async function* swallow(): AsyncGenerator<Uint8Array> {
    for await (const _chunk of stream.source);
    throw new Error('lost');
  }
  return {
    source: swallow(),
    write: (bytes, abort) => stream.write(bytes, abort),
    closeWrite: () => stream.closeWrite(),
    abort: () => stream.abort(),
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
}

describe('a lost answer', () => {
  test('to a letter: it is sent again, stored once and delivered', async () => {
    const { createNode, during, time } = world('lost receipt');
    const ana = await createNode('ana');
    const bob = await createNode('bob', (mesh) => loseAnswer(mesh, LETTER_PROTOCOL, 1));
    await ana.create();
    await bob.create();
    unwrap(await during(bob.add(await ana.invite())));
    await time.advance(100_000);
    const sent = await bob.send('ana', 'once');
    const states: string[] = [];
    bob.engine.subscribe((event) => {
      if (event.type === 'message') states.push(event.message.state);
    });
    await time.advance(60_000);
    assert.deepEqual(states, ['handed-over', 'delivered']);
    assert.deepEqual(
      (await ana.read()).map(({ messageId }) => messageId),
      [sent],
    );
  });

  test('to an introduction: it is presented again and the contact confirmed', async () => {
    const { createNode, during, time } = world('lost acceptance');
    const ana = await createNode('ana');
    const bob = await createNode('bob', (mesh) => loseAnswer(mesh, CARD_PROTOCOL, 2));
    await ana.create();
    await bob.create();
    assert.equal(unwrap(await during(bob.add(await ana.invite()))).state, 'pending');
    await time.advance(150_000);
    assert.deepEqual(
      (await bob.contacts()).map(({ state }) => state),
      ['confirmed'],
    );
    assert.equal((await ana.contacts()).length, 1);
  });
});

describe('a stranger', () => {
  test('without an invite is answered like at a locked node, whatever is asked, and fills nothing', async () => {
    const here = world('stranger');
    const [ana] = await here.createFriends('ana', 'bob');
    const { mesh, link } = await createStranger(here, ana);
    await here.time.advance(90_000);
    const before = await keptBy(ana, here);
    const proof = here.random.bytes(32);
    const introduction = here.random.bytes(65_024);
    for (const request of [
      { type: 'fetch', version: 1, proof },
      { type: 'introduce', version: 1, proof, introduction },
    ] as const) {
      const frame = await ask(mesh, link, CARD_PROTOCOL, cardRequestCodec.encode(request));
      assert.deepEqual(unwrap(cardAnswerCodec.decode(unwrap(frame))), { type: 'later' });
    }
    for (const size of [512, 15_872, 261_632]) {
      const letter = new Uint8Array(size).fill(7);
      letter.set([1, 1]);
      const frame = letterRequestCodec.encode({ type: 'letter', version: 1, letter });
      const answer = await ask(mesh, link, LETTER_PROTOCOL, frame);
      assert.deepEqual(unwrap(letterAnswerCodec.decode(unwrap(answer))), { type: 'later' });
    }
    assert.equal(await keptBy(ana, here), before);
    assert.match(before, / false /);
  });

  test('who floods is dropped, and friends are still served', async () => {
    const here = world('flood');
    const [ana, bob] = await here.createFriends('ana', 'bob');
    const { mesh, link } = await createStranger(here, ana);
    const frame = cardRequestCodec.encode({
      type: 'fetch',
      version: 1,
      proof: here.random.bytes(32),
    });
    let answered = 0;
    for (let count = 0; count < 40; count += 1) {
      if ((await ask(mesh, link, CARD_PROTOCOL, frame)).ok) answered += 1;
    }
    assert.equal(answered, 10);
    const letter = letterRequestCodec.encode({
      type: 'letter',
      version: 1,
      letter: here.random.bytes(512),
    });
    answered = 0;
    for (let count = 0; count < 200; count += 1) {
      if ((await ask(mesh, link, LETTER_PROTOCOL, letter)).ok) answered += 1;
    }
    assert.equal(answered, 120);
    await bob.send('ana', 'still here');
    await here.time.advance(1_000);
    assert.deepEqual(
      (await ana.read()).map(({ text }) => text),
      ['still here'],
    );
    await here.time.advance(60_000);
    assert.equal((await ask(mesh, link, CARD_PROTOCOL, frame)).ok, true);
  });

  test('who breaks the framing loses the stream', async () => {
    const here = world('framing');
    const [ana] = await here.createFriends('ana', 'bob');
    const { mesh, link } = await createStranger(here, ana);
    const valid = cardRequestCodec.encode({ type: 'fetch', version: 1, proof: new Uint8Array(32) });
    const frames: readonly [string, readonly Uint8Array[]][] = [
      ['nothing', []],
      ['half a length', [Uint8Array.of(0, 0)]],
      ['too long', [uint32ToBytes(81_921)]],
      ['four gigabytes', [uint32ToBytes(0xffff_ffff), new Uint8Array(100)]],
      ['short', [uint32ToBytes(valid.length), valid.subarray(1)]],
      ['trailing', [uint32ToBytes(valid.length), valid, Uint8Array.of(0)]],
      ['no CBOR', [uint32ToBytes(3), Uint8Array.of(255, 255, 255)]],
      ['empty', [uint32ToBytes(0)]],
    ];
    for (const [what, chunks] of frames) {
      const stream = unwrap(await mesh.openStream(link.nodeId, CARD_PROTOCOL));
      try {
        for (const chunk of chunks) await stream.write(chunk);
        await stream.closeWrite();
      } catch {
        // The other side gave up before everything was written.
      }
      assert.equal((await readFrame(stream.source, 1_024)).ok, false, what);
    }
    assert.ok(ana.log.entriesOf('node/stream-dropped').length >= frames.length - 1);
  });

  test('who says nothing is dropped after 30 s', async () => {
    const here = world('silence');
    const [ana] = await here.createFriends('ana', 'bob');
    const { mesh, link } = await createStranger(here, ana);
    const stream = unwrap(await mesh.openStream(link.nodeId, LETTER_PROTOCOL));
    await stream.write(Uint8Array.of(0));
    const answer = readFrame(stream.source, 1_024);
    await here.time.advance(29_000);
    assert.equal(ana.log.entriesOf('node/stream-dropped').length, 0);
    await here.time.advance(2_000);
    assert.equal((await answer).ok, false);
    assert.equal(ana.log.entriesOf('node/stream-dropped')[0]?.fields['code'], 'node/timeout');
  });
});

describe('the disk of a node', () => {
  test('shows neither contacts nor texts nor who its person is', async () => {
    const { createFriends, time } = world('disk');
    const [ana, bob] = await createFriends('ana', 'bob');
    await bob.send('ana', 'a very particular sentence');
    await ana.send('bob', 'another particular sentence');
    await time.advance(1_000);
    const ids = [...(await ana.contacts()), ...(await bob.contacts())];
    await ana.stop();
    assert.deepEqual(await Array.fromAsync(ana.storeDisk.open().list({})), []);
    const image = Buffer.from(ana.vaultDisk.media?.image ?? new Uint8Array());
    assert.ok(image.length > 4_000_000);
    const needles = ['a very particular', 'another particular', 'SQLite format', 'correct horse'];
    needles.push('/memory/', 'CREATE TABLE');
    for (const { sessionId } of ids) needles.push(sessionId, sessionId.slice(2));
    for (const needle of needles) {
      assert.equal(image.includes(Buffer.from(needle)), false, needle);
      assert.equal(image.includes(Buffer.from(needle, 'hex')), /[^0-9a-f]/.test(needle), needle);
    }
  });

  test('that was tampered with is noticed, and nothing is made up', async () => {
    const { createFriends } = world('tampering');
    const [ana] = await createFriends('ana', 'bob');
    await ana.stop();
    const { image } = ana.vaultDisk.media ?? {};
    assert.ok(image);
    // Everything behind keys, roots and staging.
    image.fill(1, 1_000_000);
    await ana.start();
    const unlocked = await ana.engine.methods['vault.unlock'](
      { password: 'correct horse' },
      { signal },
    );
    assert.ok(!unlocked.ok && /^(vault\/volume-damaged|sql\/damaged)$/.test(unlocked.error.code));
    const status = unwrap(await ana.engine.methods['node.status']({}, { signal }));
    assert.deepEqual([status.vault, status.identity], ['locked', 'locked']);
  });
});
