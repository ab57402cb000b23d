import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ByteStream, Failure, Result } from '@pars/base';
import { createSimulationRandom, createVirtualTime } from '@pars/base/fakes';
import { createSeededSuite } from '../link/link-fixture.ts';
import type { LinkPeer } from '../mesh-host.ts';
import type { KeyFingerprint } from '../node-id.ts';
import type { StreamHost } from '../stream-host/stream-host.ts';
import { createStreamHostNetwork } from '../stream-host/stream-host-fixture.ts';
import { createMemoryRtcNetwork } from './rtc-fixture.ts';
import {
  createRtcMeetings,
  type RtcAnswer,
  type RtcMeetings,
  type RtcOffer,
} from './rtc-meetings.ts';
import { rtcSignalFromText, rtcSignalToText } from './rtc-signal.ts';

const random = createSimulationRandom('rtc meetings');
const { symmetric } = createSeededSuite(random);

interface World {
  readonly alice: RtcMeetings;
  readonly bob: RtcMeetings;
  readonly carol: RtcMeetings;
  readonly hosts: Readonly<Record<'alice' | 'bob' | 'carol', StreamHost>>;
  readonly advance: (ms: number) => Promise<void>;
}

async function createWorld(meddle?: (stream: ByteStream) => ByteStream): Promise<World> {
  const time = createVirtualTime();
  const hostNetwork = createStreamHostNetwork('rtc meetings', time);
  const network = createMemoryRtcNetwork(time);
  const meetingsOf = (host: StreamHost, meddling?: typeof meddle): RtcMeetings => {
    const { scheduler } = time;
    const fingerprint = fingerprintOf(host);
    const engine = network.createEngine(meddling);
    return createRtcMeetings({ engine, host, fingerprint, symmetric, random, scheduler });
  };
  const hosts = {
    alice: await hostNetwork.createHost(),
    bob: await hostNetwork.createHost(),
    carol: await hostNetwork.createHost(),
  };
  return {
    alice: meetingsOf(hosts.alice, meddle),
    bob: meetingsOf(hosts.bob),
    carol: meetingsOf(hosts.carol),
    hosts,
    advance: time.advance,
  };
}

function fingerprintOf(host: StreamHost): KeyFingerprint {
  return host.addresses()[0]?.split('#')[1] as KeyFingerprint;
}

describe('two nodes meet', () => {
  test('by an offer and its answer, and talk', async () => {
    const { alice, bob, hosts } = await createWorld();
    const offer = succeed<RtcOffer>(await alice.offer());
    const answer = succeed<RtcAnswer>(await bob.answer(offer.text));
    const peer = succeed(await offer.accept(answer.text));
    assert.equal(peer.nodeId, hosts.bob.nodeId);
    assert.equal(peer.address, '/webrtc');
    assert.equal(succeed(await answer.link).nodeId, hosts.alice.nodeId);
    hosts.bob.handle('/pars/test/1', async (stream) => {
      for await (const chunk of stream.source) await stream.write(chunk);
    });
    const stream = succeed(await hosts.alice.openStream(hosts.bob.nodeId, '/pars/test/1'));
    const echo = Array.fromAsync(stream.source);
    await stream.write(new Uint8Array(1_000_000).fill(7));
    await stream.closeWrite();
    const received = await echo;
    assert.equal(
      received.reduce((total, chunk) => total + chunk.length, 0),
      1_000_000,
    );
  });

  test('and notice when the other one leaves', async () => {
    const { alice, bob, hosts, advance } = await createWorld();
    const offer = succeed<RtcOffer>(await alice.offer());
    const answer = succeed<RtcAnswer>(await bob.answer(offer.text));
    succeed(await offer.accept(answer.text));
    succeed(await answer.link);
    await hosts.bob[Symbol.asyncDispose]();
    await advance(0);
    assert.deepEqual(hosts.alice.peers(), []);
  });
});

describe('a signal is refused', () => {
  test('when it names the wrong node: nobody is linked', async () => {
    const { alice, bob, carol, hosts, advance } = await createWorld();
    const offer = succeed<RtcOffer>(await alice.offer());
    const answer = succeed<RtcAnswer>(await bob.answer(offer.text));
    const carols = succeed<RtcOffer>(await carol.offer());
    const forged = rewritten(answer.text, (signal) => ({
      ...signal,
      fingerprint: read(carols.text).fingerprint,
    }));
    fail(await offer.accept(forged), 'mesh/wrong-peer');
    await advance(0);
    fail(await answer.link, 'mesh/handshake-closed');
    assert.deepEqual([...hosts.alice.peers(), ...hosts.bob.peers()], []);
  });

  test('when the offer names the wrong node: who answers does not stay linked', async () => {
    const { alice, bob, carol, hosts, advance } = await createWorld();
    const offer = succeed<RtcOffer>(await alice.offer());
    const carols = succeed<RtcOffer>(await carol.offer());
    const forged = rewritten(offer.text, (signal) => ({
      ...signal,
      fingerprint: read(carols.text).fingerprint,
    }));
    const answer = succeed<RtcAnswer>(await bob.answer(forged));
    await offer.accept(answer.text);
    fail(await answer.link, 'mesh/wrong-peer');
    await advance(0);
    assert.deepEqual(hosts.bob.peers(), []);
    assert.deepEqual(hosts.alice.peers(), []);
  });

  test('when it is our own, of the other kind, or of another offer', async () => {
    const { alice, bob } = await createWorld();
    const offer = succeed<RtcOffer>(await alice.offer());
    const other = succeed<RtcOffer>(await alice.offer());
    fail(await alice.answer(offer.text), 'mesh/self-dial');
    fail(await offer.accept(offer.text), 'mesh/signal-mismatch');
    const answer = succeed<RtcAnswer>(await bob.answer(offer.text));
    fail(await other.accept(answer.text), 'mesh/signal-mismatch');
    fail(await bob.answer(answer.text), 'mesh/signal-mismatch');
    fail(await bob.answer('pars://rtc/nonsense'), 'mesh/bad-signal');
    succeed(await offer.accept(answer.text));
  });

  test('when it was used before', async () => {
    const { alice, bob, carol } = await createWorld();
    const offer = succeed<RtcOffer>(await alice.offer());
    const answer = succeed<RtcAnswer>(await bob.answer(offer.text));
    const second = succeed<RtcAnswer>(await carol.answer(offer.text));
    fail(await bob.answer(offer.text), 'mesh/signal-replayed');
    succeed(await offer.accept(answer.text));
    fail(await offer.accept(answer.text), 'mesh/signal-replayed');
    fail(await offer.accept(second.text), 'mesh/signal-replayed');
  });

  test('when it is too old', async () => {
    const { alice, bob, advance } = await createWorld();
    const offer = succeed<RtcOffer>(await alice.offer());
    const answer = succeed<RtcAnswer>(await bob.answer(offer.text));
    await advance(600_000);
    fail(await offer.accept(answer.text), 'mesh/signal-expired');
    fail(await answer.link, 'mesh/signal-expired');
  });
});

describe('a meeting ends', () => {
  test('when nobody is at the other end', async () => {
    const { alice, bob, advance } = await createWorld();
    const offer = succeed<RtcOffer>(await alice.offer());
    const answer = succeed<RtcAnswer>(await bob.answer(offer.text));
    const elsewhere = rewritten(answer.text, (signal) => ({
      ...signal,
      endpoint: { ...signal.endpoint, iceUfrag: 'none' },
    }));
    const accepting = offer.accept(elsewhere);
    await advance(30_000);
    fail(await accepting, 'mesh/unreachable');
  });

  test('when garbage comes before the handshake', async () => {
    let hasWritten = false;
    const { alice, bob, hosts } = await createWorld((stream) => ({
      ...stream,
      [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
      async write(bytes) {
        await stream.write(hasWritten ? bytes : new TextEncoder().encode('GET / HTTP/1.1\r\n'));
        hasWritten = true;
      },
    }));
    const offer = succeed<RtcOffer>(await alice.offer());
    const answer = succeed<RtcAnswer>(await bob.answer(offer.text));
    fail(await offer.accept(answer.text), 'mesh/handshake-closed');
    fail(await answer.link, 'mesh/unknown-suite');
    assert.deepEqual(hosts.bob.peers(), []);
  });

  test('when the channel closes in the middle of the handshake', async () => {
    const { alice, bob } = await createWorld((stream) => ({
      ...stream,
      [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
      async write(bytes) {
        await stream.write(bytes.subarray(0, 100));
        stream.abort();
      },
    }));
    const offer = succeed<RtcOffer>(await alice.offer());
    const answer = succeed<RtcAnswer>(await bob.answer(offer.text));
    fail(await offer.accept(answer.text), 'mesh/handshake-closed');
    fail(await answer.link, 'mesh/handshake-closed');
  });

  test('when the person gives it up, and makes room for others', async () => {
    const { alice, bob } = await createWorld();
    const offers: RtcOffer[] = [];
    for (let index = 0; index < 8; index += 1) offers.push(succeed(await alice.offer()));
    fail(await alice.offer(), 'mesh/too-many-signals');
    fail(await alice.offer(AbortSignal.abort()), 'mesh/aborted');
    for (const offer of offers) offer[Symbol.dispose]();
    const offer = succeed<RtcOffer>(await alice.offer());
    const answer = succeed<RtcAnswer>(await bob.answer(offer.text));
    answer[Symbol.dispose]();
    fail(await answer.link, 'mesh/rtc-failed');
  });
});

function read(text: string): Parameters<typeof rtcSignalToText>[1] {
  return succeed(rtcSignalFromText(symmetric, text));
}

/** What somebody who knows the format makes of a signal. */
function rewritten(
  text: string,
  change: (signal: ReturnType<typeof read>) => ReturnType<typeof read>,
): string {
  return rtcSignalToText(symmetric, change(read(text)));
}

function succeed<T>(result: Result<T, Failure>): T {
  assert.ok(result.ok, result.ok ? '' : result.error.code);
  return result.value;
}

function fail(result: Result<LinkPeer | RtcOffer | RtcAnswer, Failure>, code: string): void {
  assert.equal(result.ok ? 'ok' : result.error.code, code);
}
