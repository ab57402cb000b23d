import { maxStations } from './radio-memory.ts';
import type { RadioShort } from './radio-message.ts';
import { createReplayWindow, type ReplayWindow } from './replay-window.ts';

/** What is known of another station. */
export interface KnownStation {
  readonly station: number;
  readonly window: ReplayWindow;
  /** `undefined`: not since the start. */
  lastHeardMs: number | undefined;
  /** Its latest frame is the first one for two hours. */
  isNew: boolean;
  /** Parcels of ours that it lacks, as far as we know; at most 4,096. */
  readonly lacks: Set<RadioShort>;
}

/** The other stations of the group, at most 64; who was silent longest gives way (PIP-1007 §5). */
export interface StationBook {
  /** The station whose frame this is, or `undefined` when the frame was heard before. */
  hear(station: number, counter: number, nowMs: number): KnownStation | undefined;
  /** Those that were heard in the last two hours. */
  live(nowMs: number): readonly KnownStation[];
  /** For the memory. */
  heard(): ReadonlyMap<number, number>;
  /** Marks a parcel as lacking at a station; beyond 4,096 nothing is marked. */
  note(station: KnownStation, short: RadioShort): void;
}

/** A station that was silent for so long is not sent to. */
const liveForMs = 7_200_000;
const maxLacks = 4_096;

/** A book of those that were heard before a restart. */
export function createStationBook(heard: ReadonlyMap<number, number>): StationBook {
  const byNumber = new Map<number, KnownStation>();
  for (const [station, highest] of heard) byNumber.set(station, createStation(station, highest));

  function makeRoom(): void {
    if (byNumber.size < maxStations) return;
    // The map is in the order in which stations were last heard.
    const [oldest] = byNumber.keys();
    if (oldest !== undefined) byNumber.delete(oldest);
  }

  return {
    hear(station, counter, nowMs) {
      const known = byNumber.get(station);
      if (known === undefined) makeRoom();
      const entry = known ?? createStation(station, -1);
      if (!entry.window.admit(counter)) return undefined;
      byNumber.delete(station);
      byNumber.set(station, entry);
      entry.isNew = !isLive(entry, nowMs);
      entry.lastHeardMs = nowMs;
      return entry;
    },
    live: (nowMs) => [...byNumber.values()].filter((entry) => isLive(entry, nowMs)),
    heard: () =>
      new Map([...byNumber.values()].map(({ station, window }) => [station, window.highest])),
    note({ lacks }, short) {
      if (lacks.size < maxLacks) lacks.add(short);
    },
  };
}

function createStation(station: number, highest: number): KnownStation {
  return {
    station,
    window: createReplayWindow(highest),
    lastHeardMs: undefined,
    isNew: true,
    lacks: new Set(),
  };
}

function isLive({ lastHeardMs }: KnownStation, nowMs: number): boolean {
  return lastHeardMs !== undefined && nowMs - lastHeardMs < liveForMs;
}
