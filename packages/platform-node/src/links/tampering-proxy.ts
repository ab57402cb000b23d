import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP relay in front of a listener that can change what passes. For tests. */
export interface TamperingProxy extends AsyncDisposable {
  readonly port: number;
}

/** Which bit to flip: of byte `offset` of everything that passes in that direction. */
export interface Flip {
  readonly direction: 'to-listener' | 'to-dialer';
  readonly offset: number;
  readonly mask: number;
}

/** A TCP relay in front of a listener that counts what passes. For benches. */
export interface CountingProxy extends AsyncDisposable {
  readonly port: number;
  /** Bytes and pieces, both ways, so far. */
  passed(): { readonly bytes: number; readonly chunks: number };
}

/** Relays to `targetPort` on loopback unchanged. */
export async function createCountingProxy(targetPort: number): Promise<CountingProxy> {
  let bytes = 0;
  let chunks = 0;
  const proxy = await createTamperingProxy(targetPort, undefined, (length) => {
    bytes += length;
    chunks += 1;
  });
  return { ...proxy, passed: () => ({ bytes, chunks }) };
}

/** Relays to `targetPort` on loopback and flips the bits of `flip` once a connection. */
export async function createTamperingProxy(
  targetPort: number,
  flip?: Flip,
  onPassed: (length: number) => void = () => undefined,
): Promise<TamperingProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((dialer) => {
    const listener = connect(targetPort, '127.0.0.1');
    for (const socket of [dialer, listener]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        dialer.destroy();
        listener.destroy();
      });
    }
    relay(dialer, listener, flip?.direction === 'to-listener' ? flip : undefined, onPassed);
    relay(listener, dialer, flip?.direction === 'to-dialer' ? flip : undefined, onPassed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function relay(
  from: Socket,
  to: Socket,
  flip: Flip | undefined,
  onPassed: (length: number) => void,
): void {
  let passedBytes = 0;
  from.on('data', (data: Uint8Array) => {
    const chunk = Uint8Array.from(data);
    const at = flip === undefined ? -1 : flip.offset - passedBytes;
    if (flip !== undefined && at >= 0 && at < chunk.length) {
      chunk[at] = (chunk[at] ?? 0) ^ flip.mask;
    }
    passedBytes += chunk.length;
    onPassed(chunk.length);
    to.write(chunk);
  });
}
