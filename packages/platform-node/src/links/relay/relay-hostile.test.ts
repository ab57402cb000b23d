import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ByteStream, Scheduler } from '@pars/base';
import { createVirtualTime } from '@pars/base/fakes';
import {
  classicalKeyFromNodeId,
  handshakeTimeoutMs,
  type RelayLimits,
  startRelayService,
} from '@pars/mesh';
import { systemRandom } from '../../crypto/system-random.ts';
import { createWatchedHost, realClock, realScheduler, type WatchedHost } from '../links-fixture.ts';
import { startClient } from './relay-fixture.ts';

const listen = ['/ip4/127.0.0.1/tcp/0'];
const relayProtocol = '/pars/relay/1';
const relayedProtocol = '/pars/relayed/1';
const grant = Uint8Array.of(0, 0, 0, 14, 16, 0, 1, 0, 0, 0, 2, 0, 0);

describe('a hostile relay', () => {
  test('that connects another node than was asked for is found out', async () => {
    await using setting = await createSetting(async (stream, { relay, others }) => {
      await pipeTo(stream, relay, others[1]);
    });
    const dialled = await setting.dialFirst();
    assert.equal(dialled, 'mesh/wrong-peer');
    assert.deepEqual(setting.linkedWithOthers(), []);
  });

  test('that says nothing is given up', async () => {
    const time = createVirtualTime();
    await using setting = await createSetting(() => new Promise(() => undefined), time.scheduler);
    const dialling = setting.dialFirst();
    await until(() => setting.asked() > 0 && time.pendingCount > 0);
    await time.advance(15_000);
    assert.equal(await dialling, 'mesh/relay-silent');
  });

  test('that accepts and then stalls is given up', async () => {
    const time = createVirtualTime();
    await using setting = await createSetting(async (stream) => {
      await stream.write(Uint8Array.of(0));
      await new Promise(() => undefined);
    }, time.scheduler);
    const dialling = setting.dialFirst();
    await until(() => setting.asked() > 0);
    await settle();
    await time.advance(handshakeTimeoutMs);
    assert.equal(await dialling, 'mesh/handshake-timeout');
  });

  test('that drops, or answers what is no answer, is named', async () => {
    const answers: Readonly<Record<string, (stream: ByteStream) => Promise<void>>> = {
      'mesh/stream-broken': () => Promise.reject(new Error('dropped')),
      'mesh/bad-relay-message': (stream) => stream.write(Uint8Array.of(77)),
      'mesh/relay-full': (stream) => stream.write(Uint8Array.of(1)),
      'mesh/unknown-suite': (stream) => stream.write(new TextEncoder().encode('\0HTTP/1.1 200')),
    };
    for (const [code, answer] of Object.entries(answers)) {
      await using setting = await createSetting((stream) => answer(stream));
      assert.equal(await setting.dialFirst(), code);
    }
  });

  test('sees nothing of what is said, and cannot change it', async () => {
    const seen: Uint8Array[] = [];
    let isChanging = false;
    await using setting = await createSetting(async (stream, { relay, others }) => {
      await pipeTo(stream, relay, others[0], (chunk) => {
        seen.push(chunk.slice());
        const changed = chunk.slice();
        const at = changed.length - 1;
        if (isChanging) changed[at] = (changed[at] ?? 0) ^ 1;
        return changed;
      });
    });
    const [target] = setting.others;
    assert.ok(target);
    const secret = new TextEncoder().encode('tell nobody, and no relay either');
    target.handle('/pars/echo/1', async (stream) => {
      for await (const chunk of stream.source) await stream.write(chunk);
    });
    assert.equal(await setting.dialFirst(), 'linked');
    const stream = await setting.dialer.openStream(target.nodeId, '/pars/echo/1');
    assert.ok(stream.ok);
    await stream.value.write(secret);
    await stream.value.closeWrite();
    const echoed: Uint8Array[] = [];
    for await (const chunk of stream.value.source) echoed.push(chunk);
    assert.deepEqual(Buffer.concat(echoed), Buffer.from(secret));
    assert.ok(Buffer.concat(seen).length > 18_000);
    for (const word of [secret, '/pars/echo/1', '/yamux', '/multistream']) {
      assert.equal(Buffer.concat(seen).includes(word), false);
    }

    isChanging = true;
    await setting.dialer.openStream(target.nodeId, '/pars/echo/1');
    await until(() => setting.linkedWithOthers().length === 0);
    const refusals =
      setting.dialer.counted('mesh/frame-refused') + target.counted('mesh/frame-refused');
    assert.ok(refusals > 0);
  });

  test('that opens what was not asked for reaches nobody', async () => {
    await using relay = await createWatchedHost({ listen });
    await using node = await createWatchedHost({ listen: [] });
    startClient(node);
    assert.ok((await node.dial(relay.addresses()[0] ?? '')).ok);
    await until(() => relay.peers().length === 1);
    const opened = await relay.openStream(node.nodeId, relayedProtocol);
    assert.ok(opened.ok);
    await assert.rejects(readAll(opened.value));
    assert.equal(node.counted('mesh/relay-refused'), 1);
  });

  test('that grants no time or no bytes is not announced', async () => {
    await using relay = await createWatchedHost({ listen });
    relay.handle(relayProtocol, async (stream) => {
      await stream.write(new Uint8Array(13));
    });
    await using node = await createWatchedHost({ listen: [] });
    startClient(node, { relays: () => relay.addresses() });
    await node.untilCounted('mesh/bad-relay-message');
    assert.deepEqual(node.addresses(), []);
  });
});

describe('a relay', () => {
  test('refuses what is no request, and counts it', async () => {
    await using service = await createService({});
    for (const bytes of [[0], [3, 1, 2], [255], [2, 1]]) {
      const stream = await service.ask(Uint8Array.from(bytes));
      if (bytes.length === 2) await stream.closeWrite();
      await assert.rejects(readAll(stream));
    }
    assert.equal(service.relay.counted('mesh/bad-relay-message'), 4);
  });

  test('waits ten seconds for a request', async () => {
    const time = createVirtualTime();
    await using service = await createService({}, time.scheduler);
    const stream = await service.ask(new Uint8Array(0));
    await until(() => time.pendingCount > 0);
    await time.advance(10_000);
    await assert.rejects(readAll(stream));
    assert.equal(service.relay.counted('mesh/relay-silent'), 1);
  });

  test('does not let one source flood it with requests', async () => {
    await using service = await createService({ maxReservations: 1 });
    const answers = new Map<number | undefined, number>();
    for (let index = 0; index < 80; index += 1) {
      const stream = await service.ask(Uint8Array.of(1));
      const [first] = await readAll(stream);
      await stream[Symbol.asyncDispose]();
      answers.set(first, (answers.get(first) ?? 0) + 1);
    }
    assert.ok((answers.get(2) ?? 0) > 0, 'busy');
    assert.equal(service.service.reservationCount, 1);
  });

  test('gives no connection to who is not there, and none to who came through a relay', async () => {
    await using service = await createService({});
    const nobody = Uint8Array.of(2, ...systemRandom.bytes(32));
    assert.deepEqual(await readAll(await service.ask(nobody)), [3]);
  });

  test('cuts a connection in which the dialer says nothing, by the timeout of the target', async () => {
    const time = createVirtualTime();
    await using relay = await createWatchedHost({ listen });
    const service = startRelayService({ ...realDeps, host: relay, metrics: relay.metrics });
    await using target = await createWatchedHost({ listen: [] }, time.scheduler);
    const client = startClient(target, { relays: () => relay.addresses() });
    const reserving = until(() => client.reservations().length === 1);
    await reserving;
    const dialer = await linkedWith(relay);
    const request = connectRequest(target);
    const opened = await dialer.openStream(relay.nodeId, relayProtocol);
    assert.ok(opened.ok);
    await opened.value.write(request);
    await until(() => service.connectionCount === 1);
    await settle();
    const cut = assert.rejects(readAll(opened.value));
    await time.advance(handshakeTimeoutMs);
    await cut;
    await until(() => service.connectionCount === 0);
    assert.equal(target.counted('mesh/handshake-timeout'), 1);
    await dialer.stop();
  });

  test('carries a connection whose encryption is not ours to the target, who closes and counts it', async () => {
    await using relay = await createWatchedHost({ listen });
    startRelayService({ ...realDeps, host: relay, metrics: relay.metrics });
    await using target = await createWatchedHost({ listen: [] });
    const client = startClient(target, { relays: () => relay.addresses() });
    await until(() => client.reservations().length === 1);
    const dialer = await linkedWith(relay);
    const opened = await dialer.openStream(relay.nodeId, relayProtocol);
    assert.ok(opened.ok);
    await opened.value.write(connectRequest(target));
    await opened.value.write(new TextEncoder().encode('\u0013/multistream/1.0.0\n'));
    await assert.rejects(readAll(opened.value));
    assert.equal(target.counted('mesh/unknown-suite'), 1);
    assert.deepEqual(
      target.peers().map(({ nodeId }) => nodeId),
      [relay.nodeId],
    );
    await dialer.stop();
  });

  test('serves nobody any more after it was stopped', async () => {
    const stopping = new AbortController();
    await using service = await createService({}, realScheduler, stopping.signal);
    stopping.abort();
    assert.deepEqual(await readAll(await service.ask(Uint8Array.of(1))), [4]);
  });
});

const realDeps = { clock: realClock, scheduler: realScheduler, random: systemRandom };

type RelayHandler = (
  stream: ByteStream,
  setting: { readonly relay: WatchedHost; readonly others: readonly WatchedHost[] },
) => Promise<void>;

interface Setting extends AsyncDisposable {
  readonly dialer: WatchedHost;
  readonly others: readonly WatchedHost[];
  /** Dials the first of the others through the relay; the code, or `linked`. */
  dialFirst(): Promise<string>;
  asked(): number;
  /** Others that the dialer is linked with. */
  linkedWithOthers(): readonly string[];
}

/** A relay that grants every reservation, and treats connections as `onConnect` says. */
async function createSetting(onConnect: RelayHandler, scheduler?: Scheduler): Promise<Setting> {
  const relay = await createWatchedHost({ listen });
  const others = [await createWatchedHost({ listen: [] }), await createWatchedHost({ listen: [] })];
  let asked = 0;
  relay.handle(relayProtocol, async (stream) => {
    const first = await stream.source[Symbol.asyncIterator]().next();
    if (first.value?.[0] === 1) return stream.write(grant);
    asked += 1;
    return onConnect(stream, { relay, others });
  });
  for (const host of others) {
    const client = startClient(host, { relays: () => relay.addresses() });
    await until(() => client.reservations().length === 1);
  }
  const dialer = await createWatchedHost({ listen: [] }, scheduler);
  startClient(dialer, { relays: () => [] }, scheduler);
  assert.ok((await dialer.dial(relay.addresses()[0] ?? '')).ok);
  return {
    dialer,
    others,
    asked: () => asked,
    async dialFirst() {
      const dialled = await dialer.dial(others[0]?.addresses()[0] ?? '');
      return dialled.ok ? 'linked' : dialled.error.code;
    },
    linkedWithOthers: () =>
      dialer
        .peers()
        .map(({ nodeId }) => nodeId)
        .filter((id) => id !== relay.nodeId),
    async [Symbol.asyncDispose]() {
      for (const host of [dialer, ...others, relay]) await host.stop();
    },
  };
}

/** What an honest relay does, with a look at what crosses it. */
async function pipeTo(
  stream: ByteStream,
  relay: WatchedHost,
  target: WatchedHost | undefined,
  look: (chunk: Uint8Array) => Uint8Array = (chunk) => chunk,
): Promise<void> {
  assert.ok(target);
  const opened = await relay.openStream(target.nodeId, relayedProtocol);
  assert.ok(opened.ok);
  const carry = async (from: ByteStream, to: ByteStream): Promise<void> => {
    for await (const chunk of from.source) await to.write(look(chunk));
    await to.closeWrite();
  };
  const ways = [carry(stream, opened.value), carry(opened.value, stream)];
  const cut = (): void => {
    stream.abort();
    opened.value.abort();
  };
  for (const way of ways) way.catch(cut);
  await Promise.allSettled(ways);
  cut();
}

interface Service extends AsyncDisposable {
  readonly relay: WatchedHost;
  readonly service: ReturnType<typeof startRelayService>;
  /** A stream on which these bytes were sent, of a linked node. */
  ask(bytes: Uint8Array): Promise<ByteStream>;
}

async function createService(
  limits: Partial<RelayLimits>,
  scheduler: Scheduler = realScheduler,
  signal?: AbortSignal,
): Promise<Service> {
  const relay = await createWatchedHost({ listen });
  const service = startRelayService(
    { ...realDeps, scheduler, host: relay, metrics: relay.metrics },
    limits,
    signal,
  );
  const client = await linkedWith(relay);
  return {
    relay,
    service,
    async ask(bytes) {
      const opened = await client.openStream(relay.nodeId, relayProtocol);
      assert.ok(opened.ok);
      if (bytes.length > 0) await opened.value.write(bytes);
      return opened.value;
    },
    async [Symbol.asyncDispose]() {
      await client.stop();
      await relay.stop();
    },
  };
}

async function linkedWith(relay: WatchedHost): Promise<WatchedHost> {
  const host = await createWatchedHost({ listen: [] });
  assert.ok((await host.dial(relay.addresses()[0] ?? '')).ok);
  return host;
}

function connectRequest(target: WatchedHost): Uint8Array {
  const key = classicalKeyFromNodeId(target.nodeId);
  assert.ok(key);
  return Uint8Array.of(2, ...key);
}

async function readAll(stream: ByteStream): Promise<number[]> {
  const bytes: number[] = [];
  for await (const chunk of stream.source) bytes.push(...chunk);
  return bytes;
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
