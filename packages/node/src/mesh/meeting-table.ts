import type { MeshMeeting } from '@pars/api';
import {
  type Cancel,
  type ClockDep,
  err,
  type Failure,
  hex,
  ok,
  type RandomDep,
  type Result,
  type SchedulerDep,
} from '@pars/base';
import {
  type LinkPeer,
  meshErr,
  type RtcAnswer,
  type RtcMeetings,
  type RtcOffer,
} from '@pars/mesh';

/**
 * The meetings over WebRTC that were begun through the API (PIP-1000 §10). Each
 * belongs to one connection and ends with it; few are open, and none for long.
 */
export interface MeetingTable {
  /** Codes: those of `RtcMeetings.offer`. */
  offer(owner: AbortSignal): Promise<Result<MeshMeeting, Failure>>;
  /** Codes: those of `RtcMeetings.answer`. */
  answer(offerText: string, owner: AbortSignal): Promise<Result<MeshMeeting, Failure>>;
  /**
   * Takes the answer to an offer and makes the link: at most 40 s. After
   * `mesh/bad-signal` and `mesh/signal-mismatch` the offer stays good. Codes:
   * `node/no-meeting`, and those of `RtcOffer.accept`.
   */
  finish(meetingId: string, answerText: string): Promise<Result<LinkPeer, Failure>>;
  /**
   * Waits until whoever made the offer has used the answer: ten minutes at
   * most. Codes: `node/no-meeting`, and those of `RtcAnswer.link`.
   */
  wait(meetingId: string): Promise<Result<LinkPeer, Failure>>;
  /** Gives up; a link that is up stays. */
  cancel(meetingId: string): void;
}

/** An empty table; `stopping` ends all. */
export function createMeetingTable(
  deps: ClockDep & RandomDep & SchedulerDep & { readonly meetings: RtcMeetings },
  stopping: AbortSignal,
): MeetingTable {
  const { clock, meetings, random, scheduler } = deps;
  const openById = new Map<string, Open>();
  let beginningCount = 0;

  async function begin(
    owner: AbortSignal,
    create: (signal: AbortSignal) => Promise<Result<Side, Failure>>,
  ): Promise<Result<MeshMeeting, Failure>> {
    if (openById.size + beginningCount >= MAX_OPEN) return meshErr('mesh/too-many-signals');
    const ended = new AbortController();
    const onOver = (): void => ended.abort();
    const owners = [owner, stopping];
    for (const one of owners) {
      one.addEventListener('abort', onOver);
      if (one.aborted) onOver();
    }
    const expiresAtMs = clock.nowMs() + SIGNAL_LIFE_MS;
    beginningCount += 1;
    const begun = await create(ended.signal).finally(() => {
      beginningCount -= 1;
    });
    const forgetOwners = (): void => {
      for (const one of owners) one.removeEventListener('abort', onOver);
    };
    if (!begun.ok) {
      forgetOwners();
      return begun;
    }
    const meetingId = hex.encode(random.bytes(16));
    const side = begun.value;
    // Longer than the texts are good for, so that whoever comes too late is told that.
    const cancelTimer = scheduler.schedule(2 * SIGNAL_LIFE_MS, () => end(meetingId));
    openById.set(meetingId, { side, ended, forgetOwners, cancelTimer });
    if (ended.signal.aborted) {
      end(meetingId);
      return meshErr('mesh/aborted');
    }
    ended.signal.addEventListener('abort', () => end(meetingId));
    return ok({ meetingId, text: side.meeting.text, expiresAtMs });
  }

  function end(meetingId: string): void {
    const open = openById.get(meetingId);
    if (open === undefined) return;
    openById.delete(meetingId);
    open.cancelTimer();
    open.forgetOwners();
    open.ended.abort();
    open.side.meeting[Symbol.dispose]();
  }

  return {
    offer: (owner) =>
      begin(owner, async (signal) => {
        const offer = await meetings.offer(signal);
        return offer.ok ? ok({ kind: 'offer', meeting: offer.value }) : offer;
      }),
    answer: (offerText, owner) =>
      begin(owner, async (signal) => {
        const answer = await meetings.answer(offerText, signal);
        return answer.ok ? ok({ kind: 'answer', meeting: answer.value }) : answer;
      }),
    async finish(meetingId, answerText) {
      const open = openById.get(meetingId);
      if (open?.side.kind !== 'offer') return err('node/no-meeting');
      const linked = await open.side.meeting.accept(answerText, open.ended.signal);
      if (linked.ok || !STAYS_GOOD.has(linked.error.code)) end(meetingId);
      return linked;
    },
    async wait(meetingId) {
      const open = openById.get(meetingId);
      if (open?.side.kind !== 'answer') return err('node/no-meeting');
      const linked = await open.side.meeting.link;
      end(meetingId);
      return linked;
    },
    cancel: end,
  };
}

type Side =
  | { readonly kind: 'offer'; readonly meeting: RtcOffer }
  | { readonly kind: 'answer'; readonly meeting: RtcAnswer };

interface Open {
  readonly side: Side;
  readonly ended: AbortController;
  readonly forgetOwners: () => void;
  readonly cancelTimer: Cancel;
}

/** What was handed over is not the answer; the answer may still come. */
const STAYS_GOOD: ReadonlySet<string> = new Set([
  'mesh/bad-signal',
  'mesh/self-dial',
  'mesh/signal-mismatch',
  'mesh/signal-replayed',
  'mesh/unknown-version',
]);
/** As long as the texts are good (PIP-1000 §10.2). */
const SIGNAL_LIFE_MS = 600_000;
/** Those under way, of which there are at most 8, and those that are too old. */
const MAX_OPEN = 16;
