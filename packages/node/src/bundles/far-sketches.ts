import { concatBytes, hex, ok, uint32ToBytes } from '@pars/base';
import type { BundleReport, PeerRecord, SketchRecord } from '@pars/mesh';
import { createTagSequence, oppositeRole, type SessionId } from '@pars/session';
import type { NodeEngineDeps } from '../engine-deps.ts';
import type { Profile } from '../profile/profile.ts';
import { type FarSketchRecord, MAX_FAR_SYMBOLS } from '../profile/records.ts';

/**
 * The record beside the return sketch that tells each contact who can open the
 * bundle, and nobody else, whose sketch it is (PIP-5000 §12): always 16 marks,
 * random ones in the places that are not used.
 */
export function marksFor(
  { random, suite }: Pick<NodeEngineDeps, 'suite' | 'random'>,
  profile: Profile,
  contacts: readonly SessionId[],
  sketch: SketchRecord,
): PeerRecord {
  const content = contentOf(sketch);
  const marks = contacts.slice(0, MARKS).flatMap((sessionId) => {
    const lane = profile.correspondences.get(sessionId)?.lanes[0];
    if (lane === undefined) return [];
    const tags = createTagSequence(suite, lane.secret, lane.role);
    const mark = tags.markOf(content);
    tags.erase();
    return [mark];
  });
  const filling = random.bytes((MARKS - marks.length) * MARK_BYTES);
  return { kind: 'peer', bytes: concatBytes(VERSION, ...marks, filling) };
}

/** The marks in a record of that form; `undefined` for every other. */
export function marksIn({ bytes }: PeerRecord): ReadonlySet<string> | undefined {
  if (bytes.length !== 1 + MARKS * MARK_BYTES || bytes[0] !== VERSION[0]) return undefined;
  return new Set(
    Array.from({ length: MARKS }, (_, at) =>
      hex.encode(bytes.subarray(1 + at * MARK_BYTES, 1 + (at + 1) * MARK_BYTES)),
    ),
  );
}

/**
 * Keeps what the contact's node held who marked the sketch of this bundle,
 * unless a newer one is known; at most {@link MAX_FAR_SKETCHES}, the oldest go.
 */
export async function keepFarSketch(
  { clock, suite }: Pick<NodeEngineDeps, 'suite' | 'clock'>,
  profile: Profile,
  { createdMs, expiresMs, sketch }: Pick<BundleReport, 'createdMs' | 'expiresMs' | 'sketch'>,
  marks: ReadonlySet<string>,
): Promise<void> {
  if (sketch === undefined || marks.size === 0) return;
  const content = contentOf(sketch);
  const sessionId = [...profile.correspondences.values()].find(({ lanes }) =>
    lanes.some((lane) => {
      const tags = createTagSequence(suite, lane.secret, oppositeRole(lane.role));
      const isTheirs = marks.has(hex.encode(tags.markOf(content)));
      tags.erase();
      return isTheirs;
    }),
  )?.sessionId;
  if (sessionId === undefined) return;
  const nowMs = clock.nowMs();
  await profile.transact(async (transaction) => {
    const known = [...profile.farSketches.values()];
    for (const record of known.filter((one) => one.expiresAtMs <= nowMs)) {
      transaction.remove(record);
    }
    const live = known.filter((one) => one.expiresAtMs > nowMs && one.sessionId !== sessionId);
    const surplus = Math.max(0, live.length + 1 - MAX_FAR_SKETCHES);
    const oldest = live.toSorted((a, b) => a.createdAtMs - b.createdAtMs).slice(0, surplus);
    for (const record of oldest) transaction.remove(record);
    const before = profile.farSketches.get(sessionId);
    // An old stick that turns up later knows less.
    if (before !== undefined && before.createdAtMs > createdMs) return ok(undefined);
    transaction.put({
      type: 'farSketch',
      sessionId,
      createdAtMs: Math.max(0, Math.floor(createdMs)),
      // Nothing that it tells of lives longer.
      expiresAtMs: Math.max(0, Math.floor(Math.min(expiresMs, nowMs + PARCEL_LIFE_MS))),
      salt: sketch.salt.slice(),
      count: sketch.count,
      symbols: sketch.symbols.slice(0, 16 * MAX_FAR_SYMBOLS),
    });
    return ok(undefined);
  });
}

/** What this contact's node is known to hold; `undefined` when nothing is known, or not any more. */
export function farSketchOf(
  profile: Profile,
  sessionId: SessionId,
  nowMs: number,
): SketchRecord | undefined {
  const record = profile.farSketches.get(sessionId);
  if (record === undefined || record.expiresAtMs <= nowMs) return undefined;
  const { count, salt, symbols } = record;
  return { kind: 'sketch', salt, count, symbols };
}

/** Deletes what is over. */
export async function forgetFarSketches(profile: Profile, nowMs: number): Promise<void> {
  const isOver = ({ expiresAtMs }: FarSketchRecord): boolean => expiresAtMs <= nowMs;
  if (![...profile.farSketches.values()].some(isOver)) return;
  await profile.transact(async (transaction) => {
    for (const record of profile.farSketches.values()) {
      if (isOver(record)) transaction.remove(record);
    }
    return ok(undefined);
  });
}

/** What the mark is bound to: nobody can put another sketch beside it. */
function contentOf({ count, salt, symbols }: SketchRecord): Uint8Array {
  return concatBytes(salt, uint32ToBytes(count), symbols);
}

/** As many as a bundle has places for contacts (PIP-1004 §3). */
const MARKS = 16;
const MARK_BYTES = 32;
const VERSION = Uint8Array.of(1);
/** 1 MiB in memory and on disk. */
const MAX_FAR_SKETCHES = 64;
const PARCEL_LIFE_MS = 14 * 86_400_000;
