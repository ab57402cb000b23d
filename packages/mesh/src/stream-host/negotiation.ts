import { type ByteStream, type Failure, ok, type Result, type Scheduler } from '@pars/base';
import { meshErr } from '../errors.ts';
import {
  askForProtocol,
  confirmProtocol,
  hearProtocol,
  type ProtocolChoice,
} from './protocol-choice.ts';
import type { YamuxStream } from './yamux-stream.ts';

/** Longest time in milliseconds until both sides know the protocol of a stream. */
const negotiationTimeoutMs = 10_000;

/**
 * Chooses the protocol of a stream that we opened. On a failure the stream was
 * aborted. Codes: `mesh/unsupported-protocol`, `mesh/stream-broken`, `mesh/aborted`.
 */
export function chooseProtocol(
  stream: YamuxStream,
  protocol: string,
  deps: { readonly scheduler: Scheduler; readonly signal?: AbortSignal | undefined },
): Promise<Result<ByteStream, Failure>> {
  return inTime(stream, deps, async () => {
    const chosen = await askForProtocol({ stream, reader: stream.reader }, protocol);
    return chosen.ok ? ok(behind(stream, chosen.value.leftover)) : chosen;
  });
}

/** A stream that the other side opened, and the protocol that it is for. */
export interface AskedStream {
  readonly stream: ByteStream;
  readonly protocol: string;
}

/**
 * Hears which protocol the other side wants, and says yes if `admit` does. On a
 * failure the stream was aborted. Codes: as of {@link chooseProtocol}, and
 * `mesh/too-many-streams`.
 */
export function answerProtocol(
  stream: YamuxStream,
  deps: {
    readonly scheduler: Scheduler;
    readonly isServed: (protocol: string) => boolean;
    /** Takes a place for the stream; `false` when none is free. */
    readonly admit: (protocol: string) => boolean;
  },
): Promise<Result<AskedStream, Failure>> {
  const ends = { stream, reader: stream.reader };
  return inTime(stream, deps, async () => {
    const chosen: Result<ProtocolChoice, Failure> = await hearProtocol(ends, deps.isServed);
    if (!chosen.ok) return chosen;
    const { protocol, leftover } = chosen.value;
    if (!deps.admit(protocol)) return meshErr('mesh/too-many-streams');
    await confirmProtocol(ends, protocol);
    return ok({ stream: behind(stream, leftover), protocol });
  });
}

async function inTime<T>(
  stream: YamuxStream,
  {
    scheduler,
    signal,
  }: { readonly scheduler: Scheduler; readonly signal?: AbortSignal | undefined },
  work: () => Promise<Result<T, Failure>>,
): Promise<Result<T, Failure>> {
  const cancelTimeout = scheduler.schedule(negotiationTimeoutMs, () => stream.abort());
  const onAbort = (): void => stream.abort();
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted === true) onAbort();
  try {
    const result = await work();
    if (result.ok && signal?.aborted !== true) return result;
    stream.abort();
    return result.ok ? meshErr('mesh/aborted') : result;
  } catch {
    stream.abort();
    return meshErr(signal?.aborted === true ? 'mesh/aborted' : 'mesh/stream-broken');
  } finally {
    cancelTimeout();
    signal?.removeEventListener('abort', onAbort);
  }
}

/** The stream for its user: it begins with what was read beyond the negotiation. */
function behind(stream: YamuxStream, leftover: Uint8Array): ByteStream {
  return {
    source: leftover.length === 0 ? stream.source : readBehind(leftover, stream.reader),
    write: stream.write,
    closeWrite: stream.closeWrite,
    abort: stream.abort,
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
}

async function* readBehind(
  leftover: Uint8Array,
  reader: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield leftover;
    for (;;) {
      const next = await reader.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await reader.return?.();
  }
}
