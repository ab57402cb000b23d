import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ByteStream, hex, uint32ToBytes, unwrap } from '@pars/base';
import type { MeshHost } from '@pars/mesh';
import {
  CARD_PROTOCOL,
  cardAnswerCodec,
  LETTER_PROTOCOL,
  letterAnswerCodec,
  letterRequestCodec,
  readFrame,
  writeFrame,
} from '@pars/node/protocols';
import type { SimulatedNode, World } from './world.ts';
import { createTestWorld } from './world-fixture.ts';

type CardAnswer = Parameters<typeof cardAnswerCodec.encode>[0];
type LetterAnswer = Parameters<typeof letterAnswerCodec.encode>[0];

/** What the node at the other end says instead of the truth; `undefined` for the truth. */
interface Lies {
  card?: ((answer: CardAnswer) => CardAnswer) | undefined;
  letter?: ((answer: LetterAnswer) => LetterAnswer) | undefined;
}

/** Ana, and Bob to whom every node lies as `lies` say. */
async function createDeceived(
  seed: string,
): Promise<{ world: World; ana: SimulatedNode; bob: SimulatedNode; lies: Lies }> {
  const world = createTestWorld(seed);
  const lies: Lies = {};
  const ana = await world.createNode('ana');
  const bob = await world.createNode('bob', (mesh) => lieTo(mesh, lies));
  await ana.create();
  await bob.create();
  return { world, ana, bob, lies };
}

describe('a node that lies about receipts', () => {
  test('cannot make a letter look delivered', async () => {
    const { world, ana, bob, lies } = await createDeceived('false receipt');
    unwrap(await world.during(bob.add(await ana.invite())));
    await world.time.advance(100_000);
    lies.letter = () => ({ type: 'stored', receipt: new Uint8Array(32) });
    await bob.send('ana', 'did you get this?');
    await world.time.advance(5_000);
    assert.equal((await bob.read())[0]?.state, 'handed-over');
    lies.letter = undefined;
    await world.time.advance(60_000);
    assert.equal((await bob.read())[0]?.state, 'delivered');
    assert.equal((await ana.read()).length, 1);
  });

  test('nor by bringing receipts that nobody made', async () => {
    const { world, ana, bob } = await createDeceived('brought receipts');
    unwrap(await world.during(bob.add(await ana.invite())));
    await world.time.advance(100_000);
    await ana.stop();
    const sent = await bob.send('ana', 'are you there?');
    const messageId = unwrap(hex.decode(sent, { maxBytes: 16 }));
    const ports = { ...world.time, suite: world.crypto.suite, random: world.random };
    const nodeSeed = world.crypto.suite.signature.generateSeed();
    const liar = await world.network.createHost({ ...ports, nodeSeed }, { name: 'liar' });
    const link = unwrap(await world.during(liar.dial(bob.address)));
    for (const receipts of [
      [{ messageId, receipt: new Uint8Array(32) }],
      Array.from({ length: 32 }, () => ({ messageId, receipt: world.random.bytes(32) })),
    ]) {
      const stream = unwrap(await liar.openStream(link.nodeId, LETTER_PROTOCOL));
      await writeFrame(
        stream,
        letterRequestCodec.encode({ type: 'receipts', version: 1, receipts }),
      );
      const answer = unwrap(await readFrame(stream.source, 1_024));
      // As a locked node answers: they may be for a person of another password.
      assert.deepEqual(unwrap(letterAnswerCodec.decode(answer)), { type: 'later' });
    }
    assert.equal((await bob.read())[0]?.state, 'queued');
    await bob.lock();
    const stream = unwrap(await liar.openStream(link.nodeId, LETTER_PROTOCOL));
    const receipts = [{ messageId, receipt: new Uint8Array(32) }];
    await writeFrame(stream, letterRequestCodec.encode({ type: 'receipts', version: 1, receipts }));
    const answer = unwrap(await readFrame(stream.source, 1_024));
    assert.deepEqual(unwrap(letterAnswerCodec.decode(answer)), { type: 'later' });
  });

  test('cannot make an introduction look accepted', async () => {
    const { world, ana, bob, lies } = await createDeceived('false acceptance');
    lies.card = (answer) =>
      answer.type === 'accepted' ? { ...answer, receipt: flipped(answer.receipt) } : answer;
    assert.equal(unwrap(await world.during(bob.add(await ana.invite()))).state, 'pending');
    await world.time.advance(60_000);
    assert.equal((await bob.contacts())[0]?.state, 'pending');
  });
});

describe('a node that serves something else than the invite names', () => {
  for (const field of ['card', 'oneTimeKey'] as const) {
    test(`gets nowhere with the ${field} of another person`, async () => {
      const { world, ana, bob, lies } = await createDeceived(`other ${field}`);
      const cyrus = await world.createNode('cyrus');
      await cyrus.create();
      let foreign: Extract<CardAnswer, { type: 'card' }> | undefined;
      lies.card = (answer) => {
        if (answer.type === 'card') foreign = answer;
        return answer;
      };
      unwrap(await world.during(bob.add(await cyrus.invite())));
      assert.ok(foreign);
      const { [field]: value } = foreign;
      lies.card = (answer) => (answer.type === 'card' ? { ...answer, [field]: value } : answer);
      const added = await world.during(bob.add(await ana.invite()));
      assert.equal(added.ok ? 'ok' : added.error.code, 'session/invite-mismatch');
      assert.equal((await bob.contacts()).length, 1, 'nobody but Cyrus');
      assert.equal((await ana.contacts()).length, 0);
    });
  }
});

function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte));
}

function lieTo(mesh: MeshHost, lies: Lies): MeshHost {
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
      const opened = await mesh.openStream(nodeId, name, abort);
      if (!opened.ok) return opened;
      const change = (content: Uint8Array): Uint8Array => {
        if (name === CARD_PROTOCOL && lies.card !== undefined) {
          return cardAnswerCodec.encode(lies.card(unwrap(cardAnswerCodec.decode(content))));
        }
        if (name === LETTER_PROTOCOL && lies.letter !== undefined) {
          return letterAnswerCodec.encode(lies.letter(unwrap(letterAnswerCodec.decode(content))));
        }
        return content;
      };
      return { ok: true, value: withAnswer(opened.value, change) };
    },
  };
}

function withAnswer(stream: ByteStream, change: (content: Uint8Array) => Uint8Array): ByteStream {
  async function* answer(): AsyncGenerator<Uint8Array> {
    const content = change(unwrap(await readFrame(stream.source, 262_144)));
    yield uint32ToBytes(content.length);
    yield content;
  }
  return {
    source: answer(),
    write: (bytes, abort) => stream.write(bytes, abort),
    closeWrite: () => stream.closeWrite(),
    abort: () => stream.abort(),
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
}
