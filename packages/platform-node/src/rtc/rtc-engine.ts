import { type ByteStream, ParsError, type Scheduler } from '@pars/base';
import {
  type ChannelStream,
  createChannelStream,
  type IceServer,
  lowWaterBytes,
  type RtcConnection,
  type RtcEngine,
} from '@pars/mesh';
import type * as library from 'node-datachannel';
import type { DataChannel, PeerConnection } from 'node-datachannel';

/** The library's module, whose native part is a package of its own for each platform. */
type DataChannelModule = typeof library;

/** What the engine may be told. */
export interface NodeRtcOptions {
  /** The only local address to use, e.g. `127.0.0.1`; all when absent. */
  readonly bindAddress?: string;
}

/** Largest message that is taken, in bytes; four times what a node sends. */
const maxMessageBytes = 65_536;

/**
 * WebRTC for a daemon. It is loaded at the first meeting; where the platform's
 * binary is not installed, `connect` rejects with `mesh/rtc-unavailable`.
 * A library that finds the other end at the very moment when it is told of it may
 * refuse its certificate (it compares before it has stored what with): seen once in
 * a hundred meetings on loopback; the meeting then fails with `mesh/rtc-failed`.
 * Addresses that a browser hides behind a `.local` name are left out: the browser
 * finds us, and its address is learnt from its packets.
 */
export function createNodeRtcEngine(
  { scheduler }: { readonly scheduler: Scheduler },
  options: NodeRtcOptions = {},
  load: () => Promise<DataChannelModule> = () => import('node-datachannel'),
): RtcEngine {
  return {
    async connect({ iceServers }) {
      const { PeerConnection } = await loadModule(load);
      const peer = new PeerConnection('', {
        iceServers: iceServers.map(iceServerToUrl),
        maxMessageSize: maxMessageBytes,
        disableAutoNegotiation: true,
        ...(options.bindAddress === undefined ? {} : { bindAddress: options.bindAddress }),
      });
      return createConnection(peer, scheduler);
    },
  };
}

/** A binary that is absent or does not fit shows itself when the module is loaded. */
async function loadModule(load: () => Promise<DataChannelModule>): Promise<DataChannelModule> {
  try {
    return await load();
  } catch (cause) {
    throw new ParsError('mesh/rtc-unavailable', {}, { cause });
  }
}

function createConnection(peer: PeerConnection, scheduler: Scheduler): RtcConnection {
  const channel = peer.createDataChannel('', { negotiated: true, id: 0 });
  channel.setBufferedAmountLowThreshold(lowWaterBytes);
  const gathered = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<ByteStream>();
  gathered.promise.catch(() => undefined);
  opened.promise.catch(() => undefined);
  let stream: ChannelStream | undefined;
  let isHandedOut = false;
  let isClosed = false;

  peer.onGatheringStateChange((state) => {
    if (state === 'complete') gathered.resolve();
  });
  peer.onStateChange((state) => {
    if (state === 'closed' || state === 'failed' || state === 'disconnected') fail();
  });
  // Any channel but ours is nothing that a node opens.
  peer.onDataChannel(() => fail());
  channel.onOpen(() => {
    stream ??= streamFromChannel(channel, scheduler, close);
    opened.resolve(stream);
  });
  channel.onClosed(() => fail());
  channel.onError(() => fail());

  return {
    createOffer: () => describe('offer'),
    async createAnswer(offer) {
      peer.setRemoteDescription(withoutHiddenHosts(offer), 'offer');
      return describe('answer');
    },
    async acceptAnswer(answer) {
      peer.setRemoteDescription(withoutHiddenHosts(answer), 'answer');
    },
    async opened() {
      const ready = await opened.promise;
      isHandedOut = true;
      return ready;
    },
    close() {
      if (!isHandedOut) fail();
    },
  };

  async function describe(type: 'offer' | 'answer'): Promise<string> {
    peer.setLocalDescription(type);
    await gathered.promise;
    return peer.localDescription()?.sdp ?? '';
  }

  function fail(): void {
    gathered.reject(new ParsError('mesh/rtc-failed'));
    opened.reject(new ParsError('mesh/rtc-failed'));
    stream?.closed();
    close();
  }

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    // Not inside a callback of the library: it waits for its own threads.
    scheduler.schedule(0, () => {
      channel.close();
      peer.close();
    });
  }
}

function streamFromChannel(
  channel: DataChannel,
  scheduler: Scheduler,
  close: () => void,
): ChannelStream {
  const stream = createChannelStream(
    {
      send(message) {
        if (!channel.isOpen()) throw new ParsError('mesh/stream-broken');
        if (typeof message === 'string') channel.sendMessage(message);
        else channel.sendMessageBinary(message);
      },
      bufferedAmount: () => channel.bufferedAmount(),
      close,
    },
    { scheduler },
  );
  channel.onBufferedAmountLow(() => stream.drained());
  channel.onMessage((message) => {
    stream.receive(typeof message === 'string' ? message : new Uint8Array(message));
  });
  return stream;
}

/** The library asks the machine's resolver for names, and waits for it. */
function withoutHiddenHosts(description: string): string {
  return description
    .split('\r\n')
    .filter((line) => !(line.startsWith('a=candidate:') && line.includes('.local ')))
    .join('\r\n');
}

function iceServerToUrl({ url, username, credential }: IceServer): string {
  if (username === undefined || credential === undefined) return url;
  const [scheme, rest] = splitOnce(url, ':');
  return `${scheme}:${encodeURIComponent(username)}:${encodeURIComponent(credential)}@${rest}`;
}

function splitOnce(text: string, mark: string): readonly [string, string] {
  const index = text.indexOf(mark);
  return [text.slice(0, index), text.slice(index + 1)];
}
