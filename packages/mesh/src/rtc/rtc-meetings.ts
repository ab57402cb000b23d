import {
  type ByteStream,
  equalBytes,
  type Failure,
  ok,
  ParsError,
  type Random,
  type Result,
  type Scheduler,
} from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { meshErr } from '../errors.ts';
import type { LinkAdopter } from '../link-adopter.ts';
import type { LinkPeer, MeshHost } from '../mesh-host.ts';
import { type KeyFingerprint, keyFingerprint } from '../node-id.ts';
import { rtcEndpointFromDescription, rtcEndpointToDescription } from './rtc-description.ts';
import type { IceServer, RtcConnection, RtcEngine } from './rtc-engine.ts';
import {
  type RtcEndpoint,
  type RtcSignal,
  rtcSignalFromText,
  rtcSignalToText,
  signalNonceLength,
} from './rtc-signal.ts';

/** Two nodes meet over WebRTC by handing each other two texts (PIP-1000 §10). */
export interface RtcMeetings {
  /** Begins a meeting. Codes: `mesh/rtc-unavailable`, `mesh/rtc-failed`, `mesh/too-many-signals`, `mesh/aborted`. */
  offer(signal?: AbortSignal): Promise<Result<RtcOffer, Failure>>;
  /**
   * Answers an offer that a person handed over, or a contact sent; never one of
   * a stranger, whose candidates may point anywhere. Codes: as of `offer`, and
   * `mesh/bad-signal`, `mesh/unknown-version`, `mesh/self-dial`,
   * `mesh/signal-replayed`.
   */
  answer(offerText: string, signal?: AbortSignal): Promise<Result<RtcAnswer, Failure>>;
}

/** An offer on its way. */
export interface RtcOffer extends Disposable {
  /** To show as a QR code, or to hand over otherwise; good for one answer within ten minutes. */
  readonly text: string;
  /**
   * Takes the answer and makes the link. Codes: `mesh/bad-signal`,
   * `mesh/unknown-version`, `mesh/signal-mismatch` (the offer stays good),
   * `mesh/signal-replayed`, `mesh/signal-expired`, `mesh/rtc-failed`,
   * `mesh/unreachable`, and those of `MeshHost.dial`.
   */
  accept(answerText: string, signal?: AbortSignal): Promise<Result<LinkPeer, Failure>>;
}

/** An answer on its way. */
export interface RtcAnswer extends Disposable {
  /** To hand back to who made the offer. */
  readonly text: string;
  /** Settles when the link is up or cannot come up any more. Codes: as of {@link RtcOffer.accept}. */
  readonly link: Promise<Result<LinkPeer, Failure>>;
}

/** What meetings need. */
export interface RtcMeetingsDeps {
  readonly engine: RtcEngine;
  readonly host: LinkAdopter & Pick<MeshHost, 'drop'>;
  /** Of this node. */
  readonly fingerprint: KeyFingerprint;
  readonly symmetric: SymmetricPrimitives;
  readonly random: Random;
  readonly scheduler: Scheduler;
}

/** The route of a link over WebRTC. */
const route = '/webrtc';
/** How long persons may take to hand the texts over. */
const signalLifeMs = 600_000;
/** How long the way may take to be found once both texts are known to us. */
const connectTimeoutMs = 30_000;
/** Meetings that may be under way: each holds sockets. */
const maxMeetings = 8;
/** Offers that are remembered as answered. */
const maxAnswered = 256;

/**
 * Meetings of one node. No server takes part unless `iceServers` names some,
 * which only the person may give.
 */
export function createRtcMeetings(
  deps: RtcMeetingsDeps,
  options: { readonly iceServers?: readonly IceServer[] } = {},
): RtcMeetings {
  const { engine, host, symmetric, scheduler } = deps;
  const { iceServers = [] } = options;
  const answeredNonces: Uint8Array[] = [];
  let meetingCount = 0;

  return {
    offer: (signal) => offer(signal),
    answer: (offerText, signal) => answer(offerText, signal),
  };

  async function offer(signal: AbortSignal | undefined): Promise<Result<RtcOffer, Failure>> {
    const meeting = await begin(signal);
    if (!meeting.ok) return meeting;
    const { connection, end, hasExpired } = meeting.value;
    const endpoint = await describe(meeting.value, 'offer', () => connection.createOffer(), signal);
    if (!endpoint.ok) return endpoint;
    const nonce = deps.random.bytes(signalNonceLength);
    const text = sign('offer', nonce, endpoint.value);
    let isAnswered = false;
    return ok({
      text,
      async accept(answerText, acceptSignal) {
        const read = rtcSignalFromText(symmetric, answerText);
        if (!read.ok) return read;
        const isOther = read.value.kind !== 'answer' || !equalBytes(read.value.nonce, nonce);
        if (isOther) return meshErr('mesh/signal-mismatch');
        if (read.value.fingerprint === deps.fingerprint) return meshErr('mesh/self-dial');
        if (isAnswered) return meshErr('mesh/signal-replayed');
        if (hasExpired()) return meshErr('mesh/signal-expired');
        isAnswered = true;
        const description = rtcEndpointToDescription(read.value.endpoint, 'answer');
        const linked = meet(meeting.value, read.value.fingerprint, 'outbound', acceptSignal, () =>
          connection.acceptAnswer(description),
        );
        return linked;
      },
      [Symbol.dispose]: end,
    });
  }

  async function answer(
    offerText: string,
    signal: AbortSignal | undefined,
  ): Promise<Result<RtcAnswer, Failure>> {
    const read = rtcSignalFromText(symmetric, offerText);
    if (!read.ok) return read;
    const { kind, nonce, fingerprint, endpoint: remote } = read.value;
    if (kind !== 'offer') return meshErr('mesh/signal-mismatch');
    if (fingerprint === deps.fingerprint) return meshErr('mesh/self-dial');
    if (answeredNonces.some((known) => equalBytes(known, nonce))) {
      return meshErr('mesh/signal-replayed');
    }
    const meeting = await begin(signal);
    if (!meeting.ok) return meeting;
    const { connection, end } = meeting.value;
    const local = await describe(
      meeting.value,
      'answer',
      () => connection.createAnswer(rtcEndpointToDescription(remote, 'offer')),
      signal,
    );
    if (!local.ok) return local;
    answeredNonces.push(nonce);
    if (answeredNonces.length > maxAnswered) answeredNonces.shift();
    return ok({
      text: sign('answer', nonce, local.value),
      link: meet(meeting.value, fingerprint, 'inbound', signal),
      [Symbol.dispose]: end,
    });
  }

  interface Meeting {
    readonly connection: RtcConnection;
    /** Ends it, unless it became a link. */
    readonly end: () => void;
    readonly hasExpired: () => boolean;
  }

  async function begin(signal: AbortSignal | undefined): Promise<Result<Meeting, Failure>> {
    if (signal?.aborted === true) return meshErr('mesh/aborted');
    if (meetingCount >= maxMeetings) return meshErr('mesh/too-many-signals');
    meetingCount += 1;
    let hasExpired = false;
    let isOver = false;
    try {
      const connection = await engine.connect({ iceServers });
      const cancelExpiry = scheduler.schedule(signalLifeMs, () => {
        hasExpired = true;
        end();
      });
      const end = (): void => {
        if (isOver) return;
        isOver = true;
        meetingCount -= 1;
        cancelExpiry();
        connection.close();
      };
      return ok({ connection, end, hasExpired: () => hasExpired });
    } catch (error) {
      meetingCount -= 1;
      return { ok: false, error: failureOf(error, 'mesh/rtc-failed') };
    }
  }

  /** Our endpoint, out of the description that the engine makes. */
  async function describe(
    { end }: Meeting,
    kind: RtcSignal['kind'],
    create: () => Promise<string>,
    signal: AbortSignal | undefined,
  ): Promise<Result<RtcEndpoint, Failure>> {
    const onAbort = (): void => end();
    signal?.addEventListener('abort', onAbort);
    try {
      const endpoint = rtcEndpointFromDescription(await create(), kind);
      if (!endpoint.ok) end();
      return signal?.aborted === true ? meshErr('mesh/aborted') : endpoint;
    } catch (error) {
      end();
      const code = signal?.aborted === true ? 'mesh/aborted' : 'mesh/rtc-failed';
      return { ok: false, error: failureOf(error, code) };
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Waits for the channel and lets our own handshake say who is there. */
  async function meet(
    { end, connection, hasExpired }: Meeting,
    wanted: KeyFingerprint,
    direction: 'inbound' | 'outbound',
    signal: AbortSignal | undefined,
    start: () => Promise<void> = async () => undefined,
  ): Promise<Result<LinkPeer, Failure>> {
    let hasTimedOut = false;
    // Who answers waits for a person to carry the answer back: until the offer is too old.
    const cancelTimeout =
      direction === 'outbound'
        ? scheduler.schedule(connectTimeoutMs, () => {
            hasTimedOut = true;
            end();
          })
        : () => undefined;
    const onAbort = (): void => end();
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted === true) onAbort();
    let stream: ByteStream;
    try {
      await start();
      stream = await connection.opened();
    } catch (error) {
      if (signal?.aborted === true) return meshErr('mesh/aborted');
      if (hasTimedOut) return meshErr('mesh/unreachable');
      if (hasExpired()) return meshErr('mesh/signal-expired');
      return { ok: false, error: failureOf(error, 'mesh/rtc-failed') };
    } finally {
      cancelTimeout();
      signal?.removeEventListener('abort', onAbort);
      end();
    }
    const expected = { fingerprint: wanted };
    const linked = await host.adopt(stream, { direction, address: route, expected, signal });
    if (!linked.ok || keyFingerprint(symmetric, linked.value.nodeKey) === wanted) return linked;
    // Hosts hold both ends to whom they must prove; this stands behind them.
    host.drop(linked.value.nodeId);
    return meshErr('mesh/wrong-peer');
  }

  function sign(kind: RtcSignal['kind'], nonce: Uint8Array, endpoint: RtcEndpoint): string {
    return rtcSignalToText(symmetric, { kind, nonce, fingerprint: deps.fingerprint, endpoint });
  }
}

function failureOf(error: unknown, otherwise: string): Failure {
  return { code: error instanceof ParsError ? error.code : otherwise };
}
