import { type ByteStream, ParsError, type Scheduler } from '@pars/base';
import {
  type ChannelStream,
  createChannelStream,
  type IceServer,
  lowWaterBytes,
  type RtcConnection,
  type RtcEngine,
} from '@pars/mesh';
import { browserScheduler } from '../browser-timers.ts';

/** How long the engine may look for its own addresses; what it has found by then is used. */
const gatheringMs = 3_000;

/** The WebRTC of the page. A worker has none, and a browser may have been built or told to go without. */
export const browserRtcEngine: RtcEngine = Object.freeze({
  async connect({ iceServers }: { readonly iceServers: readonly IceServer[] }) {
    if (!('RTCPeerConnection' in globalThis)) throw new ParsError('mesh/rtc-unavailable');
    const peer = new RTCPeerConnection({
      iceServers: iceServers.map(({ url, ...rest }) => ({ urls: url, ...rest })),
    });
    return createConnection(peer, browserScheduler);
  },
});

function createConnection(peer: RTCPeerConnection, scheduler: Scheduler): RtcConnection {
  const channel = peer.createDataChannel('', { negotiated: true, id: 0, ordered: true });
  channel.binaryType = 'arraybuffer';
  channel.bufferedAmountLowThreshold = lowWaterBytes;
  const { promise, resolve, reject } = Promise.withResolvers<ByteStream>();
  promise.catch(() => undefined);
  let stream: ChannelStream | undefined;
  let isHandedOut = false;

  channel.addEventListener('open', () => {
    stream ??= streamFromChannel(peer, channel, scheduler);
    resolve(stream);
  });
  channel.addEventListener('close', () => fail());
  channel.addEventListener('error', () => fail());
  // Any channel but ours is nothing that a node opens.
  peer.addEventListener('datachannel', () => fail());
  peer.addEventListener('connectionstatechange', () => {
    const isOver = peer.connectionState === 'closed' || peer.connectionState === 'failed';
    // Before the channel is open a failed search may still succeed: a person carries the answer.
    if (isOver && stream !== undefined) fail();
  });

  return {
    async createOffer() {
      await peer.setLocalDescription(await peer.createOffer());
      return gathered();
    },
    async createAnswer(sdp) {
      await peer.setRemoteDescription({ type: 'offer', sdp });
      await peer.setLocalDescription(await peer.createAnswer());
      return gathered();
    },
    acceptAnswer: (sdp) => peer.setRemoteDescription({ type: 'answer', sdp }),
    async opened() {
      const opened = await promise;
      isHandedOut = true;
      return opened;
    },
    close() {
      if (!isHandedOut) fail();
    },
  };

  function fail(): void {
    reject(new ParsError('mesh/rtc-failed'));
    stream?.closed();
    peer.close();
  }

  /** Our description once every address is in it, or after a while with those that are. */
  async function gathered(): Promise<string> {
    const done = Promise.withResolvers<void>();
    const look = (): void => {
      if (peer.iceGatheringState === 'complete') done.resolve();
    };
    peer.addEventListener('icegatheringstatechange', look);
    const cancel = scheduler.schedule(gatheringMs, done.resolve);
    look();
    try {
      await Promise.race([done.promise, promise]);
    } finally {
      cancel();
      peer.removeEventListener('icegatheringstatechange', look);
    }
    return peer.localDescription?.sdp ?? '';
  }
}

function streamFromChannel(
  peer: RTCPeerConnection,
  channel: RTCDataChannel,
  scheduler: Scheduler,
): ChannelStream {
  const stream = createChannelStream(
    {
      send(message) {
        if (typeof message === 'string') channel.send(message);
        else channel.send(message as Uint8Array<ArrayBuffer>);
      },
      bufferedAmount: () => channel.bufferedAmount,
      close() {
        channel.close();
        peer.close();
      },
    },
    { scheduler },
  );
  channel.addEventListener('bufferedamountlow', () => stream.drained());
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) stream.receive(new Uint8Array(data));
    else if (typeof data === 'string') stream.receive(data);
  });
  return stream;
}
