import { type ByteStream, type Failure, ParsError } from '@pars/base';
import type { FrameSealer } from '../link/frame-sealer.ts';
import { createBell } from './bell.ts';

/** The sending half of a link: content in, frames out, in order. */
export interface LinkWriter {
  /** Queues a small piece that waits for nothing. Too many of them end the link. */
  push(piece: Uint8Array): void;
  /** Resolves when the transport has taken the bytes; rejects with `mesh/stream-broken`. */
  write(parts: readonly Uint8Array[]): Promise<void>;
  /** Nothing more is sent; waiting writes reject. */
  stop(): void;
}

/** Content that is sealed at once: a few frames of full length. */
const batchBytes = 262_144;
/** Small pieces that wait for a peer who does not read, in bytes (PIP-1000 §8). */
const maxPushedBytes = 1_048_576;
/** What a queued piece costs besides its bytes. */
const pieceCost = 64;

interface Entry {
  readonly parts: readonly Uint8Array[];
  readonly size: number;
  /** Present on writes, whose callers wait. */
  readonly done?: PromiseWithResolvers<void>;
}

/** Starts sending to `stream`. `onFailed` is told once why it cannot go on. */
export function createLinkWriter(
  stream: ByteStream,
  sealer: FrameSealer,
  onFailed: (failure: Failure) => void,
): LinkWriter {
  const queue: Entry[] = [];
  const filled = createBell();
  let pushedCost = 0;
  let isStopped = false;
  void run();

  return {
    push(piece) {
      if (isStopped) return;
      queue.push({ parts: [piece], size: piece.length });
      pushedCost += piece.length + pieceCost;
      if (pushedCost > maxPushedBytes) onFailed({ code: 'mesh/muxer-abuse' });
      filled.ring();
    },
    write(parts) {
      if (isStopped) return Promise.reject(new ParsError('mesh/stream-broken'));
      const done = Promise.withResolvers<void>();
      queue.push({ parts, size: parts.reduce((total, part) => total + part.length, 0), done });
      filled.ring();
      return done.promise;
    },
    stop,
  };

  async function run(): Promise<void> {
    while (!isStopped) {
      const batch = takeBatch();
      if (batch.length === 0) await filled.next();
      else await send(batch);
    }
  }

  async function send(batch: readonly Entry[]): Promise<void> {
    const sealed = sealer.seal(batch.flatMap(({ parts }) => parts));
    try {
      if (!sealed.ok) throw new ParsError(sealed.error.code);
      await stream.write(sealed.value);
      for (const { done } of batch) done?.resolve();
    } catch {
      for (const { done } of batch) done?.reject(new ParsError('mesh/stream-broken'));
      onFailed(sealed.ok ? { code: 'mesh/stream-broken' } : sealed.error);
      stop();
    }
  }

  function takeBatch(): readonly Entry[] {
    let size = 0;
    let count = 0;
    for (const entry of queue) {
      if (size >= batchBytes) break;
      size += entry.size;
      count += 1;
      if (entry.done === undefined) pushedCost -= entry.size + pieceCost;
    }
    return queue.splice(0, count);
  }

  function stop(): void {
    if (isStopped) return;
    isStopped = true;
    for (const { done } of queue.splice(0)) done?.reject(new ParsError('mesh/stream-broken'));
    filled.ring();
  }
}
