import { type ByteStream, type Cancel, type Clock, ParsError, type Scheduler } from '@pars/base';
import { createBell } from './bell.ts';
import { createChunkQueue } from './chunk-queue.ts';
import { initialWindow, yamuxFlag } from './yamux-frame.ts';

/** Largest data frame: with its header it fills one frame of the link. */
export const maxDataFrame = 65_505;
/** What a window grows to while the reader keeps up (PIP-1000 §8). */
const maxWindow = 1_048_576;
/** How long the other side may take to end a stream that was disposed of here. */
const lingerMs = 10_000;

/** What a stream needs of its session. */
export interface YamuxOutlet {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** Round trip of the link in milliseconds; `undefined` while it is not known. */
  rttMs(): number | undefined;
  /** Sends a window update with these flags, behind everything that was sent before. */
  sendWindow(flags: number, delta: number): void;
  /** Resolves when the transport has taken the bytes. */
  sendData(bytes: Uint8Array): Promise<void>;
  /** Called once: the stream is over on both sides, or broken. */
  release(): void;
}

/** One stream inside a link: the side of its user, and the side of the session. */
export interface YamuxStream extends ByteStream {
  /** The one reader of `source`, for negotiating before the user comes. */
  readonly reader: AsyncIterator<Uint8Array>;
  /** Resolves when the stream is over on both sides, or broken. */
  readonly released: Promise<void>;
  /** A piece of a data frame; `false` when it exceeds the window. */
  receiveData(piece: Uint8Array): boolean;
  receiveFlags(flags: number): void;
  /** More may be sent; `false` when the window becomes absurd. */
  receiveWindow(delta: number): boolean;
  /** The link is gone. */
  breakOff(): void;
}

/** A stream whose opening was announced, by us or by the other side. */
export function createYamuxStream(outlet: YamuxOutlet): YamuxStream {
  const queue = createChunkQueue();
  const changed = createBell();
  let sendWindow = initialWindow;
  /** What the other side may send beyond what was read, and what it may still send. */
  let receiveLimit = initialWindow;
  let receiveWindow = initialWindow;
  let grantedAtMs = outlet.clock.monotonicMs();
  let ending: 'no' | 'asked' | 'sent' = 'no';
  let hasRemoteEnded = false;
  /** Nothing can be sent or received any more. */
  let isBroken = false;
  /** Broken by us: what is here is not read either. */
  let isDropped = false;
  let reading: 'wanted' | 'passed over' | 'disposed' = 'wanted';
  const released = Promise.withResolvers<void>();
  let isReleased = false;
  let cancelLinger: Cancel | undefined;
  let lastWrite: Promise<void> = Promise.resolve();
  const reader = read();

  return {
    reader,
    released: released.promise,
    source: { [Symbol.asyncIterator]: () => reader },
    write(bytes, signal) {
      if (ending !== 'no' || isBroken) return Promise.reject(new ParsError('mesh/stream-broken'));
      return inTurn(() => send(bytes, signal));
    },
    closeWrite: end,
    abort,
    async [Symbol.asyncDispose]() {
      void end();
      if (reading === 'disposed' || isReleased) return;
      reading = 'disposed';
      queue.clear();
      changed.ring();
      cancelLinger = outlet.scheduler.schedule(lingerMs, abort);
    },
    receiveData(piece) {
      if (piece.length > receiveWindow) return false;
      receiveWindow -= piece.length;
      if (hasRemoteEnded || isBroken) return true;
      if (reading === 'wanted') {
        queue.push(piece);
        changed.ring();
      } else if (reading === 'passed over') {
        grant();
      } else if (receiveWindow === 0) {
        abort();
      }
      return true;
    },
    receiveFlags(flags) {
      if ((flags & yamuxFlag.fin) !== 0) {
        hasRemoteEnded = true;
        releaseIfOver();
      }
      if ((flags & yamuxFlag.rst) !== 0) breakOff();
      changed.ring();
    },
    receiveWindow(delta) {
      sendWindow += delta;
      changed.ring();
      return sendWindow <= 0xffff_ffff;
    },
    breakOff,
  };

  /** Writes one after another, so that their bytes never mix. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const turn = lastWrite.then(work);
    lastWrite = turn.catch(() => undefined);
    return turn;
  }

  async function send(bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    for (let offset = 0; offset < bytes.length; ) {
      await waitForWindow(signal, offset > 0);
      const piece = bytes.subarray(offset, offset + Math.min(sendWindow, maxDataFrame));
      sendWindow -= piece.length;
      offset += piece.length;
      await outlet.sendData(piece);
    }
    if (isBroken) throw new ParsError('mesh/stream-broken');
  }

  async function waitForWindow(signal: AbortSignal | undefined, isPartial: boolean): Promise<void> {
    for (;;) {
      if (isBroken) throw new ParsError('mesh/stream-broken');
      if (sendWindow > 0 && signal?.aborted !== true) return;
      try {
        await changed.next(signal);
      } catch (reason) {
        // A part is on its way: the reader could not tell where the next write begins.
        if (isPartial) abort();
        throw reason;
      }
    }
  }

  function end(): Promise<void> {
    if (ending !== 'no') return lastWrite;
    ending = 'asked';
    return inTurn(async () => {
      if (isBroken) return;
      outlet.sendWindow(yamuxFlag.fin, 0);
      ending = 'sent';
      releaseIfOver();
    });
  }

  function releaseIfOver(): void {
    if (ending === 'sent' && hasRemoteEnded) release();
  }

  function release(): void {
    if (isReleased) return;
    isReleased = true;
    cancelLinger?.();
    outlet.release();
    released.resolve();
  }

  function abort(): void {
    if (isDropped) return;
    if (!isBroken && !isReleased) outlet.sendWindow(yamuxFlag.rst, 0);
    isDropped = true;
    queue.clear();
    breakOff();
  }

  /** What the other side had ended before stays readable. */
  function breakOff(): void {
    if (!isBroken && !hasRemoteEnded) queue.clear();
    isBroken = true;
    release();
    changed.ring();
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        if (isDropped) throw new ParsError('mesh/stream-broken');
        const chunk = queue.shift();
        if (chunk !== undefined) {
          grant();
          yield chunk;
        } else if (hasRemoteEnded || reading === 'disposed') return;
        else if (isBroken) throw new ParsError('mesh/stream-broken');
        else await changed.next();
      }
    } finally {
      // Whatever still comes is nobody's: let it pass, so that we can go on writing.
      if (reading === 'wanted') reading = 'passed over';
      queue.clear();
      grant();
    }
  }

  /** Lets the other side send on once half of its window was read; more when the reader is fast. */
  function grant(): void {
    if (hasRemoteEnded || isBroken || reading === 'disposed') return;
    const delta = receiveLimit - receiveWindow - queue.bytes;
    if (delta * 2 < receiveLimit) return;
    const nowMs = outlet.clock.monotonicMs();
    const rttMs = outlet.rttMs();
    const isFast = rttMs !== undefined && nowMs - grantedAtMs <= 4 * rttMs;
    const growth = isFast ? Math.min(receiveLimit, maxWindow - receiveLimit) : 0;
    grantedAtMs = nowMs;
    receiveLimit += growth;
    receiveWindow += delta + growth;
    outlet.sendWindow(0, delta + growth);
  }
}
