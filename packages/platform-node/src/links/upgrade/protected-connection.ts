import {
  type AbortOptions,
  type MultiaddrConnection,
  StreamBufferError,
  type StreamMessageEvent,
} from '@libp2p/interface';
import { AbstractMultiaddrConnection, type SendResult } from '@libp2p/utils';
import type { Multiaddr } from '@multiformats/multiaddr';
import { type Failure, ParsError } from '@pars/base';
import { type FrameOpener, type FrameSealer, maxFrameContent } from '@pars/mesh';
import { Uint8ArrayList } from 'uint8arraylist';
import type { YamuxWatch } from '../guard/yamux-watch.ts';
import { pauseReading, resumeReading } from './flow-control.ts';

/** Bytes that wait for a peer who does not read; streams hold back long before. */
const maxUnsentBytes = 2_097_152;

/** What a protected connection is made of. */
export interface ProtectedConnectionInit {
  /** The raw connection; this one owns it from now on. */
  readonly raw: MultiaddrConnection;
  /** Its address, with the proven peer at the end. */
  readonly remoteAddr: Multiaddr;
  readonly sealer: FrameSealer;
  readonly opener: FrameOpener;
  readonly watch: YamuxWatch;
  /** Raw bytes that arrived behind the handshake. */
  readonly leftover: readonly Uint8Array[];
  /** Told once when the other side's bytes are refused. */
  readonly onRefused: (failure: Failure) => void;
}

/** A libp2p connection whose bytes cross the wire in frames of PIP-1000 §7. */
export class ProtectedConnection extends AbstractMultiaddrConnection {
  readonly #init: ProtectedConnectionInit;

  constructor(init: ProtectedConnectionInit) {
    super({
      log: init.raw.log,
      inactivityTimeout: init.raw.inactivityTimeout,
      maxReadBufferLength: init.raw.maxReadBufferLength,
      direction: init.raw.direction,
      remoteAddr: init.remoteAddr,
      maxMessageSize: 4 * maxFrameContent,
      maxWriteBufferLength: maxUnsentBytes,
    });
    this.#init = init;
    const { raw } = init;
    for (const chunk of init.leftover) this.#receive([chunk]);
    raw.addEventListener('message', (event: StreamMessageEvent) => {
      this.#receive(event.data instanceof Uint8Array ? [event.data] : event.data);
    });
    raw.addEventListener('close', (event) => {
      if (event.error === undefined) this.#finish();
      else if (event.local === true) this.abort(event.error);
      else this.onRemoteReset();
    });
    this.addEventListener('close', (event) => {
      if (event.error instanceof StreamBufferError) {
        init.onRefused({ code: 'mesh/muxer-abuse' });
      }
    });
    raw.addEventListener('drain', () => this.safeDispatchEvent('drain'));
    raw.addEventListener('remoteCloseWrite', () => this.onRemoteCloseWrite());
    resumeReading(raw);
    if (raw.status !== 'open' && this.status === 'open') this.#finish();
  }

  override sendData(data: Uint8ArrayList): SendResult {
    const sealed = this.#init.sealer.seal(data);
    if (!sealed.ok) throw new ParsError(sealed.error.code);
    return { sentBytes: data.byteLength, canSendMore: this.#init.raw.send(sealed.value) };
  }

  override async sendClose(options?: AbortOptions): Promise<void> {
    await this.#init.raw.close(options);
  }

  override sendReset(error: Error): void {
    this.#init.raw.abort(error);
  }

  override sendPause(): void {
    pauseReading(this.#init.raw);
  }

  override sendResume(): void {
    resumeReading(this.#init.raw);
  }

  #receive(chunks: Iterable<Uint8Array>): void {
    if (this.status !== 'open') return;
    const contents = new Uint8ArrayList();
    for (const chunk of chunks) {
      const opened = this.#init.opener.open(chunk);
      if (!opened.ok) return this.#refuse(opened.error);
      for (const content of opened.value) {
        const seen = this.#init.watch.see(content);
        if (!seen.ok) return this.#refuse(seen.error);
        contents.append(content);
      }
    }
    this.onData(contents);
  }

  /** The raw connection ended: cleanly for us only between two frames. */
  #finish(): void {
    const ended = this.#init.opener.end();
    if (ended.ok) this.onTransportClosed();
    else this.#refuse(ended.error);
  }

  #refuse(failure: Failure): void {
    if (this.status !== 'open') return;
    this.#init.onRefused(failure);
    this.abort(new ParsError(failure.code));
  }
}
