import type { ByteStream, Result } from '@pars/base';
import type { ConformanceCase } from '@pars/base/conformance';
import { linkAddressFromText, linkAddressToText } from '../link-address.ts';
import type { LinkPeer, MeshHost } from '../mesh-host.ts';

/** Makes hosts that can reach each other. */
export interface MeshHostFixture {
  /** A running host with at least one address, and at most `maxStreamsPerProtocol` inbound streams. */
  createHost(options: { readonly maxStreamsPerProtocol: number }): Promise<MeshHost>;
  /** What a dial gives when the route itself names another node: default `mesh/wrong-peer`. */
  readonly wrongNodeCode?: string;
}

const protocol = '/pars/conformance/1';
const maxStreams = 8;

/** What every {@link MeshHost} must do (PIP-1000 §8). Each case makes and disposes its own hosts. */
export function meshHostConformance(
  name: string,
  fixture: MeshHostFixture,
): readonly ConformanceCase[] {
  const cases: Readonly<Record<string, (a: MeshHost, b: MeshHost) => Promise<void>>> = {
    'a dial gives the proven peer on both sides': async (a, b) => {
      const peer = succeed(await a.dial(addressOf(b)));
      check(peer.nodeId === b.nodeId, 'dialled another node');
      check(peer.direction === 'outbound', 'a dial is outbound');
      check(peer.nodeKey.length === 2_624, 'the node key is 2,624 bytes');
      succeed(await openEcho(a, b));
      const [back] = b.peers();
      check(back?.nodeId === a.nodeId, 'the other side knows who dialled');
      check(back?.direction === 'inbound', 'an answered link is inbound');
    },
    'a second dial returns the open link': async (a, b) => {
      const first = succeed(await a.dial(addressOf(b)));
      const second = succeed(await a.dial(addressOf(b)));
      check(first.sinceMs === second.sinceMs, 'the link is the same');
      check(a.peers().length === 1, 'one link');
    },
    'a link tells when it is up': async (a, b) => {
      const changes: string[] = [];
      const stop = a.onLink(({ type, peer }) => {
        const isListed = a.peers().some(({ nodeId }) => nodeId === peer.nodeId);
        changes.push(`${type} ${peer.nodeId} ${String(isListed)}`);
      });
      succeed(await a.dial(addressOf(b)));
      succeed(await a.dial(addressOf(b)));
      check(changes.join() === `up ${b.nodeId} true`, 'once, after it is listed');
      stop();
    },
    'a dropped link is gone': async (a, b) => {
      succeed(await a.dial(addressOf(b)));
      const gone = new Promise<string>((resolve) => {
        a.onLink(({ type, peer }) => resolve(`${type} ${peer.nodeId}`));
      });
      a.drop(b.nodeId);
      check((await gone) === `down ${b.nodeId}`, 'it is told');
      check(a.peers().length === 0, 'it is not listed');
      a.drop(b.nodeId);
      succeed(await a.dial(addressOf(b)));
    },
    'an address commits to the whole key': async (a, b) => {
      const parsed = linkAddressFromText(addressOf(b));
      check(parsed.ok && parsed.value.fingerprint !== undefined, 'addresses carry a fingerprint');
      check(parsed.ok && parsed.value.nodeId === b.nodeId, 'addresses carry the node id');
      const route = parsed.ok ? parsed.value.route : '';
      const other = linkAddressFromText(addressOf(a));
      const fingerprint = other.ok ? other.value.fingerprint : undefined;
      const wrongKey = linkAddressToText({ route, nodeId: b.nodeId, fingerprint });
      fail(await a.dial(wrongKey), 'mesh/wrong-peer');
      check(a.peers().length === 0, 'no link to a wrong key');
    },
    'another node than expected is refused': async (a, b) => {
      const parsed = linkAddressFromText(addressOf(b));
      const route = parsed.ok ? parsed.value.route : '';
      const wrongId = await otherNodeId(fixture);
      const text = linkAddressToText({ route, nodeId: wrongId, fingerprint: undefined });
      fail(await a.dial(text), fixture.wrongNodeCode ?? 'mesh/wrong-peer');
      check(a.peers().length === 0, 'no link to a wrong node');
      succeed(await a.dial(addressOf(b)));
    },
    'addresses that lead nowhere fail': async (a) => {
      fail(await a.dial('not an address'), 'mesh/bad-address');
      fail(await a.dial('/memory/nobody-is-here'), 'mesh/unreachable');
    },
    'a cancelled dial fails': async (a, b) => {
      fail(await a.dial(addressOf(b), AbortSignal.abort()), 'mesh/aborted');
    },
    'a stream carries bytes both ways and ends': async (a, b) => {
      succeed(await a.dial(addressOf(b)));
      const stream = succeed(await openEcho(a, b));
      const sent = pattern(100_000);
      await stream.write(sent.subarray(0, 1));
      await stream.write(sent.subarray(1));
      await stream.closeWrite();
      const received = await readAll(stream);
      check(isEqual(received, sent), 'the echo equals what was sent');
    },
    'streams work in the direction of the answer too': async (a, b) => {
      succeed(await a.dial(addressOf(b)));
      succeed(await openEcho(a, b));
      const stream = succeed(await openEcho(b, a));
      await stream.write(pattern(10));
      await stream.closeWrite();
      check((await readAll(stream)).length === 10, 'the answerer opened a stream');
    },
    'a slow reader holds the writer back': async (a, b) => {
      succeed(await a.dial(addressOf(b)));
      const gate = Promise.withResolvers<void>();
      let receivedBytes = 0;
      b.handle('/pars/conformance-slow/1', async (stream) => {
        await gate.promise;
        for await (const chunk of stream.source) receivedBytes += chunk.length;
      });
      const stream = succeed(await a.openStream(b.nodeId, '/pars/conformance-slow/1'));
      const total = 16 * 1_048_576;
      let writtenBytes = 0;
      const writing = (async () => {
        for (; writtenBytes < total; writtenBytes += 65_536) await stream.write(pattern(65_536));
        await stream.closeWrite();
      })();
      // An echo on the same link takes many turns; the writer fills its window meanwhile.
      for (let round = 0; round < 20; round += 1) {
        const probe = succeed(await openEcho(a, b));
        await probe.write(pattern(1_000));
        await probe.closeWrite();
        await readAll(probe);
      }
      check(writtenBytes < total, 'the writer waited for the reader');
      gate.resolve();
      await writing;
      await readAll(stream);
      check(receivedBytes === total, 'everything arrived in the end');
    },
    'a protocol that nobody serves is refused': async (a, b) => {
      succeed(await a.dial(addressOf(b)));
      fail(await a.openStream(b.nodeId, '/pars/nobody/1'), 'mesh/unsupported-protocol');
    },
    'a stream needs a link': async (a, b) => {
      fail(await a.openStream(b.nodeId, protocol), 'mesh/not-connected');
    },
    'concurrent streams of a protocol are bounded': async (a, b) => {
      succeed(await a.dial(addressOf(b)));
      const streams: ByteStream[] = [];
      let refusals = 0;
      for (let index = 0; index < maxStreams + 4; index += 1) {
        if (await staysOpen(await openEcho(a, b), streams)) continue;
        refusals += 1;
      }
      check(streams.length === maxStreams, `${streams.length} streams are open`);
      check(refusals === 4, 'the rest was refused');
      for (const stream of streams) await stream.closeWrite();
      for (const stream of streams) await readAll(stream);
    },
    'a handler that fails breaks its stream only': async (a, b) => {
      succeed(await a.dial(addressOf(b)));
      b.handle('/pars/conformance-broken/1', () => Promise.reject(new Error('broken handler')));
      const broken = succeed(await a.openStream(b.nodeId, '/pars/conformance-broken/1'));
      check(await isBroken(broken), 'the stream breaks');
      const stream = succeed(await openEcho(a, b));
      await stream.closeWrite();
      await readAll(stream);
    },
    'a protocol has one handler': async (a) => {
      const again = () => a.handle(protocol, () => Promise.resolve());
      check(throws(again), 'a second handler throws');
    },
    'stopping ends links and streams': async (a, b) => {
      succeed(await a.dial(addressOf(b)));
      const stream = succeed(await openEcho(a, b));
      await b[Symbol.asyncDispose]();
      await isBroken(stream);
      fail(await b.dial(addressOf(a)), 'mesh/stopped');
      check(b.peers().length === 0, 'a stopped host has no peers');
      fail(await a.openStream(b.nodeId, protocol), 'mesh/not-connected');
    },
  };
  return Object.entries(cases).map(([title, run]) => ({
    name: `${name}: ${title}`,
    run: async () => {
      await using a = await createEchoHost(fixture);
      await using b = await createEchoHost(fixture);
      await run(a, b);
    },
  }));
}

async function createEchoHost(fixture: MeshHostFixture): Promise<MeshHost> {
  const host = await fixture.createHost({ maxStreamsPerProtocol: maxStreams });
  host.handle(protocol, async (stream) => {
    for await (const chunk of stream.source) await stream.write(chunk);
    await stream.closeWrite();
  });
  return host;
}

async function otherNodeId(fixture: MeshHostFixture): Promise<MeshHost['nodeId']> {
  await using other = await fixture.createHost({ maxStreamsPerProtocol: maxStreams });
  return other.nodeId;
}

function openEcho(from: MeshHost, to: MeshHost): ReturnType<MeshHost['openStream']> {
  return from.openStream(to.nodeId, protocol);
}

/** Whether the stream echoes one byte; it is then kept in `streams`. */
async function staysOpen(opened: Result<ByteStream>, streams: ByteStream[]): Promise<boolean> {
  if (!opened.ok) return false;
  try {
    await opened.value.write(Uint8Array.of(1));
    const first = await opened.value.source[Symbol.asyncIterator]().next();
    if (first.done === true) return false;
    streams.push(opened.value);
    return true;
  } catch {
    return false;
  }
}

async function isBroken(stream: ByteStream): Promise<boolean> {
  try {
    await readAll(stream);
    return false;
  } catch {
    return true;
  }
}

async function readAll(stream: ByteStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream.source) chunks.push(chunk);
  const all = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

function addressOf(host: MeshHost): string {
  const [address] = host.addresses();
  if (address === undefined) throw new Error('the host has no address');
  return address;
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31) % 251);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function throws(action: () => void): boolean {
  try {
    action();
    return false;
  } catch {
    return true;
  }
}

function succeed<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`expected success, got ${result.error.code}`);
  return result.value;
}

function fail(result: Result<LinkPeer | ByteStream>, code: string): void {
  if (result.ok) throw new Error(`expected ${code}, got success`);
  check(result.error.code === code, `expected ${code}, got ${result.error.code}`);
}

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`not so: ${what}`);
}
