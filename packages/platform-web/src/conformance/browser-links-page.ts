// Runs inside Chromium (bundled by scripts/browser), in a page or, without WebRTC, in a worker.
import { type ByteStream, ParsError } from '@pars/base';
import { byteStreamConformance, type ConformanceCase } from '@pars/base/conformance';
import { createSuite, type Suite } from '@pars/crypto';
import {
  channelCredit,
  createRtcMeetings,
  createStreamHost,
  keyFingerprint,
  type RtcAnswer,
  type RtcConnection,
  type RtcMeetings,
  type RtcOffer,
  rtcEndpointFromDescription,
  rtcEndpointToDescription,
  type StreamHost,
} from '@pars/mesh';
import { meshHostConformance } from '@pars/mesh/conformance';
import { browserClock, browserScheduler } from '../browser-timers.ts';
import { createBrowserCryptoProvider } from '../crypto/browser-crypto-provider.ts';
import { createBrowserHost } from '../links/browser-host.ts';
import { browserRtcEngine } from '../links/rtc-engine.ts';
import { systemRandom } from '../system-random.ts';

const log = { write: () => undefined };
const metrics = { count: () => undefined, gauge: () => undefined, snapshot: () => new Map() };

/** Streams and hosts over real data channels between two ends in one page. */
export async function cases(): Promise<readonly ConformanceCase[]> {
  const suite = await createBrowserSuite();
  const streams = byteStreamConformance(async () => {
    const [near, far] = await connectPair();
    return {
      near,
      far,
      maxInFlightBytes: channelCredit,
      settle: () => browserScheduler.sleep(200),
      dispose: async () => {
        near.abort();
        far.abort();
      },
    };
  });
  const hostByRoute = new Map<string, StreamHost>();
  const hosts = meshHostConformance('over WebRTC', {
    async createHost({ maxStreamsPerProtocol }) {
      const route = `/memory/page-${hostByRoute.size}`;
      const host = await createStreamHost(
        {
          suite,
          nodeSeed: suite.signature.generateSeed(),
          clock: browserClock,
          scheduler: browserScheduler,
          random: systemRandom,
          log,
          metrics,
        },
        {
          dialers: [
            {
              canDial: (wanted) => wanted.startsWith('/memory/'),
              async dial(wanted) {
                const remote = hostByRoute.get(wanted);
                if (remote === undefined) throw new ParsError('mesh/unreachable');
                const [near, far] = await connectPair();
                void remote.adopt(far, { direction: 'inbound', address: '/webrtc' });
                return near;
              },
            },
          ],
          routes: () => [route],
          maxStreamsPerProtocol,
        },
      );
      hostByRoute.set(route, host);
      return host;
    },
  });
  return [...streams, ...hosts];
}

async function createBrowserSuite(): Promise<Suite> {
  const provider = await createBrowserCryptoProvider({ random: systemRandom });
  return createSuite({ provider, random: systemRandom });
}

async function connectPair(): Promise<readonly [ByteStream, ByteStream]> {
  const near: RtcConnection = await browserRtcEngine.connect({ iceServers: [] });
  const far: RtcConnection = await browserRtcEngine.connect({ iceServers: [] });
  const answer = await far.createAnswer(rewritten(await near.createOffer(), 'offer'));
  await near.acceptAnswer(rewritten(answer, 'answer'));
  return Promise.all([near.opened(), far.opened()]);
}

/** What is left of a description after it went through a signal. */
function rewritten(description: string, kind: 'offer' | 'answer'): string {
  const endpoint = rtcEndpointFromDescription(description, kind);
  if (!endpoint.ok) throw new Error(`${endpoint.error.code}: ${description}`);
  return rtcEndpointToDescription(endpoint.value, kind);
}

/** How an echo went. */
interface Echo {
  readonly isSame: boolean;
  readonly bytesPerSecond: number;
}

interface Node {
  readonly host: StreamHost;
  readonly meetings: RtcMeetings;
}

let started: Promise<Node> | undefined;
let offer: RtcOffer | undefined;
let answer: RtcAnswer | undefined;

function node(): Promise<Node> {
  started ??= start();
  return started;
}

async function start(): Promise<Node> {
  const suite = await createBrowserSuite();
  const { symmetric } = suite;
  const nodeSeed = suite.signature.generateSeed();
  const signer = await suite.signature.signerFromSeed(nodeSeed);
  const fingerprint = keyFingerprint(symmetric, signer.publicKey.bytes);
  const host = await createBrowserHost({ suite, nodeSeed, log, metrics });
  host.handle('/pars/echo/1', async (stream) => {
    for await (const chunk of stream.source) await stream.write(chunk);
    await stream.closeWrite();
  });
  const meetings = createRtcMeetings({
    engine: browserRtcEngine,
    host,
    fingerprint,
    symmetric,
    random: systemRandom,
    scheduler: browserScheduler,
  });
  return { host, meetings };
}

// What a test drives from outside; every answer is the peer's id, a text or a code.
Object.assign(globalThis, {
  parsNodeId: async () => (await node()).host.nodeId,
  async parsOffer() {
    const made = await (await node()).meetings.offer();
    offer = made.ok ? made.value : undefined;
    return made.ok ? made.value.text : made.error.code;
  },
  async parsAccept(text: string) {
    const linked = await offer?.accept(text);
    return linked?.ok === true ? linked.value.nodeId : linked?.error.code;
  },
  async parsAnswer(text: string) {
    const made = await (await node()).meetings.answer(text);
    answer = made.ok ? made.value : undefined;
    return made.ok ? made.value.text : made.error.code;
  },
  async parsAnswered() {
    const linked = await answer?.link;
    return linked?.ok === true ? linked.value.nodeId : linked?.error.code;
  },
  /** The median of some dials, each on a new link, and where the last one leads. */
  async parsDial(address: string, times = 1) {
    const { host } = await node();
    const durationsMs: number[] = [];
    let outcome = '';
    for (let round = 0; round < times; round += 1) {
      const [peer] = host.peers();
      if (peer !== undefined) host.drop(peer.nodeId);
      const fromMs = performance.now();
      const linked = await host.dial(address);
      durationsMs.push(performance.now() - fromMs);
      outcome = linked.ok ? linked.value.nodeId : linked.error.code;
    }
    durationsMs.sort((a, b) => a - b);
    return { outcome, medianMs: durationsMs[durationsMs.length >> 1] ?? 0 };
  },
  async parsEcho(nodeId: string, length: number): Promise<Echo | string> {
    const { host } = await node();
    const peer = host.peers().find((one) => one.nodeId === nodeId);
    if (peer === undefined) return 'not linked';
    const opened = await host.openStream(peer.nodeId, '/pars/echo/1');
    if (!opened.ok) return opened.error.code;
    const sent = Uint8Array.from({ length }, (_, index) => (index * 7) % 251);
    const fromMs = performance.now();
    const reading = Array.fromAsync(opened.value.source);
    await opened.value.write(sent);
    await opened.value.closeWrite();
    const received = await reading;
    const seconds = (performance.now() - fromMs) / 1_000;
    let offset = 0;
    let isSame = true;
    for (const chunk of received) {
      isSame &&= chunk.every((byte, index) => byte === sent[offset + index]);
      offset += chunk.length;
    }
    return { isSame: isSame && offset === length, bytesPerSecond: length / seconds };
  },
  /** Bytes a second into a daemon that only reads. */
  async parsPour(nodeId: string, length: number): Promise<number> {
    const { host } = await node();
    const peer = host.peers().find((one) => one.nodeId === nodeId);
    if (peer === undefined) return 0;
    const opened = await host.openStream(peer.nodeId, '/pars/drain/1');
    if (!opened.ok) return 0;
    const piece = new Uint8Array(262_144);
    const fromMs = performance.now();
    for (let left = length; left > 0; left -= piece.length) await opened.value.write(piece);
    await opened.value.closeWrite();
    // The drain ends its half once it has read everything.
    await Array.fromAsync(opened.value.source);
    return (length * 1_000) / (performance.now() - fromMs);
  },
  /** Resolves when the last link is gone. */
  async parsUntilAlone() {
    const { host } = await node();
    if (host.peers().length === 0) return;
    const alone = Promise.withResolvers<void>();
    host.onLink(() => {
      if (host.peers().length === 0) alone.resolve();
    });
    await alone.promise;
  },
});
