import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  createByteStreamWire,
  createFrameSealer,
  createLinkInitiator,
  runHandshake,
} from '@pars/mesh';
import { nativeSuite, realScheduler } from './links-fixture.ts';

/** A dialer without libp2p: it sends whatever a test wants inside a real link. For tests. */
export interface RawPeer {
  readonly socket: Socket;
  /** Seals and writes; `false` once the other side has closed. */
  send(...parts: readonly Uint8Array[]): Promise<boolean>;
}

/** Dials a port of loopback, as another address of it if one is given. Throws the code of a failure. */
export async function dialRaw(port: number, localAddress = '127.0.0.1'): Promise<RawPeer> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const wire = createByteStreamWire({
    source: socket.iterator({ destroyOnReturn: false }),
    async write(bytes) {
      socket.write(bytes);
    },
    async closeWrite() {
      socket.end();
    },
    abort: () => void socket.destroy(),
    async [Symbol.asyncDispose]() {
      socket.destroy();
    },
  });
  const identity = await nativeSuite.signature.signerFromSeed(nativeSuite.signature.generateSeed());
  const session = await runHandshake(
    createLinkInitiator({ suite: nativeSuite, identity }, { pause: () => realScheduler.sleep(0) }),
    wire,
    { scheduler: realScheduler },
  );
  if (!session.ok) throw new Error(session.error.code);
  const sealer = createFrameSealer(nativeSuite.symmetric, session.value.sendRoot);
  const closed = new Promise<false>((resolve) => socket.once('close', () => resolve(false)));
  return {
    socket,
    async send(...parts) {
      const sealed = sealer.seal(parts);
      if (!sealed.ok || socket.destroyed) return false;
      const written = new Promise<true>((resolve) => {
        socket.write(sealed.value, () => resolve(true));
      });
      return Promise.race([written, closed]);
    },
  };
}

/** A header of yamux 1.0.0 with its body. */
export function yamuxFrame(
  type: 'data' | 'window' | 'ping',
  flags: number,
  streamId: number,
  length: number,
): Uint8Array {
  const header = Buffer.alloc(12);
  header.writeUInt8({ data: 0, window: 1, ping: 2 }[type], 1);
  header.writeUInt16BE(flags, 2);
  header.writeUInt32BE(streamId, 4);
  header.writeUInt32BE(length, 8);
  return header;
}
