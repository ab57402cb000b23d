import type { ByteStream, Clock, Scheduler } from '@pars/base';
import type { MeshFailureCode } from '../errors.ts';
import { watchProgress } from '../reconciliation/progress-watchdog.ts';
import { type BytePace, createBytePace } from './byte-pace.ts';
import type { RelayLimits } from './relay-limits.ts';

/** What pipes share. */
export interface RelayPipeDeps {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly limits: RelayLimits;
  /** Of all pipes together. */
  readonly totalPace: BytePace;
}

/** How a relayed connection ended; `undefined` when its ends wanted it. */
export type RelayEnd = Extract<MeshFailureCode, 'mesh/relay-spent' | 'mesh/relay-full'> | undefined;

/** A relayed connection. */
export interface RelayPipe {
  /** Resolves when both streams are closed; never rejects. */
  readonly ended: Promise<RelayEnd>;
  /** Cuts it: its place is needed. */
  displace(): void;
}

/** Bytes that are read and written at once: small, so that many share the relay fairly. */
const pieceBytes = 16_384;
/** The two handshakes pass at once, whatever the pace is (PIP-1000 §9.4). */
const burstBytes = 32_768;

/**
 * Carries bytes between two streams, each way at its pace, until one breaks,
 * both have ended or a limit of PIP-1000 §9.4 is reached. Holds one piece each
 * way: who does not read holds the other side back.
 */
export function startRelayPipe(deps: RelayPipeDeps, one: ByteStream, other: ByteStream): RelayPipe {
  const { clock, scheduler, limits, totalPace } = deps;
  const stopping = new AbortController();
  let passedBytes = 0;
  let end: RelayEnd;

  const stop = (reason: RelayEnd): void => {
    if (stopping.signal.aborted) return;
    end = reason;
    stopping.abort();
    one.abort();
    other.abort();
  };
  const cancelDeadline = scheduler.schedule(limits.connectionSeconds * 1_000, () =>
    stop('mesh/relay-spent'),
  );
  const cancelWatch = watchProgress(scheduler, {
    timeoutMs: limits.idleSeconds * 1_000,
    progressOf: () => passedBytes,
    onStall: () => stop('mesh/relay-spent'),
  });

  return { ended: run(), displace: () => stop('mesh/relay-full') };

  async function run(): Promise<RelayEnd> {
    const both = [carry(one, other), carry(other, one)];
    for (const way of both) way.catch(() => stop(undefined));
    await Promise.allSettled(both);
    cancelDeadline();
    cancelWatch();
    if (!stopping.signal.aborted) {
      await Promise.allSettled([one[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
    }
    return end;
  }

  async function carry(from: ByteStream, to: ByteStream): Promise<void> {
    const pace = createBytePace(limits.bytesPerSecond, burstBytes);
    let left = limits.kibibytesPerConnection * 1_024;
    for await (const chunk of from.source) {
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        const piece = chunk.subarray(at, at + pieceBytes);
        left -= piece.length;
        if (left < 0) return stop('mesh/relay-spent');
        const nowMs = clock.monotonicMs();
        const waitMs = Math.max(
          pace.take(piece.length, nowMs),
          totalPace.take(piece.length, nowMs),
        );
        if (waitMs > 0) await scheduler.sleep(waitMs, stopping.signal);
        await to.write(piece, stopping.signal);
        passedBytes += piece.length;
      }
    }
    await to.closeWrite();
  }
}
