import type { FrameChannel } from '../rpc/frame-channel.ts';

/** Two channels, each of which receives what the other sends. */
export interface ChannelPair {
  readonly client: FrameChannel;
  readonly server: FrameChannel;
  /** While held, `send` of the server waits: a client that does not read. */
  holdClient(): void;
  releaseClient(): void;
}

/** Makes a connected pair in memory. Frames are taken at once unless held. */
export function createChannelPair(): ChannelPair {
  const toServer = new Pipe();
  const toClient = new Pipe();
  const close = async (): Promise<void> => {
    toServer.end();
    toClient.end();
  };
  return {
    client: { source: toClient, send: (frame) => toServer.push(frame), close },
    server: { source: toServer, send: (frame) => toClient.push(frame), close },
    holdClient: () => toClient.hold(),
    releaseClient: () => toClient.release(),
  };
}

class Pipe implements AsyncIterable<Uint8Array> {
  readonly #frames: Uint8Array[] = [];
  #isEnded = false;
  #wake: () => void = () => undefined;
  #gate: Promise<void> = Promise.resolve();
  #openGate: () => void = () => undefined;

  async push(frame: Uint8Array): Promise<void> {
    await this.#gate;
    if (this.#isEnded) throw new Error('channel ended');
    this.#frames.push(frame);
    this.#wake();
  }

  hold(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    this.#openGate = resolve;
  }

  release(): void {
    this.#openGate();
  }

  end(): void {
    this.#isEnded = true;
    this.#openGate();
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) {
        yield frame;
      } else if (this.#isEnded) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
