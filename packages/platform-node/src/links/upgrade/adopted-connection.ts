import type { AbortOptions } from '@libp2p/interface';
import { AbstractMultiaddrConnection, type SendResult } from '@libp2p/utils';
import type { Multiaddr } from '@multiformats/multiaddr';
import { type ByteStream, concatBytes, ParsError, type Scheduler } from '@pars/base';
import { watchProgress } from '@pars/mesh';
import type { Uint8ArrayList } from 'uint8arraylist';
import { silentLogger } from '../host/silent-logger.ts';

/** Bytes that the stream has not taken before the writer is told to wait. */
const highWaterBytes = 262_144;

/** Silence in milliseconds after which the stream is given up, as with sockets; yamux pings every 30 s. */
const idleTimeoutMs = 120_000;

/** What an adopted connection is made of. */
export interface AdoptedConnectionInit {
  readonly scheduler: Scheduler;
  /** This connection owns it from now on. */
  readonly stream: ByteStream;
  readonly direction: 'inbound' | 'outbound';
  readonly remoteAddr: Multiaddr;
}

/** A raw libp2p connection over any byte stream, with the stream's back-pressure in both directions. */
export class AdoptedConnection extends AbstractMultiaddrConnection {
  readonly #stream: ByteStream;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Settles when the stream has taken everything; never rejects. */
  #writing: Promise<void> | undefined;
  #wakeReader: (() => void) | undefined;
  #signsOfLife = 0;

  constructor({ scheduler, stream, direction, remoteAddr }: AdoptedConnectionInit) {
    super({ log: silentLogger.forComponent('adopted'), direction, remoteAddr });
    this.#stream = stream;
    const stopWatching = watchProgress(scheduler, {
      timeoutMs: idleTimeoutMs,
      progressOf: () => this.#countSigns(),
      onStall: () => this.abort(new ParsError('mesh/stream-broken')),
    });
    this.addEventListener('close', stopWatching);
    void this.#read();
  }

  override sendData(data: Uint8ArrayList): SendResult {
    // Copied: the caller may reuse what it gave us before the stream takes it.
    this.#waiting.push(data.slice());
    this.#waitingBytes += data.byteLength;
    this.#writing ??= this.#write();
    return { sentBytes: data.byteLength, canSendMore: this.#waitingBytes < highWaterBytes };
  }

  override async sendClose(options?: AbortOptions): Promise<void> {
    await untilAborted(this.#writing ?? Promise.resolve(), options?.signal);
    await untilAborted(this.#stream[Symbol.asyncDispose](), options?.signal);
    this.#wakeReader?.();
  }

  override sendReset(): void {
    this.#stream.abort();
    this.#wakeReader?.();
  }

  /** The reader looks for itself. */
  override sendPause(): void {
    this.#wakeReader?.();
  }

  override sendResume(): void {
    this.#wakeReader?.();
  }

  /** While we hold the other side back, its silence is our doing. */
  #countSigns(): number {
    if (this.readStatus === 'paused') this.#signsOfLife += 1;
    return this.#signsOfLife;
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const bytes = concatBytes(...this.#waiting);
        this.#waiting = [];
        await this.#stream.write(bytes);
        this.#waitingBytes -= bytes.length;
        if (this.writableNeedsDrain) this.safeDispatchEvent('drain');
      }
    } catch {
      this.abort(new ParsError('mesh/stream-broken'));
    } finally {
      this.#writing = undefined;
    }
  }

  async #read(): Promise<void> {
    // After the constructor: whoever made us listens only then.
    await Promise.resolve();
    try {
      for await (const chunk of this.#stream.source) {
        this.#signsOfLife += 1;
        await this.#untilReading();
        if (this.status !== 'open') return;
        this.onData(chunk);
      }
      await this.#untilReading();
      // A link does not live on with one half: the end of either side is its end.
      this.onTransportClosed();
      this.#stream.abort();
    } catch {
      this.onTransportClosed(new ParsError('mesh/stream-broken'));
    }
  }

  /** Holds at most the one chunk that it was called with. */
  async #untilReading(): Promise<void> {
    while (this.status === 'open' && this.readStatus === 'paused') {
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
  }
}

/** Waits for `work`, or rejects with the signal's reason. */
async function untilAborted(
  work: PromiseLike<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted === true) onAbort();
  try {
    await Promise.race([work, promise]);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}
