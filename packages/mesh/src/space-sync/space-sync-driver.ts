import { type ByteStream, type Failure, ok, type Result, type SchedulerDep } from '@pars/base';
import {
  type FrontierEffect,
  type FrontierHost,
  type FrontierSync,
  settleFrontierEffects,
} from '@pars/dag';
import { meshErr } from '../errors.ts';
import { encodeMessageFrame } from '../message-frame.ts';
import { watchProgress } from '../reconciliation/progress-watchdog.ts';
import { createSyncFrameReader } from '../reconciliation/sync-frame.ts';
import { createStreamOutbox } from '../stream-outbox.ts';

/** What running a sync between members takes. */
export interface SpaceSyncDeps extends SchedulerDep {
  /** The own replica, and who judges snapshots. */
  readonly host: FrontierHost;
}

/** How a sync between members is run. */
export interface SpaceSyncOptions {
  /** Ends the sync when nothing came forward for so long; default 30,000. */
  readonly stallMs?: number;
  readonly signal?: AbortSignal;
}

/** How a sync ended. */
export interface SpaceSyncOutcome {
  /** Heads that the other side named and that are not here: 0 unless it withheld or lied. */
  readonly lacking: number;
}

/** Nothing more is read while more than this waits to be written. */
const readingWaitsAbove = 4 * 1_024 * 1_024;

/**
 * Runs one side of a sync between members over one stream until both are
 * content, or the link or the other side fails: then the same machine can go on
 * over another stream, unless the failure is the machine's own (PIP-1003 §10).
 * Failures besides those: `mesh/stream-broken` (go on later),
 * `mesh/sync-stalled` (go on over another link), `mesh/bad-sync-message` (a frame;
 * leave that peer), `mesh/aborted`. What the replica throws is thrown; then the
 * machine is of no more use. When it settles, nothing of it runs any more, and
 * the stream is closed.
 */
export async function runSpaceSync(
  machine: FrontierSync,
  stream: ByteStream,
  deps: SpaceSyncDeps,
  options: SpaceSyncOptions = {},
): Promise<Result<SpaceSyncOutcome, Failure>> {
  const { host, scheduler } = deps;
  const { stallMs = 30_000, signal } = options;
  const frames = createSyncFrameReader();
  const outbox = createStreamOutbox(stream, () => stop(meshErr('mesh/stream-broken')));
  let ended: SpaceSyncOutcome | undefined;
  let outcome: Result<SpaceSyncOutcome, Failure> | undefined;

  const onAbort = () => stop(meshErr('mesh/aborted'));
  const stopWatching = watchProgress(scheduler, {
    timeoutMs: stallMs,
    progressOf: () => machine.progress,
    onStall: () => stop(meshErr('mesh/sync-stalled')),
  });
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal?.aborted === true) onAbort();
    else await perform(machine.connected());
    await readAll();
  } finally {
    stopWatching();
    signal?.removeEventListener('abort', onAbort);
    stop(meshErr('mesh/stream-broken'));
    await outbox.settled();
  }
  return outcome ?? meshErr('mesh/stream-broken');

  /** The first word stands; after `end` every close is a good one. */
  function stop(result: Result<SpaceSyncOutcome, Failure>): void {
    if (outcome !== undefined) return;
    outcome = ended === undefined ? result : ok(ended);
    outbox.close();
    stream.abort();
  }

  async function readAll(): Promise<void> {
    const chunks = stream.source[Symbol.asyncIterator]();
    while (outcome === undefined) {
      const next = await nextChunk(chunks);
      if (next === undefined || outcome !== undefined) return;
      const messages = frames.push(next);
      if (!messages.ok) return stop(messages);
      for (const message of messages.value) {
        await perform(machine.receive(message));
        await outbox.waitBelow(readingWaitsAbove);
        if (outcome !== undefined) return;
      }
    }
  }

  /** The machine takes one thing at a time, so this is never called twice at once. */
  async function perform(effects: readonly FrontierEffect[]): Promise<void> {
    for (const effect of await settleFrontierEffects(machine, host, effects)) {
      if (outcome !== undefined) return;
      if (effect.kind === 'send') {
        outbox.push(encodeMessageFrame(effect.message));
      } else if (effect.kind === 'fail') {
        stop({ ok: false, error: effect.failure });
      } else {
        ended = { lacking: effect.lacking };
        outbox.end();
      }
    }
  }
}

/** Undefined at the end, and when the stream breaks; what the replica throws stays apart from that. */
async function nextChunk(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    const next = await chunks.next();
    return next.done === true ? undefined : next.value;
  } catch {
    return undefined;
  }
}
