import {
  type ByteStream,
  type Clock,
  type Failure,
  ok,
  type Random,
  type Result,
  type Scheduler,
} from '@pars/base';
import type { HybridSignerKey, Suite } from '@pars/crypto';
import { meshErr } from '../errors.ts';
import { createByteStreamWire } from '../link/byte-stream-wire.ts';
import { createCookieJar } from '../link/cookie-jar.ts';
import { createEphemeralKeys } from '../link/ephemeral-keys.ts';
import { createHalfOpenTable } from '../link/half-open-table.ts';
import type { LinkClaim } from '../link/link-claim.ts';
import { handshakeTimeoutMs, runHandshake } from '../link/link-driver.ts';
import { createLinkInitiator, type LinkExpectation } from '../link/link-initiator.ts';
import type { LinkDeps, LinkMachine, LinkSession } from '../link/link-machine.ts';
import { createLinkResponder } from '../link/link-responder.ts';
import { sourceOf } from '../link/source-address.ts';
import { cacheVerifiers } from '../link/verifier-cache.ts';
import type { AdoptOptions } from '../link-adopter.ts';
import { createNodeKeyPins } from '../node-key-pins.ts';

/** Proves who is at the other end of byte streams. */
export interface LinkHandshakes {
  /**
   * Runs one handshake; on a failure the stream was aborted. Codes: those of
   * the handshake, `mesh/half-open-evicted`, `mesh/key-changed`.
   */
  shake(stream: ByteStream, options: AdoptOptions): Promise<Result<ProvenStream, Failure>>;
}

/** A stream whose other end has proven its key. */
export interface ProvenStream {
  readonly session: LinkSession;
  /** What comes behind the handshake. */
  readonly incoming: AsyncIterable<Uint8Array>;
}

/** What handshakes need. */
export interface LinkHandshakesDeps {
  readonly suite: Suite;
  readonly identity: HybridSignerKey;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
}

/** Handshakes of one node, at most `maxHalfOpen` inbound ones at a time. */
export function createLinkHandshakes(
  deps: LinkHandshakesDeps,
  maxHalfOpen: number,
): LinkHandshakes {
  const { clock, scheduler, random, identity } = deps;
  const { symmetric, kem, signature } = deps.suite;
  const suite = { symmetric, kem, signature: cacheVerifiers(signature, symmetric) };
  const cookies = createCookieJar({ symmetric, random, clock });
  const halfOpen = createHalfOpenTable(deps, maxHalfOpen);
  const ephemeralKeys = createEphemeralKeys(kem, deps);
  const pins = createNodeKeyPins();
  let responderCount = 0;

  return {
    async shake(stream, options) {
      let isEvicted = false;
      const evict = (): void => {
        isEvicted = true;
        stream.abort();
      };
      const isInbound = options.direction === 'inbound';
      const entry = isInbound ? halfOpen.add(sourceOf(options.address), evict) : undefined;
      const machine = isInbound
        ? createResponder(options, () => entry?.markWorking())
        : createInitiator(options);
      const wire = createByteStreamWire(stream);
      const session = await runHandshake(machine, wire, deps, {
        timeoutMs: handshakeTimeoutMs,
        signal: options.signal,
      });
      const proven = session.ok ? pin(session.value) : session;
      entry?.end(proven.ok ? 'linked' : 'failed');
      if (!proven.ok) {
        stream.abort();
        return isEvicted ? meshErr('mesh/half-open-evicted') : proven;
      }
      if (!isInbound) ephemeralKeys.prepare();
      return ok({ session: proven.value, incoming: wire.rest() });
    },
  };

  function createInitiator({ expected = {} }: AdoptOptions): LinkMachine {
    const pause = (): Promise<void> => scheduler.sleep(0);
    return createLinkInitiator(linkDeps({}), { expected, ephemeralKeys, pause });
  }

  function createResponder(
    { address, expected = {} }: AdoptOptions,
    onWork: () => void,
  ): LinkMachine {
    responderCount += 1;
    return createLinkResponder(linkDeps(expected), {
      difficulty: () => halfOpen.difficulty(),
      onWork,
      cookies,
      returnPath: new TextEncoder().encode(`${address} ${responderCount}`),
    });
  }

  function linkDeps(expected: LinkExpectation): LinkDeps {
    return { suite, identity, accept: (claim) => accept(claim, expected) };
  }

  function accept(
    claim: LinkClaim,
    { nodeId, fingerprint }: LinkExpectation,
  ): ReturnType<typeof pins.check> {
    const isOther =
      (nodeId !== undefined && nodeId !== claim.nodeId) ||
      (fingerprint !== undefined && fingerprint !== claim.fingerprint);
    return isOther ? meshErr('mesh/wrong-peer') : pins.check(claim.nodeId, claim.fingerprint);
  }

  /** Asked again: two handshakes of one id may have run side by side. */
  function pin(session: LinkSession): Result<LinkSession, Failure> {
    const { nodeId, fingerprint } = session.peer;
    const known = pins.check(nodeId, fingerprint);
    if (known.ok) pins.remember(nodeId, fingerprint);
    return known.ok ? ok(session) : known;
  }
}
