import type { Cancel, Clock, Scheduler } from '@pars/base';
import { ok, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from '../errors.ts';
import { createRateBudget } from '../spreading/rate-budget.ts';
import type { LinkWriter } from './link-writer.ts';
import {
  decodeYamuxHeader,
  encodeYamuxHeader,
  type YamuxHeader,
  yamuxFlag,
  yamuxHeaderLength,
  yamuxType,
} from './yamux-frame.ts';
import { createYamuxStream, type YamuxStream } from './yamux-stream.ts';

/** The multiplexer of a link: yamux 1.0.0 with the bounds of PIP-1000 §8 (§11). */
export interface YamuxSession {
  /** Opens a stream. Code: `mesh/too-many-streams`. */
  open(): Result<YamuxStream, MeshFailure>;
  /** The next bytes of the link's content, in pieces of any size. Code: `mesh/muxer-abuse`; the link is then over. */
  receive(content: Uint8Array): Result<void, MeshFailure>;
  /** The link is gone: every stream breaks. */
  end(): void;
}

/** What a session works with. */
export interface YamuxSessionDeps {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly writer: LinkWriter;
  /** A stream that the other side opened. */
  readonly onStream: (stream: YamuxStream) => void;
  /** The other side said goodbye, or nothing has come from it for too long. */
  readonly onGone: () => void;
}

/** Streams of all protocols, each way, on one link. */
const maxStreams = 256;
/** Longest data frame in bytes: the largest window of a stream. */
const maxFrame = 1_048_576;
const smallDataBytes = 256;
/** How often the other side is asked whether it is there. */
const pingIntervalMs = 30_000;

/** A session at the beginning of a link; `client`: our node opened the connection. */
export function createYamuxSession(
  role: 'client' | 'server',
  deps: YamuxSessionDeps,
): YamuxSession {
  const { clock, scheduler, writer } = deps;
  const streamById = new Map<number, YamuxStream>();
  const budgets = {
    openedStream: createRateBudget(128, 1_024),
    ping: createRateBudget(2, 32),
    smallData: createRateBudget(2_048, 8_192),
    control: createRateBudget(16_384, 32_768),
  };
  const ownParity = role === 'client' ? 1 : 0;
  let nextId = role === 'client' ? 1 : 2;
  const count = { own: 0, remote: 0 };
  const header = new Uint8Array(yamuxHeaderLength);
  let headerSize = 0;
  let bodyLeft = 0;
  /** Whose data is being received; `undefined` when it is nobody's any more. */
  let bodyStream: YamuxStream | undefined;
  let bodyFlags = 0;
  let isOver = false;
  let hasHeard = true;
  let pingId = 0;
  let pingSentAtMs: number | undefined;
  let rttMs: number | undefined;
  let cancelPing: Cancel = scheduler.schedule(0, askWhetherThere);

  return {
    open() {
      if (isOver) return meshErr('mesh/not-connected');
      if (count.own >= maxStreams || nextId > 0xffff_fff0) return meshErr('mesh/too-many-streams');
      const id = nextId;
      nextId += 2;
      send(yamuxType.windowUpdate, yamuxFlag.syn, id, 0);
      return ok(addStream(id));
    },
    receive(content) {
      hasHeard = true;
      for (let offset = 0; offset < content.length && !isOver; ) {
        if (bodyLeft > 0) {
          const piece = content.subarray(offset, offset + bodyLeft);
          offset += piece.length;
          bodyLeft -= piece.length;
          if (bodyStream?.receiveData(piece) === false) return meshErr('mesh/muxer-abuse');
          if (bodyLeft === 0) endOfBody();
        } else {
          const wanted = content.subarray(offset, offset + yamuxHeaderLength - headerSize);
          header.set(wanted, headerSize);
          headerSize += wanted.length;
          offset += wanted.length;
          if (headerSize < yamuxHeaderLength) break;
          headerSize = 0;
          if (!receiveHeader(decodeYamuxHeader(header))) return meshErr('mesh/muxer-abuse');
        }
      }
      return ok(undefined);
    },
    end() {
      if (isOver) return;
      isOver = true;
      cancelPing();
      for (const stream of [...streamById.values()]) stream.breakOff();
    },
  };

  function receiveHeader(frame: YamuxHeader | undefined): boolean {
    if (frame === undefined || !isAffordable(frame)) return false;
    switch (frame.type) {
      case yamuxType.ping:
        return receivePing(frame);
      case yamuxType.goAway:
        deps.onGone();
        return true;
      case yamuxType.windowUpdate: {
        const stream = streamOf(frame);
        if (stream?.receiveWindow(frame.length) === false) return false;
        stream?.receiveFlags(frame.flags);
        return true;
      }
      default:
        bodyStream = streamOf(frame);
        bodyFlags = frame.flags;
        bodyLeft = frame.length;
        if (bodyLeft === 0) endOfBody();
        return true;
    }
  }

  /** An end that stands on a data frame comes after its data. */
  function endOfBody(): void {
    bodyStream?.receiveFlags(bodyFlags);
    bodyStream = undefined;
  }

  /** Whether the other side may still ask for this much work. */
  function isAffordable({ type, flags, length }: YamuxHeader): boolean {
    const nowMs = clock.monotonicMs();
    if (type === yamuxType.ping) return budgets.ping.spend(1, nowMs);
    if ((flags & yamuxFlag.syn) !== 0 && !budgets.openedStream.spend(1, nowMs)) return false;
    if (type !== yamuxType.data) return budgets.control.spend(1, nowMs);
    return length <= maxFrame && (length >= smallDataBytes || budgets.smallData.spend(1, nowMs));
  }

  function receivePing({ flags, length }: YamuxHeader): boolean {
    if (flags === yamuxFlag.syn) {
      send(yamuxType.ping, yamuxFlag.ack, 0, length);
      return true;
    }
    if (flags !== yamuxFlag.ack || pingSentAtMs === undefined || length !== pingId) return false;
    rttMs = clock.monotonicMs() - pingSentAtMs;
    pingSentAtMs = undefined;
    return true;
  }

  /** The stream that a frame is for, opened by it if it says so. */
  function streamOf({ flags, streamId }: YamuxHeader): YamuxStream | undefined {
    const known = streamById.get(streamId);
    if (known !== undefined || (flags & yamuxFlag.syn) === 0) return known;
    if (streamId % 2 === ownParity || count.remote >= maxStreams) {
      send(yamuxType.windowUpdate, yamuxFlag.rst, streamId, 0);
      return undefined;
    }
    send(yamuxType.windowUpdate, yamuxFlag.ack, streamId, 0);
    const stream = addStream(streamId);
    deps.onStream(stream);
    return stream;
  }

  function addStream(id: number): YamuxStream {
    const owner = id % 2 === ownParity ? 'own' : 'remote';
    const stream = createYamuxStream({
      clock,
      scheduler,
      rttMs: () => rttMs,
      sendWindow: (flags, delta) => send(yamuxType.windowUpdate, flags, id, delta),
      sendData(bytes) {
        const { length } = bytes;
        const head = encodeYamuxHeader({ type: yamuxType.data, flags: 0, streamId: id, length });
        return writer.write([head, bytes]);
      },
      release() {
        streamById.delete(id);
        count[owner] -= 1;
      },
    });
    streamById.set(id, stream);
    count[owner] += 1;
    return stream;
  }

  function send(type: number, flags: number, streamId: number, length: number): void {
    writer.push(encodeYamuxHeader({ type, flags, streamId, length }));
  }

  function askWhetherThere(): void {
    if (!hasHeard) return deps.onGone();
    hasHeard = false;
    // One ping at a time: an answer that is late is still the answer to it.
    if (pingSentAtMs === undefined) {
      pingId = (pingId + 1) % 0x1_0000_0000;
      pingSentAtMs = clock.monotonicMs();
      send(yamuxType.ping, yamuxFlag.syn, 0, pingId);
    }
    cancelPing = scheduler.schedule(pingIntervalMs, askWhetherThere);
  }
}
