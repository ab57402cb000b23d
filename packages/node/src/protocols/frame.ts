import {
  type ByteStream,
  concatBytes,
  err,
  type Failure,
  ok,
  type Result,
  type Scheduler,
  uint32FromBytes,
  uint32ToBytes,
} from '@pars/base';
import { STREAM_TIMEOUT_MS } from '../limits.ts';

/** Sends one frame and ends the sending half (PIP-5000 §9). Code: `node/bad-frame` when the stream broke. */
export async function writeFrame(
  stream: ByteStream,
  content: Uint8Array,
): Promise<Result<void, Failure>> {
  try {
    await stream.write(concatBytes(uint32ToBytes(content.length), content));
    await stream.closeWrite();
    return ok(undefined);
  } catch {
    return err('node/bad-frame', { rule: 'write' });
  }
}

/**
 * Reads one frame of at most `maxBytes` of content and the end of the stream
 * (PIP-5000 §9). Never holds more than that and one chunk. Code: `node/bad-frame`.
 */
export async function readFrame(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Result<Uint8Array, Failure>> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  let expected: number | undefined;
  try {
    for await (const chunk of source) {
      chunks.push(chunk);
      received += chunk.length;
      if (expected === undefined && received >= LENGTH_BYTES) {
        expected = LENGTH_BYTES + uint32FromBytes(concatBytes(...chunks));
        if (expected > LENGTH_BYTES + maxBytes) return err('node/bad-frame', { rule: 'size' });
      }
      if (expected !== undefined && received > expected) {
        return err('node/bad-frame', { rule: 'trailing' });
      }
    }
  } catch {
    return err('node/bad-frame', { rule: 'broken' });
  }
  if (received !== expected) return err('node/bad-frame', { rule: 'short' });
  return ok(concatBytes(...chunks).subarray(LENGTH_BYTES));
}

/**
 * Runs one exchange on a stream and drops the stream when it takes longer than
 * 30 s or the signal aborts. Code then: `node/timeout`.
 */
export async function withinTimeLimit<T>(
  scheduler: Scheduler,
  stream: ByteStream,
  signal: AbortSignal,
  exchange: () => Promise<Result<T, Failure>>,
): Promise<Result<T, Failure>> {
  let timedOut = false;
  const drop = () => {
    timedOut = true;
    stream.abort();
  };
  const cancel = scheduler.schedule(STREAM_TIMEOUT_MS, drop);
  signal.addEventListener('abort', drop);
  if (signal.aborted) drop();
  try {
    const result = await exchange();
    return !result.ok && timedOut ? err('node/timeout') : result;
  } finally {
    cancel();
    signal.removeEventListener('abort', drop);
  }
}

const LENGTH_BYTES = 4;
