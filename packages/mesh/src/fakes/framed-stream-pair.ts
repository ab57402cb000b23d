import { type ByteStream, ParsError } from '@pars/base';
import { createStreamPair } from '@pars/base/fakes';
import type { FrameOpener } from '../link/frame-opener.ts';
import type { FrameSealer } from '../link/frame-sealer.ts';

/** One end of a link in memory: what it seals, the other end opens. */
export interface LinkEnd {
  readonly sealer: FrameSealer;
  readonly opener: FrameOpener;
}

/** A stream between two link ends; every chunk is sealed by one and opened by the other. */
export function createFramedStreamPair(
  near: LinkEnd,
  far: LinkEnd,
  onClosed: () => void,
): readonly [ByteStream, ByteStream] {
  const [nearStream, farStream] = createStreamPair({ capacityBytes: 262_144 });
  let openEnds = 2;
  const closeOnce = (): (() => void) => {
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      openEnds -= 1;
      if (openEnds === 0) onClosed();
    };
  };
  return [
    frameStream(nearStream, near, far, closeOnce()),
    frameStream(farStream, far, near, closeOnce()),
  ];
}

function frameStream(
  stream: ByteStream,
  from: LinkEnd,
  to: LinkEnd,
  onClosed: () => void,
): ByteStream {
  return {
    source: brokenAsMeshError(stream.source, onClosed),
    async write(bytes, signal) {
      signal?.throwIfAborted();
      const sealed = from.sealer.seal([bytes]);
      if (!sealed.ok) throw new ParsError(sealed.error.code);
      const opened = to.opener.open(sealed.value);
      if (!opened.ok) throw new ParsError(opened.error.code);
      for (const content of opened.value) await writeContent(stream, content, signal);
    },
    closeWrite: () => stream.closeWrite(),
    abort() {
      stream.abort();
      onClosed();
    },
    async [Symbol.asyncDispose]() {
      await stream[Symbol.asyncDispose]();
      onClosed();
    },
  };
}

async function writeContent(
  stream: ByteStream,
  content: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await stream.write(content, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ParsError('mesh/stream-broken', {}, { cause });
  }
}

async function* brokenAsMeshError(
  source: AsyncIterable<Uint8Array>,
  onEnd: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (cause) {
    throw new ParsError('mesh/stream-broken', {}, { cause });
  } finally {
    onEnd();
  }
}
