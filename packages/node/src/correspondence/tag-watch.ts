import { hex } from '@pars/base';
import type { Suite } from '@pars/crypto';
import type { WantedTags } from '@pars/mesh';
import { createTagSequence, oppositeRole, type SessionId, type TagSequence } from '@pars/session';
import type { CorrespondenceLane, CorrespondenceRecord } from '../profile/records.ts';
import { daysToLookFor, numbersToLookFor } from './lane.ts';

/** Whose parcel a tag announces, and which one. */
export interface TagPlace {
  readonly sessionId: SessionId;
  /** Tells the lane within its record. */
  readonly secret: CorrespondenceLane['secret'];
  readonly tags: TagSequence;
  readonly tag: Uint8Array;
  readonly day: number;
  readonly number: number;
}

/**
 * The tags that this person waits for: at most 17 days of 16 for a contact
 * that behaves, and of 256 for one that does not (PIP-5000 §12).
 */
export interface TagWatch {
  find(tag: Uint8Array): TagPlace | undefined;
  /** All places of a contact. */
  placesOf(sessionId: SessionId): readonly TagPlace[];
  /** All tags by the day on which their parcels expire. */
  wanted(): WantedTags;
  /** Brings the tags of a contact up to date with its record. */
  refresh(record: CorrespondenceRecord, nowMs: number): void;
  /** Watches for nothing any more, and erases the keys. */
  clear(): void;
}

/** Watches for nothing yet. */
export function createTagWatch(suite: Pick<Suite, 'symmetric'>): TagWatch {
  const placeByTag = new Map<string, TagPlace>();
  const lanesByContact = new Map<SessionId, Map<CorrespondenceLane['secret'], WatchedLane>>();

  function refreshLane(
    sessionId: SessionId,
    lane: CorrespondenceLane,
    watched: WatchedLane,
    nowMs: number,
  ): void {
    const days = daysToLookFor(nowMs);
    for (const [day, tagByNumber] of watched.tagsByDay) {
      if (days.includes(day)) continue;
      for (const tag of tagByNumber.values()) placeByTag.delete(tag);
      watched.tagsByDay.delete(day);
    }
    for (const day of days) {
      const numbers = new Set(numbersToLookFor(lane, day));
      const tagByNumber = watched.tagsByDay.get(day) ?? new Map<number, string>();
      watched.tagsByDay.set(day, tagByNumber);
      for (const [number, tag] of tagByNumber) {
        if (numbers.has(number)) continue;
        placeByTag.delete(tag);
        tagByNumber.delete(number);
      }
      for (const number of numbers) {
        if (tagByNumber.has(number)) continue;
        const tag = watched.tags.tagOf(day, number);
        const key = hex.encode(tag);
        tagByNumber.set(number, key);
        const { secret } = lane;
        placeByTag.set(key, { sessionId, secret, tags: watched.tags, tag, day, number });
      }
    }
  }

  return {
    find: (tag) => placeByTag.get(hex.encode(tag)),
    placesOf: (sessionId) =>
      [...(lanesByContact.get(sessionId)?.values() ?? [])]
        .flatMap(({ tagsByDay }) => [...tagsByDay.values()])
        .flatMap((tagByNumber) => [...tagByNumber.values()])
        .flatMap((tag) => placeByTag.get(tag) ?? []),
    wanted() {
      const tagsByDay = new Map<number, Uint8Array[]>();
      for (const { day, tag } of placeByTag.values()) {
        const tags = tagsByDay.get(day);
        if (tags === undefined) tagsByDay.set(day, [tag]);
        else tags.push(tag);
      }
      return tagsByDay;
    },
    refresh({ lanes, sessionId }, nowMs) {
      const known =
        lanesByContact.get(sessionId) ?? new Map<CorrespondenceLane['secret'], WatchedLane>();
      lanesByContact.set(sessionId, known);
      const current = new Set(lanes.map(({ secret }) => secret));
      for (const [secret, watched] of known) {
        if (current.has(secret)) continue;
        forgetLane(watched, placeByTag);
        watched.tags.erase();
        known.delete(secret);
      }
      for (const lane of lanes) {
        const watched = known.get(lane.secret) ?? {
          tags: createTagSequence(suite, lane.secret, oppositeRole(lane.role)),
          tagsByDay: new Map(),
        };
        known.set(lane.secret, watched);
        refreshLane(sessionId, lane, watched, nowMs);
      }
    },
    clear() {
      for (const lanes of lanesByContact.values()) {
        for (const { tags } of lanes.values()) tags.erase();
      }
      lanesByContact.clear();
      placeByTag.clear();
    },
  };
}

interface WatchedLane {
  readonly tags: TagSequence;
  readonly tagsByDay: Map<number, Map<number, string>>;
}

function forgetLane(watched: WatchedLane, placeByTag: Map<string, TagPlace>): void {
  for (const tagByNumber of watched.tagsByDay.values()) {
    for (const tag of tagByNumber.values()) placeByTag.delete(tag);
  }
}
