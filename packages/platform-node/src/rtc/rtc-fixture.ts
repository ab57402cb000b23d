import type { Failure, Result } from '@pars/base';
import { createRecordingLog } from '@pars/base/fakes';
import { createSuite, type Suite } from '@pars/crypto';
import {
  createRtcMeetings,
  keyFingerprint,
  type LinkPeer,
  type RtcMeetings,
  type RtcMeetingsDeps,
} from '@pars/mesh';
import { createNodeCryptoProvider } from '../crypto/node-crypto-provider.ts';
import { systemRandom } from '../crypto/system-random.ts';
import { createLibp2pHost, type Libp2pHost } from '../links/libp2p-host.ts';
import { systemClock } from '../ports/system-clock.ts';
import { systemScheduler } from '../ports/system-scheduler.ts';
import { createNodeRtcEngine } from './rtc-engine.ts';

const suite: Suite = createSuite({ provider: createNodeCryptoProvider(), random: systemRandom });

/** A daemon that can meet others over WebRTC, on loopback alone. */
export interface MeetingDaemon extends AsyncDisposable {
  readonly host: Libp2pHost;
  readonly meetings: RtcMeetings;
  readonly fingerprint: RtcMeetingsDeps['fingerprint'];
}

/** A daemon that echoes on `/pars/echo/1`; `listen` as of libp2p hosts. */
export async function createMeetingDaemon(listen: readonly string[] = []): Promise<MeetingDaemon> {
  const nodeSeed = suite.signature.generateSeed();
  const host = await createLibp2pHost(
    {
      suite,
      nodeSeed,
      clock: systemClock,
      scheduler: systemScheduler,
      random: systemRandom,
      log: createRecordingLog(),
      metrics: { count: () => undefined, gauge: () => undefined, snapshot: () => new Map() },
    },
    { listen },
  );
  host.handle('/pars/echo/1', async (stream) => {
    for await (const chunk of stream.source) await stream.write(chunk);
    await stream.closeWrite();
  });
  const { symmetric, signature } = suite;
  const signer = await signature.signerFromSeed(nodeSeed);
  const fingerprint = keyFingerprint(symmetric, signer.publicKey.bytes);
  const engine = createNodeRtcEngine({ scheduler: systemScheduler }, { bindAddress: '127.0.0.1' });
  const deps = { engine, host, fingerprint, symmetric, random: systemRandom };
  return {
    host,
    meetings: createRtcMeetings({ ...deps, scheduler: systemScheduler }),
    fingerprint,
    [Symbol.asyncDispose]: () => host.stop(),
  };
}

/** Why WebRTC cannot be tested on this machine, or `false` where it can. */
export async function whyNoWebRtc(): Promise<string | false> {
  try {
    await import('node-datachannel');
    return false;
  } catch {
    return 'no binary of node-datachannel for this platform';
  }
}

/** Lets `from` offer and `to` answer; both results. */
export function meet(
  from: MeetingDaemon,
  to: MeetingDaemon,
): Promise<readonly [Result<LinkPeer, Failure>, Result<LinkPeer, Failure>]> {
  return untilLibraryWorks(async () => {
    const offer = await from.meetings.offer();
    if (!offer.ok) return [offer, offer];
    const answer = await to.meetings.answer(offer.value.text);
    if (!answer.ok) return [answer, answer];
    const near = await offer.value.accept(answer.value.text);
    if (!near.ok) answer.value[Symbol.dispose]();
    return [near, await answer.value.link];
  });
}

/** Once in a hundred times the library fails on loopback: see the engine. Tries again, three times. */
export async function untilLibraryWorks<T extends readonly Result<unknown, Failure>[]>(
  attempt: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const results = await attempt();
    const hasFailed = results.some((one) => !one.ok && one.error.code === 'mesh/rtc-failed');
    if (!hasFailed || tries === 4) return results;
  }
}
