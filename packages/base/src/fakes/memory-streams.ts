import { ParsError } from '../pars-error.ts';
import type { ByteStream, StreamTransport } from '../ports/transport.ts';
import { type BytePipe, createBytePipe } from './byte-pipe.ts';

/** How much a stream in memory holds. */
export interface MemoryStreamOptions {
  /** Bytes in flight in each direction before a write waits. Default 65,536. */
  readonly capacityBytes?: number;
}

/** Two ends of one stream: what is written to one is read from the other. */
export function createStreamPair(
  options: MemoryStreamOptions = {},
): readonly [ByteStream, ByteStream] {
  const { capacityBytes = 65_536 } = options;
  if (!Number.isInteger(capacityBytes) || capacityBytes < 1) {
    throw new ParsError('base/argument', { what: 'capacityBytes' });
  }
  const there = createBytePipe(capacityBytes);
  const back = createBytePipe(capacityBytes);
  return [createEnd(there, back), createEnd(back, there)];
}

/** A network in memory: transports made from it can dial each other. */
export interface MemoryStreamNetwork {
  createTransport(): StreamTransport;
}

/**
 * An empty network. Addresses are any text; listening on `''` picks a free
 * one. Dialling an address where nobody listens rejects with `base/unreachable`.
 */
export function createMemoryStreamNetwork(options: MemoryStreamOptions = {}): MemoryStreamNetwork {
  const acceptByAddress = new Map<string, (stream: ByteStream) => void>();
  let nextAddress = 1;

  function createTransport(): StreamTransport {
    const ownAddresses = new Set<string>();
    const ownStreams = new Set<ByteStream>();
    let closed = false;

    return {
      async dial(address, signal) {
        signal?.throwIfAborted();
        const accept = acceptByAddress.get(address);
        if (closed || accept === undefined) throw new ParsError('base/unreachable');
        const [near, far] = createStreamPair(options);
        ownStreams.add(near);
        accept(far);
        return near;
      },
      async listen(address, accept) {
        const free = address === '' ? `memory-${nextAddress++}` : address;
        if (closed || acceptByAddress.has(free)) throw new ParsError('base/unreachable');
        ownAddresses.add(free);
        acceptByAddress.set(free, (stream) => {
          ownStreams.add(stream);
          accept(stream);
        });
        return [free];
      },
      async [Symbol.asyncDispose]() {
        closed = true;
        for (const address of ownAddresses) acceptByAddress.delete(address);
        for (const stream of ownStreams) stream.abort();
        ownStreams.clear();
      },
    };
  }

  return { createTransport };
}

function createEnd(outgoing: BytePipe, incoming: BytePipe): ByteStream {
  function abort(): void {
    outgoing.abort();
    incoming.abort();
  }
  return {
    source: incoming.source,
    write: outgoing.write,
    closeWrite: outgoing.end,
    abort,
    async [Symbol.asyncDispose]() {
      // Not awaited: a reader who never comes must not hold up the closing.
      void outgoing.end();
      incoming.abort();
    },
  };
}
