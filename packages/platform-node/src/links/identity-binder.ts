import type {
  ConnectionEncrypter,
  MessageStream,
  SecureConnectionOptions,
  SecuredConnection,
  StreamMuxerFactory,
} from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { ParsError } from '@pars/base';
import { type LinkGuard, linkProtocol } from './link-guard.ts';

/**
 * Stands in the place of libp2p's encrypter. It encrypts nothing: it tells
 * libp2p who the handshake below has proven, and refuses any stream that did
 * not come out of that handshake. The multiplexer is fixed by the link's
 * version, which saves its negotiation.
 */
export function createIdentityBinder(
  guard: LinkGuard,
  yamux: () => StreamMuxerFactory | undefined,
): ConnectionEncrypter {
  async function bind(
    connection: MessageStream,
    options?: SecureConnectionOptions,
  ): Promise<SecuredConnection> {
    const claim = guard.claimOf(connection);
    const streamMuxer = yamux();
    if (claim === undefined || streamMuxer === undefined) {
      guard.refuse({ code: 'mesh/unprotected-connection' }, connection.direction);
      throw new ParsError('mesh/unprotected-connection');
    }
    const remotePeer = peerIdFromString(claim.nodeId);
    if (options?.remotePeer !== undefined && !options.remotePeer.equals(remotePeer)) {
      guard.refuse({ code: 'mesh/wrong-peer' }, connection.direction);
      throw new ParsError('mesh/wrong-peer');
    }
    return { connection, remotePeer, streamMuxer };
  }

  return { protocol: linkProtocol, secureInbound: bind, secureOutbound: bind };
}
