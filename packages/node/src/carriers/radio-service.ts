import {
  type BlobStore,
  type Cancel,
  type Clock,
  type Failure,
  hex,
  type Log,
  type Metrics,
  type Random,
  type Result,
  type Scheduler,
} from '@pars/base';
import type { Suite } from '@pars/crypto';
import {
  createRadioStation,
  decodeRadioMemory,
  encodeRadioMemory,
  type ParcelId,
  parcelIdFromHeader,
  parcelIds,
  type RadioChannel,
  type RadioCounts,
  type RadioDevice,
  type RadioEffect,
  type RadioKey,
  type RadioMemory,
  type RadioStation,
  radioGroupKeys,
} from '@pars/mesh';
import type { Carrier, StoredParcel } from '../carrier/carrier.ts';
import { codeOf, type TaskSet } from '../task-set.ts';

/** What a radio service is built on. */
export interface RadioServiceDeps {
  readonly suite: Pick<Suite, 'symmetric'>;
  readonly carrier: Pick<Carrier, 'network' | 'open' | 'onStored'>;
  /** Keeps the station's number and counters, in clear: a node carries for others while its person is locked. */
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tasks: TaskSet;
  /** Opens the modem; it is called again, at the earliest after five seconds, when that fails or the modem is gone. */
  readonly openDevice: (signal: AbortSignal) => Promise<Result<RadioDevice, Failure>>;
  /** Another station said that it has the parcel with this id (as text): that hop is done, nothing more. */
  readonly onTaken?: (id: string) => void;
}

/** How the radio works. */
export interface RadioServiceOptions {
  readonly key: RadioKey;
  readonly channel: RadioChannel;
  /** Largest bucket that is sent, 0 to 5. Default: what takes five minutes on the air at most. */
  readonly maxBucket?: number;
  readonly beaconMs?: number;
}

/** A radio at work. */
export interface RadioService {
  status(): RadioStatus;
}

/** For the person who looks after it. */
export interface RadioStatus {
  readonly state: 'opening' | 'open';
  /** Why it is not open. */
  readonly failure: string | undefined;
  /** This station's number in the group; `undefined` before it was read. */
  readonly station: number | undefined;
  readonly neighbours: readonly { readonly station: number; readonly lacking: number }[];
  readonly counts: RadioCounts | undefined;
}

/**
 * Runs one station of a radio group over a modem, and exchanges what is carried
 * (PIP-1007 §8 to §10), until the signal aborts. What comes in goes through all
 * checks and quotas of the store, as from the neighbour `radio:` and the
 * station's number. Locked or not makes no difference.
 */
export function startRadioService(
  deps: RadioServiceDeps,
  options: RadioServiceOptions,
  signal: AbortSignal,
): RadioService {
  const { blobs, carrier, clock, log, metrics, random, scheduler, suite, tasks } = deps;
  const { symmetric } = suite;
  const { beaconMs, channel, key } = options;
  const memoryName = `radio-${hex.encode(radioGroupKeys(symmetric, key).name)}`;
  const maxBucket = options.maxBucket ?? largestBucket(channel);
  let station: RadioStation | undefined;
  let device: RadioDevice | undefined;
  let failure: string | undefined;
  let cancelTick: Cancel | undefined;
  let allowance = maxInboundBytes;
  let allowedAtMs = clock.monotonicMs();
  let pendingPuts = 0;
  const stopListening = carrier.onStored((parcel) => {
    tasks.start('node/radio-failed', () => noteStored(parcel));
  });
  signal.addEventListener('abort', () => {
    stopListening();
    cancelTick?.();
  });

  async function run(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const startedMs = clock.monotonicMs();
      try {
        station ??= await begin();
        const opened = await deps.openDevice(signal);
        if (opened.ok) await serve(station, opened.value);
        failure = opened.ok ? 'node/radio-gone' : opened.error.code;
      } catch (error) {
        failure = codeOf(error);
      }
      if (signal.aborted) return;
      failures = clock.monotonicMs() - startedMs > longestPauseMs ? 0 : failures + 1;
      log.write('info', 'node/radio-closed', { code: failure ?? '' });
      const pauseMs = Math.min(shortestPauseMs * 2 ** (failures - 1), longestPauseMs);
      await scheduler.sleep(Math.max(shortestPauseMs, pauseMs), signal).catch(() => undefined);
    }
  }

  async function begin(): Promise<RadioStation> {
    const kept = await blobs.read(memoryName);
    const memory = (kept && decodeRadioMemory(kept)) ?? newMemory(random);
    const settings = { network: carrier.network, key, channel, maxBucket };
    const beacon = beaconMs === undefined ? {} : { beaconMs };
    const nowMs = clock.monotonicMs();
    return createRadioStation({ symmetric, random }, { ...settings, ...beacon }, memory, nowMs);
  }

  async function serve(machine: RadioStation, opened: RadioDevice): Promise<void> {
    await using current = opened;
    const close = () => void current[Symbol.asyncDispose]();
    signal.addEventListener('abort', close, { once: true });
    device = current;
    failure = undefined;
    log.write('info', 'node/radio-open', {});
    try {
      await holdAll(machine);
      tick();
      for await (const frame of current.frames) {
        if (signal.aborted) return;
        if (!isAllowed(frame.length)) {
          metrics.count('node/radio-frames-dropped');
          continue;
        }
        apply(machine.receive(frame, clock.monotonicMs()));
      }
    } finally {
      signal.removeEventListener('abort', close);
      device = undefined;
      cancelTick?.();
    }
  }

  async function holdAll(machine: RadioStation): Promise<void> {
    machine.hold((await carrier.open()).list('priority'));
  }

  /** A modem that delivers more than its channel carries is none, or somebody plays with it. */
  function isAllowed(length: number): boolean {
    const nowMs = clock.monotonicMs();
    const bytesPerMs = (2 * channel.bitsPerSecond) / 8_000;
    allowance = Math.min(maxInboundBytes, allowance + (nowMs - allowedAtMs) * bytesPerMs);
    allowedAtMs = nowMs;
    if (allowance < length) return false;
    allowance -= length;
    return true;
  }

  function tick(): void {
    if (station === undefined || device === undefined || signal.aborted) return;
    apply(station.tick(clock.monotonicMs()));
  }

  function planTick(): void {
    cancelTick?.();
    cancelTick = undefined;
    if (station === undefined || device === undefined || signal.aborted) return;
    const delayMs = Math.ceil(station.dueMs - clock.monotonicMs());
    cancelTick = scheduler.schedule(Math.max(leastTickMs, Math.min(delayMs, longestTickMs)), tick);
  }

  function apply(effects: readonly RadioEffect[]): void {
    for (const effect of effects) tasks.start('node/radio-failed', () => carryOut(effect));
    planTick();
  }

  async function carryOut(effect: RadioEffect): Promise<void> {
    switch (effect.kind) {
      case 'transmit':
        return transmit(effect.frames, effect.airMs);
      case 'load':
        return load(effect.id);
      case 'parcel':
        return take(effect.id, effect.parcel, effect.station);
      case 'taken':
        deps.onTaken?.(parcelIds.toText(effect.id));
        return;
      case 'remember':
        return remember(effect.memory);
    }
  }

  /** Frames go to the modem no faster than it can send them: its buffer may hold few. */
  async function transmit(frames: readonly Uint8Array[], airMs: number): Promise<void> {
    const to = device;
    if (to === undefined) return;
    const frameMs = (airMs - channel.keyUpMs) / frames.length;
    for (const [place, frame] of frames.entries()) {
      // One ahead, so that the modem does not stop in between.
      if (place > 1) await scheduler.sleep(frameMs, signal);
      await to.send(frame, signal);
    }
    metrics.count('node/radio-frames-sent', frames.length);
  }

  async function load(id: ParcelId): Promise<void> {
    let parcel: Uint8Array | undefined;
    try {
      parcel = await (await carrier.open()).get(id);
    } finally {
      if (station !== undefined) apply(station.loaded(id, parcel, clock.monotonicMs()));
    }
  }

  async function take(id: ParcelId, parcel: Uint8Array, from: number): Promise<void> {
    let verdict: 'kept' | 'refused' | 'failed' = 'failed';
    pendingPuts += 1;
    try {
      if (pendingPuts > maxPendingPuts) return;
      const put = await (await carrier.open()).put(parcel, sourceOf(from));
      verdict = put.ok ? 'kept' : 'refused';
      if (put.ok) metrics.count('node/radio-parcels');
      else log.write('debug', 'node/radio-parcel-refused', { code: put.error.code });
    } finally {
      pendingPuts -= 1;
      station?.judged(id, verdict, clock.monotonicMs());
      planTick();
    }
  }

  async function remember(memory: RadioMemory): Promise<void> {
    for (;;) {
      try {
        await blobs.replace(memoryName, encodeRadioMemory(memory), signal);
        break;
      } catch (error) {
        if (signal.aborted) return;
        // Nothing is sent until it is written.
        log.write('warn', 'node/radio-memory-failed', { code: codeOf(error) });
        await scheduler.sleep(longestTickMs, signal);
      }
    }
    station?.remembered(memory);
    planTick();
  }

  async function noteStored({ bytes, source }: StoredParcel): Promise<void> {
    if (station === undefined) return;
    const id = parcelIdFromHeader(symmetric, bytes.subarray(0, 512));
    const entry = (await carrier.open()).entryOf(id);
    if (entry === undefined) return;
    station.added(entry, stationOf(source));
    planTick();
  }

  function keepHolding(): void {
    if (signal.aborted) return;
    const cancel = scheduler.schedule(holdAgainMs, () => {
      keepHolding();
      const machine = station;
      if (machine !== undefined) tasks.start('node/radio-failed', () => holdAll(machine));
    });
    signal.addEventListener('abort', cancel, { once: true });
  }

  tasks.start('node/radio-failed', run);
  keepHolding();

  return {
    status: () => ({
      state: device === undefined ? 'opening' : 'open',
      failure,
      station: station?.station,
      neighbours: station?.neighbours(clock.monotonicMs()) ?? [],
      counts: station?.counts,
    }),
  };
}

function sourceOf(station: number): string {
  return `${sourcePrefix}${station}`;
}

function stationOf(source: string | undefined): number | undefined {
  return source?.startsWith(sourcePrefix) === true
    ? Number(source.slice(sourcePrefix.length))
    : undefined;
}

function newMemory(random: Random): RadioMemory {
  const [a = 0, b = 0, c = 0, d = 0] = random.bytes(4);
  const station = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  return { station, reservedTo: 0, heard: new Map() };
}

/** The largest bucket that is on the air for five minutes at most; 1 KiB at least. */
function largestBucket({ bitsPerSecond }: RadioChannel): number {
  const sizes = [1, 4, 8, 16, 64, 256];
  const fitting = sizes.filter((kib) => (kib * 1_024 * 8) / bitsPerSecond <= 300);
  return Math.max(0, fitting.length - 1);
}

const sourcePrefix = 'radio:';
const shortestPauseMs = 5_000;
const longestPauseMs = 300_000;
const leastTickMs = 5;
const longestTickMs = 60_000;
const holdAgainMs = 3_600_000;
const maxInboundBytes = 16_384;
const maxPendingPuts = 32;
