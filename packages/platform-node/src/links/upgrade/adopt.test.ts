import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ByteStream } from '@pars/base';
import { createStreamPair, createVirtualTime } from '@pars/base/fakes';
import {
  handshakeTimeoutMs,
  type KeyFingerprint,
  keyFingerprint,
  type LinkExpectation,
  type NodeId,
} from '@pars/mesh';
import { meshHostConformance } from '@pars/mesh/conformance';
import { createWatchedHost, nativeSuite, type WatchedHost } from '../links-fixture.ts';
import { createAdoptingHosts } from './adopt-fixture.ts';

describe('a host over adopted streams conforms', () => {
  for (const { name, run } of meshHostConformance('adopted', createAdoptingHosts())) {
    test(name, run);
  }
});

const listen: readonly string[] = [];

describe('an adopted stream', () => {
  test('is a link like any other, named after what carries it', async () => {
    await using pair = await createPair();
    const { dialled, answered } = await link(pair, {});
    assert.ok(dialled.ok && answered.ok);
    assert.equal(dialled.value.address, `/webrtc/p2p/${pair.b.nodeId}`);
    assert.equal(dialled.value.direction, 'outbound');
    assert.equal(answered.value.direction, 'inbound');
    assert.deepEqual(
      pair.a.peers().map(({ nodeId }) => nodeId),
      [pair.b.nodeId],
    );
  });

  test('is refused when another node answers than expected, and counted', async () => {
    await using pair = await createPair();
    const { dialled, answered } = await link(pair, { nodeId: pair.a.nodeId });
    assert.equal(dialled.ok ? 'linked' : dialled.error.code, 'mesh/wrong-peer');
    assert.equal(answered.ok ? 'linked' : answered.error.code, 'mesh/handshake-closed');
    assert.equal(pair.a.counted('mesh/wrong-peer'), 1);
    assert.deepEqual([...pair.a.peers(), ...pair.b.peers()], []);
  });

  for (const half of ['nodeId', 'fingerprint'] as const) {
    test(`that comes in never becomes a link with another ${half} than expected`, async () => {
      await using pair = await createPair();
      const changes: string[] = [];
      pair.b.onLink(({ type }) => changes.push(type));
      const other = { nodeId: pair.b.nodeId, fingerprint: 'a'.repeat(52) as KeyFingerprint };
      const { answered } = await link(pair, {}, { [half]: other[half] });
      assert.equal(answered.ok ? 'linked' : answered.error.code, 'mesh/wrong-peer');
      assert.equal(pair.b.counted('mesh/wrong-peer'), 1);
      assert.deepEqual(changes, []);
      assert.deepEqual(pair.b.peers(), []);
    });
  }

  test('that comes in from whom it must is a link', async () => {
    await using pair = await createPair();
    const first = await link(pair, {});
    assert.ok(first.answered.ok);
    const { nodeId, nodeKey } = first.answered.value;
    const fingerprint = keyFingerprint(nativeSuite.symmetric, nodeKey);
    const { answered } = await link(pair, {}, { nodeId, fingerprint });
    assert.equal(answered.ok && answered.value.nodeId, pair.a.nodeId);
  });

  test('that speaks another protocol is aborted and counted', async () => {
    await using host = await createWatchedHost({ listen });
    for (const direction of ['inbound', 'outbound'] as const) {
      const [near, far] = createStreamPair();
      void far.write(new TextEncoder().encode('\u0013/multistream/1.0.0\n'));
      const adopted = await host.adopt(near, { direction, address: '/webrtc' });
      assert.equal(adopted.ok ? 'linked' : adopted.error.code, 'mesh/unknown-suite');
      await assert.rejects(readAll(far));
    }
    assert.equal(host.counted('mesh/unknown-suite'), 2);
  });

  test('that says nothing is given up after ten seconds', async () => {
    const time = createVirtualTime();
    await using host = await createWatchedHost({ listen }, time.scheduler);
    for (const direction of ['inbound', 'outbound'] as const) {
      const [near, far] = createStreamPair();
      const adopting = host.adopt(near, { direction, address: '/webrtc' });
      while (time.pendingCount === 0) await new Promise((resolve) => setImmediate(resolve));
      await time.advance(handshakeTimeoutMs);
      const adopted = await adopting;
      assert.equal(adopted.ok ? 'linked' : adopted.error.code, 'mesh/handshake-timeout');
      await assert.rejects(readAll(far));
    }
  });

  test('counts as half-open under the source that its address names', async () => {
    await using host = await createWatchedHost({ listen, maxHalfOpen: 4 });
    const adopting = Array.from({ length: 6 }, () => {
      const [near] = createStreamPair();
      return host.adopt(near, { direction: 'inbound', address: '/webrtc' });
    });
    for (const adopted of await Promise.all(adopting.slice(0, 2))) {
      assert.equal(adopted.ok ? 'linked' : adopted.error.code, 'mesh/half-open-evicted');
    }
  });

  test('ends with the link, and the link with it', async () => {
    await using pair = await createPair();
    const first = await link(pair, {});
    const bothDown = [untilDown(pair.a), untilDown(pair.b)];
    first.near.abort();
    assert.deepEqual(await Promise.all(bothDown), [pair.b.nodeId, pair.a.nodeId]);

    const second = await link(pair, {});
    assert.ok(second.dialled.ok);
    const downAgain = untilDown(pair.b);
    pair.a.drop(pair.b.nodeId);
    await downAgain;
    await assert.rejects(second.near.write(Uint8Array.of(1)));
  });

  test('that falls silent under a link is given up after two minutes', async () => {
    const time = createVirtualTime();
    await using a = await createWatchedHost({ listen }, time.scheduler);
    await using b = await createWatchedHost({ listen });
    const { dialled } = await link({ a, b }, {});
    assert.ok(dialled.ok);
    const down = untilDown(a);
    while (a.peers().length > 0) {
      await time.advance(120_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(await down, b.nodeId);
  });

  test('that changes a byte loses the link', async () => {
    await using pair = await createPair();
    const { dialled, meddle } = await link(pair, {});
    assert.ok(dialled.ok);
    const down = untilDown(pair.b);
    meddle();
    await pair.a.openStream(pair.b.nodeId, '/pars/nobody/1');
    await down;
    assert.equal(pair.b.counted('mesh/frame-refused'), 1);
  });

  test('is not begun by a stopped host or a cancelled call, nor under a name that is none', async () => {
    const host = await createWatchedHost({ listen });
    const adoptAs = async (address: string, signal?: AbortSignal): Promise<string> => {
      const [near, far] = createStreamPair();
      const adopted = await host.adopt(near, { direction: 'outbound', address, signal });
      await assert.rejects(readAll(far));
      return adopted.ok ? 'linked' : adopted.error.code;
    };
    assert.equal(await adoptAs('no multiaddr'), 'mesh/bad-address');
    assert.equal(await adoptAs('/webrtc', AbortSignal.abort()), 'mesh/aborted');
    await host.stop();
    assert.equal(await adoptAs('/webrtc'), 'mesh/stopped');
  });
});

interface Pair extends AsyncDisposable {
  readonly a: WatchedHost;
  readonly b: WatchedHost;
}

async function createPair(): Promise<Pair> {
  const a = await createWatchedHost({ listen });
  const b = await createWatchedHost({ listen });
  return {
    a,
    b,
    async [Symbol.asyncDispose]() {
      await a.stop();
      await b.stop();
    },
  };
}

/** Links `a` with `b` over a pair of streams. */
async function link(
  { a, b }: Pick<Pair, 'a' | 'b'>,
  expected: LinkExpectation,
  expectedBack: LinkExpectation = {},
) {
  const [near, far] = createStreamPair();
  let isMeddling = false;
  const meddled: ByteStream = {
    ...near,
    write(bytes, signal) {
      const changed = bytes.slice();
      const at = changed.length - 1;
      if (isMeddling) changed[at] = (changed[at] ?? 0) ^ 1;
      return near.write(changed, signal);
    },
  };
  const address = '/webrtc';
  const [dialled, answered] = await Promise.all([
    a.adopt(meddled, { direction: 'outbound', address, expected }),
    b.adopt(far, { direction: 'inbound', address, expected: expectedBack }),
  ]);
  const meddle = (): void => {
    isMeddling = true;
  };
  return { dialled, answered, near, meddle };
}

function untilDown(host: WatchedHost): Promise<NodeId> {
  return new Promise((resolve) => {
    const stop = host.onLink(({ type, peer }) => {
      if (type !== 'down') return;
      stop();
      resolve(peer.nodeId);
    });
  });
}

async function readAll(stream: ByteStream): Promise<void> {
  for await (const _chunk of stream.source);
}
