import type { AbortOptions, ConnectionProtector, MessageStream } from '@libp2p/interface';
import { ParsError, type Random, type Scheduler } from '@pars/base';
import {
  type CookieJar,
  createFrameOpener,
  createFrameSealer,
  createLinkInitiator,
  createLinkResponder,
  type HalfOpenTable,
  handshakeTimeoutMs,
  type LinkDeps,
  type LinkExpectation,
  type NodeKeyPins,
  runHandshake,
} from '@pars/mesh';
import type { LinkGuard } from './link-guard.ts';
import { createMessageStreamWire } from './message-stream-wire.ts';
import { ProtectedStream } from './protected-stream.ts';

/** What the protector works with. */
export interface LinkProtectorDeps {
  readonly link: LinkDeps;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly cookies: CookieJar;
  readonly halfOpen: HalfOpenTable;
  readonly pins: NodeKeyPins;
  readonly guard: LinkGuard;
  /** Who must answer on an outbound connection to this multiaddr. */
  readonly expectationOf: (remoteAddress: string) => LinkExpectation;
}

/**
 * Runs the link handshake on every raw connection, below multistream: no
 * protocol name crosses in clear, and nothing else is ever spoken on it.
 */
export function createLinkProtector(deps: LinkProtectorDeps): ConnectionProtector {
  const { guard, halfOpen } = deps;
  let connectionCount = 0;

  return {
    async protect(raw: MessageStream, options?: AbortOptions): Promise<MessageStream> {
      const { direction } = raw;
      const isInbound = direction === 'inbound';
      const address = remoteAddressOf(raw);
      const wire = createMessageStreamWire(raw);
      let isEvicted = false;
      const entry = halfOpen.add(isInbound ? sourceOf(address) : 'self', () => {
        isEvicted = true;
        wire.close();
      });
      connectionCount += 1;
      const machine = isInbound
        ? createLinkResponder(deps.link, {
            difficulty: () => halfOpen.difficulty(),
            onWork: () => entry.markWorking(),
            cookies: deps.cookies,
            returnPath: new TextEncoder().encode(`${address} ${connectionCount}`),
          })
        : createLinkInitiator(deps.link, {
            expected: deps.expectationOf(address),
            pause: () => deps.scheduler.sleep(0),
          });
      const session = await runHandshake(machine, wire, deps, {
        timeoutMs: handshakeTimeoutMs,
        signal: options?.signal,
      });
      entry.remove();
      if (!session.ok) {
        const failure = isEvicted ? { code: 'mesh/half-open-evicted' } : session.error;
        guard.refuse(failure, direction);
        throw new ParsError(failure.code);
      }

      const { symmetric } = deps.link.suite;
      const { peer, sendRoot, receiveRoot } = session.value;
      deps.pins.remember(peer.nodeId, peer.fingerprint);
      const stream = new ProtectedStream({
        raw,
        sealer: createFrameSealer(symmetric, sendRoot),
        opener: createFrameOpener(symmetric, receiveRoot),
        leftover: wire.detach(),
        onRefused: (failure) => guard.refuse(failure, direction),
      });
      guard.admit(raw, stream, peer);
      return stream;
    },
  };
}

function remoteAddressOf(raw: MessageStream): string {
  return 'remoteAddr' in raw ? String(raw.remoteAddr) : '';
}

/** What an attacker has few of: the IP address, or for IPv6 its /64. */
function sourceOf(address: string): string {
  const [, kind = '', host = ''] = address.split('/');
  if (kind !== 'ip6') return `${kind}/${host}`;
  const [head = '', tail] = host.split('::');
  const headGroups = head === '' ? [] : head.split(':');
  const tailGroups = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - headGroups.length - tailGroups.length }, () => '0');
  const groups = tail === undefined ? headGroups : [...headGroups, ...zeros, ...tailGroups];
  return `${kind}/${groups.slice(0, 4).join(':')}`;
}
