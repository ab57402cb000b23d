import { type ByteStream, ParsError, type Scheduler } from '@pars/base';
import { type ChannelStream, createChannelStream } from './channel-stream.ts';
import type { IceCandidate } from './ice-candidate.ts';
import { rtcEndpointFromDescription, rtcEndpointToDescription } from './rtc-description.ts';
import type { RtcConnection, RtcEngine } from './rtc-engine.ts';
import type { RtcEndpoint } from './rtc-signal.ts';

/** Two ends of a data channel in memory; messages cross in a later turn, one after another. */
export interface ChannelPair {
  readonly near: ChannelStream;
  readonly far: ChannelStream;
  /** What crossed from near to far. */
  readonly sent: (Uint8Array | string)[];
}

/** An open channel. */
export function createChannelPair(deps: { readonly scheduler: Scheduler }): ChannelPair {
  const sent: (Uint8Array | string)[] = [];
  let isOpen = true;
  let crossing: Promise<void> = Promise.resolve();
  const inTurn = (work: () => void): void => {
    crossing = crossing.then(work);
  };
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    inTurn(() => {
      near.closed();
      far.closed();
    });
  };
  const end = (receiver: () => ChannelStream): ChannelStream =>
    createChannelStream(
      {
        send(message) {
          if (!isOpen) throw new ParsError('mesh/stream-broken');
          const copy = typeof message === 'string' ? message : message.slice();
          if (receiver() === far) sent.push(copy);
          inTurn(() => receiver().receive(copy));
        },
        bufferedAmount: () => 0,
        close,
      },
      deps,
    );
  const near: ChannelStream = end(() => far);
  const far: ChannelStream = end(() => near);
  return { near, far, sent };
}

/** An endpoint with one address; `index` tells it from others. */
export function makeEndpoint(
  index: number,
  candidates: readonly IceCandidate[] = [
    { kind: 'ip4', bytes: Uint8Array.of(192, 168, 1, index), port: 40_000 + index },
  ],
): RtcEndpoint {
  return {
    iceUfrag: `ufr${index}`,
    icePassword: `passwordOf+/${index}`.padEnd(24, 'x'),
    certificateHash: new Uint8Array(32).fill(index),
    candidates,
  };
}

/** Engines in memory that find each other by their descriptions. */
export interface MemoryRtcNetwork {
  /** `meddle` replaces the stream of the side that accepts an answer. */
  createEngine(meddle?: (stream: ByteStream) => ByteStream): RtcEngine;
}

/** An empty network. */
export function createMemoryRtcNetwork(deps: { readonly scheduler: Scheduler }): MemoryRtcNetwork {
  const acceptByUfrag = new Map<string, (stream: ByteStream) => void>();
  let count = 0;
  return {
    createEngine: (meddle = (stream) => stream) => ({
      async connect() {
        count += 1;
        const index = count;
        const opened = Promise.withResolvers<ByteStream>();
        opened.promise.catch(() => undefined);
        const ufrag = makeEndpoint(index).iceUfrag;
        const connection: RtcConnection = {
          createOffer: async () =>
            rtcEndpointToDescription(makeEndpoint(index), 'offer').replace(':active', ':actpass'),
          async createAnswer() {
            acceptByUfrag.set(ufrag, opened.resolve);
            return rtcEndpointToDescription(makeEndpoint(index), 'answer');
          },
          async acceptAnswer(answer) {
            const remote = rtcEndpointFromDescription(answer, 'answer');
            const accept = remote.ok ? acceptByUfrag.get(remote.value.iceUfrag) : undefined;
            if (accept === undefined) return;
            const { near, far } = createChannelPair(deps);
            accept(far);
            opened.resolve(meddle(near));
          },
          opened: () => opened.promise,
          close: () => opened.reject(new ParsError('mesh/rtc-failed')),
        };
        return connection;
      },
    }),
  };
}
