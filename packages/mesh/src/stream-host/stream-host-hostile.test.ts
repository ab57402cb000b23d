import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ByteStream } from '@pars/base';
import { createSimulationRandom, createStreamPair, createVirtualTime } from '@pars/base/fakes';
import { createByteStreamWire } from '../link/byte-stream-wire.ts';
import { createFrameSealer, type FrameSealer } from '../link/frame-sealer.ts';
import { runHandshake } from '../link/link-driver.ts';
import { createSeededSuite } from '../link/link-fixture.ts';
import { createLinkInitiator } from '../link/link-initiator.ts';
import { createStreamHostNetwork, type WatchedStreamHost } from './stream-host-fixture.ts';
import { encodeYamuxHeader, yamuxFlag, yamuxType } from './yamux-frame.ts';

const random = createSimulationRandom('hostile stream peers');
const suite = createSeededSuite(random);
const time = createVirtualTime();
const network = createStreamHostNetwork('hostile stream hosts', time);

interface Intruder {
  readonly host: WatchedStreamHost;
  readonly stream: ByteStream;
  readonly sealer: FrameSealer;
  /** Sends content of the link. */
  send(...parts: readonly Uint8Array[]): Promise<void>;
}

/** A node that proved its key and then does what it likes. */
async function intrude(): Promise<Intruder> {
  const host = await network.createHost();
  const [stream, far] = createStreamPair({ capacityBytes: 16_777_216 });
  const adopted = host.adopt(far, { direction: 'inbound', address: '/memory/intruder' });
  const identity = await suite.signature.signerFromSeed(suite.signature.generateSeed());
  const machine = createLinkInitiator({ suite, identity }, { pause: () => Promise.resolve() });
  const session = await runHandshake(machine, createByteStreamWire(stream), time);
  assert.ok(session.ok && (await adopted).ok);
  const sealer = createFrameSealer(suite.symmetric, session.value.sendRoot);
  return {
    host,
    stream,
    sealer,
    async send(...parts) {
      const sealed = sealer.seal(parts);
      if (sealed.ok) await stream.write(sealed.value).catch(() => undefined);
    },
  };
}

const frame = (type: number, flags: number, streamId: number, length: number): Uint8Array =>
  encodeYamuxHeader({ type, flags, streamId, length });
const many = (count: number, make: (index: number) => Uint8Array): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, index) => make(index));
const { data, windowUpdate, ping, goAway } = yamuxType;
const { syn, ack } = yamuxFlag;

describe('a peer who abuses the multiplexer loses the link', () => {
  const abuses: Readonly<Record<string, readonly Uint8Array[]>> = {
    'another version': [frame(data, 0, 1, 0).with(0, 1)],
    'an unknown type': [frame(4, 0, 1, 0)],
    'data of the session': [frame(data, 0, 0, 0)],
    'a ping of a stream': [frame(ping, syn, 1, 0)],
    'an answer that nobody asked for': [frame(ping, ack, 0, 77)],
    'a data frame of four gigabytes': [frame(data, syn, 1, 0xffff_ffff)],
    'data beyond the window': [frame(data, syn, 1, 262_145), new Uint8Array(262_145)],
    'a window beyond all measure': [
      frame(windowUpdate, syn, 1, 0xffff_ffff),
      frame(windowUpdate, 0, 1, 0xffff_ffff),
    ],
    'pings without end': many(33, () => frame(ping, syn, 0, 0)),
    'streams without end': many(1_025, (index) => frame(windowUpdate, syn, 2 * index + 1, 0)),
    'crumbs without end': many(8_193, () => frame(data, 0, 9, 0)),
    'control without end': many(32_769, () => frame(windowUpdate, 0, 9, 0)),
  };
  for (const [title, parts] of Object.entries(abuses)) {
    test(title, async () => {
      const { host, send } = await intrude();
      assert.equal(host.peers().length, 1);
      await send(...parts);
      await time.advance(0);
      assert.deepEqual(host.peers(), []);
      const codes = host.log.entries.map(({ fields }) => fields['code']);
      assert.deepEqual(codes, ['mesh/muxer-abuse']);
    });
  }

  test('and what an honest one may do costs nothing', async () => {
    const { host, send } = await intrude();
    await send(
      frame(windowUpdate, syn, 1, 0),
      frame(data, 0, 1, 5),
      new Uint8Array(5),
      frame(data, 0, 3, 300),
      new Uint8Array(300),
      ...many(32, () => frame(ping, syn, 0, 0)),
    );
    await time.advance(0);
    assert.equal(host.peers().length, 1);
  });
});

describe('a link ends', () => {
  test('when a frame was changed', async () => {
    const { host, stream, sealer } = await intrude();
    const sealed = sealer.seal([frame(ping, syn, 0, 0)]);
    assert.ok(sealed.ok);
    await stream.write(sealed.value.with(100, (sealed.value[100] ?? 0) ^ 1));
    await time.advance(0);
    assert.deepEqual(
      host.log.entries.map(({ fields }) => fields['code']),
      ['mesh/frame-refused'],
    );
  });

  test('when the bytes end inside a frame', async () => {
    const { host, stream } = await intrude();
    await stream.write(new Uint8Array(100));
    await stream.closeWrite();
    await time.advance(0);
    assert.deepEqual(
      host.log.entries.map(({ fields }) => fields['code']),
      ['mesh/frame-truncated'],
    );
  });

  test('without a complaint when the other side says goodbye', async () => {
    const { host, send } = await intrude();
    await send(frame(goAway, 0, 0, 0));
    await time.advance(0);
    assert.deepEqual([host.peers(), host.log.entries], [[], []]);
  });

  test('when nothing comes for a minute', async () => {
    const { host } = await intrude();
    await time.advance(29_000);
    assert.equal(host.peers().length, 1);
    await time.advance(61_000);
    assert.deepEqual(host.peers(), []);
  });
});
