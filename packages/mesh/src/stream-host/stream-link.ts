import type { ByteStream, Clock, Failure, Scheduler } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { createFrameOpener } from '../link/frame-opener.ts';
import { createFrameSealer } from '../link/frame-sealer.ts';
import type { LinkSession } from '../link/link-machine.ts';
import { createLinkWriter } from './link-writer.ts';
import { createYamuxSession, type YamuxSession } from './yamux-session.ts';
import type { YamuxStream } from './yamux-stream.ts';

/** A link over a byte stream: frames outside, streams inside. */
export interface StreamLink extends Pick<YamuxSession, 'open'> {
  /** Ends it at once. */
  close(): void;
}

/** What a link works with. */
export interface StreamLinkDeps {
  readonly symmetric: SymmetricPrimitives;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly onStream: (stream: YamuxStream) => void;
  /**
   * Called once, before its streams break. `undefined`: it ended without
   * anybody's fault. Codes: `mesh/frame-refused`, `mesh/frame-truncated`,
   * `mesh/counter-exhausted`, `mesh/muxer-abuse`.
   */
  readonly onClosed: (failure: Failure | undefined) => void;
}

/** Starts frames and multiplexer behind a handshake; `incoming` is what comes after it on `stream`. */
export function startStreamLink(
  session: LinkSession,
  stream: ByteStream,
  incoming: AsyncIterable<Uint8Array>,
  deps: StreamLinkDeps,
): StreamLink {
  const opener = createFrameOpener(deps.symmetric, session.receiveRoot);
  const sealer = createFrameSealer(deps.symmetric, session.sendRoot);
  let isClosed = false;
  const writer = createLinkWriter(stream, sealer, (failure) =>
    close(failure.code === 'mesh/stream-broken' ? undefined : failure),
  );
  const yamux = createYamuxSession(session.role === 'initiator' ? 'client' : 'server', {
    clock: deps.clock,
    scheduler: deps.scheduler,
    writer,
    onStream: deps.onStream,
    onGone: () => close(),
  });
  void receive();
  return { open: () => yamux.open(), close: () => close() };

  async function receive(): Promise<void> {
    try {
      for await (const chunk of incoming) {
        const failure = receiveChunk(chunk);
        if (failure !== undefined || isClosed) return close(failure);
      }
      const ended = opener.end();
      close(ended.ok ? undefined : ended.error);
    } catch {
      close();
    }
  }

  function receiveChunk(chunk: Uint8Array): Failure | undefined {
    const opened = opener.open(chunk);
    if (!opened.ok) return opened.error;
    for (const content of opened.value) {
      const received = yamux.receive(content);
      if (!received.ok) return received.error;
    }
    return undefined;
  }

  function close(failure?: Failure): void {
    if (isClosed) return;
    isClosed = true;
    deps.onClosed(failure);
    yamux.end();
    writer.stop();
    stream.abort();
  }
}
