import { type ByteStream, ok, type Result, type SchedulerDep } from '@pars/base';
import { type MeshFailure, meshErr } from '../errors.ts';
import { encodeMessageFrame } from '../message-frame.ts';
import type { ParcelId } from '../parcel/index.ts';
import { createStreamOutbox } from '../stream-outbox.ts';
import type { ParcelShelf } from './parcel-shelf.ts';
import { watchProgress } from './progress-watchdog.ts';
import { createSyncFrameReader } from './sync-frame.ts';
import type { SyncEffect, SyncMachine } from './sync-machine.ts';

/** What running a sync takes. */
export interface SyncDriverDeps extends SchedulerDep {
  readonly shelf: ParcelShelf;
}

/** How a sync is run. */
export interface SyncDriverOptions {
  /** Ends the sync when nothing came forward for so long; default 30,000. */
  readonly stallMs?: number;
  readonly signal?: AbortSignal;
}

/** Parcels are read for the other side only while less than this waits to be written. */
const parcelsWaitAbove = 65_536;
/** Nothing more is read while more than this waits to be written. */
const readingWaitsAbove = 4 * 1_024 * 1_024;

/**
 * Runs one side of a sync over one stream until both stores have what the
 * other had, or the link or the other side fails: then the same machine can go
 * on over another stream, unless the failure is the machine's own (PIP-1003
 * §8). Failures besides those: `mesh/stream-broken` (go on later),
 * `mesh/sync-stalled` (begin anew), `mesh/aborted`. What the shelf throws is
 * thrown. When it settles, nothing of it runs any more, and the stream is closed.
 */
export async function runSync(
  machine: SyncMachine,
  stream: ByteStream,
  deps: SyncDriverDeps,
  options: SyncDriverOptions = {},
): Promise<Result<undefined, MeshFailure>> {
  const { shelf, scheduler } = deps;
  const { stallMs = 30_000, signal } = options;
  const frames = createSyncFrameReader();
  const outbox = createStreamOutbox(stream, () => stop(meshErr('mesh/stream-broken')));
  const reads: ParcelId[] = [];
  let serving: Promise<void> = Promise.resolve();
  let isServing = false;
  let isEnded = false;
  let outcome: Result<undefined, MeshFailure> | undefined;
  let thrown: { readonly error: unknown } | undefined;

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
  } catch (error) {
    thrown ??= { error };
  } finally {
    stopWatching();
    signal?.removeEventListener('abort', onAbort);
    stop(meshErr('mesh/stream-broken'));
    await serving;
    await outbox.settled();
  }
  if (thrown !== undefined) throw thrown.error;
  return outcome ?? ok(undefined);

  /** The first word stands; after `end` every close is a good one. */
  function stop(result: Result<undefined, MeshFailure>): void {
    if (outcome !== undefined) return;
    outcome = isEnded ? ok(undefined) : result;
    outbox.close();
    stream.abort();
  }

  async function readAll(): Promise<void> {
    try {
      for await (const chunk of stream.source) {
        if (outcome !== undefined) return;
        const messages = frames.push(chunk);
        if (!messages.ok) return stop(messages);
        for (const message of messages.value) {
          await perform(machine.receive(message));
          await outbox.waitBelow(readingWaitsAbove);
          if (outcome !== undefined) return;
        }
      }
    } catch (error) {
      // A stream that breaks throws; so does a shelf, which `perform` has noted.
      if (thrown !== undefined) throw error;
    }
  }

  async function perform(effects: readonly SyncEffect[]): Promise<void> {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'send':
          outbox.push(encodeMessageFrame(effect.message));
          break;
        case 'read':
          reads.push(effect.id);
          if (!isServing) serving = serveAll();
          break;
        case 'admit':
          await perform(machine.admitted(await fromShelf(() => shelf.admit(effect.parcel))));
          break;
        case 'end':
          isEnded = true;
          outbox.end();
          break;
        case 'fail':
          stop({ ok: false, error: effect.failure });
          break;
      }
    }
  }

  /** Beside the reading, so that two full pipes do not wait for each other. */
  async function serveAll(): Promise<void> {
    isServing = true;
    try {
      for (let id = reads.shift(); id !== undefined; id = reads.shift()) {
        await outbox.waitBelow(parcelsWaitAbove);
        const wanted = id;
        const parcel = await fromShelf(() => shelf.read(wanted));
        if (outcome !== undefined) return;
        await perform(machine.loaded(parcel));
      }
    } catch {
      stop(meshErr('mesh/stream-broken'));
    } finally {
      isServing = false;
    }
  }

  async function fromShelf<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      thrown ??= { error };
      throw error;
    }
  }
}
