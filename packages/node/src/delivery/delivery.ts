import type { Cancel } from '@pars/base';
import type { SessionId } from '@pars/session';
import type { NodeEngineDeps } from '../engine-deps.ts';
import type { EventHub } from '../event-hub.ts';
import type { Profile } from '../profile/profile.ts';
import { type ContactRecord, type OutgoingRecord, recordKey } from '../profile/records.ts';
import { linkTo } from '../protocols/protocol-client.ts';
import type { TaskSet } from '../task-set.ts';
import { presentIntroduction } from './introducer.ts';
import { createLetterSender } from './letter-sender.ts';

/** Brings what waits to the contacts of one profile, again and again, until it is there (PIP-5000 §10). */
export interface Delivery {
  /** Something waits for this contact: try now. */
  kick(sessionId: SessionId): void;
  /** Try now for everybody for whom something waits. */
  kickAll(): void;
  /** Gives up on letters that waited for 14 days. */
  expire(): Promise<void>;
  /** Milliseconds for which the recipient's node is trusted to bring the receipt of this letter; 0 for none. */
  heldForMs(outgoing: OutgoingRecord): number;
}

/** Starts delivering. It stops when the profile is closed. */
export function createDelivery(
  deps: NodeEngineDeps & { readonly events: EventHub; readonly tasks: TaskSet },
  profile: Profile,
): Delivery {
  const { clock, log, mesh, random, scheduler, tasks } = deps;
  const sender = createLetterSender(deps, profile);
  const lineByContact = new Map<SessionId, Line>();
  /** Until when a letter that is held is not sent again, in monotonic milliseconds. */
  const heldUntilByKey = new Map<string, number>();
  let runningCount = 0;
  let cancelPoll: Cancel | undefined;
  let linkedNodes: ReadonlySet<string> = new Set();

  profile.signal.addEventListener('abort', () => {
    cancelPoll?.();
    for (const line of lineByContact.values()) line.cancelTimer?.();
    lineByContact.clear();
    heldUntilByKey.clear();
  });

  function kick(sessionId: SessionId): void {
    if (profile.signal.aborted) return;
    const line = lineByContact.get(sessionId) ?? createLine();
    lineByContact.set(sessionId, line);
    line.cancelTimer?.();
    line.cancelTimer = undefined;
    line.due = true;
    watchLinks();
    startDueLines();
  }

  function kickAll(): void {
    const waiting = new Set([...profile.outgoing.values()].map(({ to }) => to));
    for (const contact of profile.contacts.values()) {
      if (!contact.confirmed) waiting.add(contact.sessionId);
    }
    for (const sessionId of waiting) kick(sessionId);
  }

  function startDueLines(): void {
    for (const [sessionId, line] of lineByContact) {
      if (runningCount >= MAX_PARALLEL) return;
      if (!line.due || line.running) continue;
      line.due = false;
      line.running = true;
      runningCount += 1;
      tasks.start('node/delivery-failed', async () => {
        try {
          await runLine(sessionId, line);
        } catch (error) {
          // A store that fails now may work later; what waits is still there.
          scheduleRetry(sessionId, line);
          throw error;
        } finally {
          line.running = false;
          runningCount -= 1;
          startDueLines();
        }
      });
    }
  }

  async function runLine(sessionId: SessionId, line: Line): Promise<void> {
    const outcome = await deliverTo(sessionId);
    if (profile.signal.aborted || line.due) return;
    if (outcome === 'finished') lineByContact.delete(sessionId);
    else if (outcome === 'retry') scheduleRetry(sessionId, line);
    else scheduleAsking(sessionId, line);
  }

  /** Everything is there: the receipts come, or are asked for. */
  function scheduleAsking(sessionId: SessionId, line: Line): void {
    const waits = [...profile.outgoing.values()]
      .filter(({ to }) => to === sessionId)
      .map((outgoing) => heldForMs(outgoing));
    line.attempts = 0;
    startLater(line, Math.max(LEAST_WAIT_MS, Math.min(HELD_MS, ...waits)));
  }

  function heldForMs(outgoing: OutgoingRecord): number {
    const untilMs = heldUntilByKey.get(recordKey(outgoing)) ?? 0;
    return Math.max(0, untilMs - clock.monotonicMs());
  }

  function scheduleRetry(sessionId: SessionId, line: Line): void {
    if (profile.signal.aborted) return;
    const patienceMs = RETRY_MS[Math.min(line.attempts, RETRY_MS.length - 1)] ?? 300_000;
    // The node is there, so its person may come back at any moment.
    const baseMs = isLinked(sessionId) ? Math.min(patienceMs, LINKED_RETRY_MS) : patienceMs;
    line.attempts += 1;
    startLater(line, varied(baseMs));
  }

  function startLater(line: Line, delayMs: number): void {
    line.cancelTimer?.();
    line.cancelTimer = scheduler.schedule(delayMs, () => {
      line.cancelTimer = undefined;
      line.due = true;
      startDueLines();
    });
  }

  function isLinked(sessionId: SessionId): boolean {
    const nodeId = profile.contacts.get(sessionId)?.endpoint.nodeId;
    return mesh.peers().some((peer) => peer.nodeId === nodeId);
  }

  /** `held`: all that waits is at the contact's node, and only receipts are missing. */
  async function deliverTo(sessionId: SessionId): Promise<'finished' | 'retry' | 'held'> {
    const contact = profile.contacts.get(sessionId);
    if (contact === undefined) return 'finished';
    forgetSettled();
    // A crash that takes back the contact must not leave letters behind at theirs.
    if (!profile.isRecordDurable(contact)) return 'retry';
    if (contact.confirmed && !mine(sessionId).some((outgoing) => heldForMs(outgoing) === 0)) {
      return mine(sessionId).length === 0 ? 'finished' : 'held';
    }
    const link = await linkTo(mesh, contact.endpoint, profile.signal);
    if (!link.ok) {
      log.write('debug', 'node/contact-unreachable', { code: link.error.code });
      return 'retry';
    }
    if (!contact.confirmed) {
      const introduced = await presentIntroduction(deps, profile, sessionId, link.value);
      if (!introduced.ok) {
        log.write('info', 'node/introduction-waits', { code: introduced.error.code });
        return 'retry';
      }
    }
    let isLeft = false;
    for (const outgoing of mine(sessionId)) {
      if (profile.signal.aborted) return 'retry';
      if (heldForMs(outgoing) > 0) continue;
      // The private half of what this card offers must not be lost.
      if (outgoing.sequence === 0 && !isCardDurable()) {
        isLeft = true;
        continue;
      }
      // A receipt may have come in a parcel.
      if (!profile.outgoing.has(recordKey(outgoing))) continue;
      // The receipt of an earlier letter, or a new card, may have changed the contact.
      const current: ContactRecord = profile.contacts.get(sessionId) ?? contact;
      const outcome = await sender.send(outgoing, current, link.value);
      if (outcome === 'wait') return 'retry';
      if (outcome === 'held') {
        heldUntilByKey.set(recordKey(outgoing), clock.monotonicMs() + HELD_MS);
      }
    }
    if (isLeft) return 'retry';
    return mine(sessionId).length === 0 ? 'finished' : 'held';
  }

  /** What waits for this contact, oldest first. */
  function mine(sessionId: SessionId): readonly OutgoingRecord[] {
    return [...profile.outgoing.values()].filter(({ to }) => to === sessionId);
  }

  function isCardDurable(): boolean {
    const newest = profile.prekeys.at(-1);
    return newest === undefined || profile.isRecordDurable(newest);
  }

  function forgetSettled(): void {
    for (const key of heldUntilByKey.keys()) {
      if (!profile.outgoing.has(key)) heldUntilByKey.delete(key);
    }
  }

  /** Links come up without a word: while something waits, look who is there. */
  function watchLinks(): void {
    if (cancelPoll !== undefined || lineByContact.size === 0 || profile.signal.aborted) return;
    cancelPoll = scheduler.schedule(LINK_POLL_MS, () => {
      cancelPoll = undefined;
      const nowLinked = new Set(mesh.peers().map(({ nodeId }): string => nodeId));
      for (const sessionId of [...lineByContact.keys()]) {
        const nodeId = profile.contacts.get(sessionId)?.endpoint.nodeId;
        const isNew = nodeId !== undefined && nowLinked.has(nodeId) && !linkedNodes.has(nodeId);
        if (isNew) kick(sessionId);
      }
      linkedNodes = nowLinked;
      watchLinks();
    });
  }

  function varied(baseMs: number): number {
    const [byte = 0] = random.bytes(1);
    return Math.round(baseMs * (0.8 + (0.4 * byte) / 255));
  }

  return { kick, kickAll, expire: sender.expire, heldForMs };
}

/** What is known about trying for one contact. */
interface Line {
  attempts: number;
  /** Asked to run, and not started since. */
  due: boolean;
  running: boolean;
  cancelTimer: Cancel | undefined;
}

function createLine(): Line {
  return { attempts: 0, due: false, running: false, cancelTimer: undefined };
}

const RETRY_MS: readonly number[] = [
  1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000, 120_000, 300_000,
];
/** Longest wait while a link to the contact's node is open. */
const LINKED_RETRY_MS = 30_000;
const LINK_POLL_MS = 2_000;
const MAX_PARALLEL = 8;
/** How long a node that holds a letter may take to bring its receipt before it is asked. */
const HELD_MS = 120_000;
const LEAST_WAIT_MS = 1_000;
