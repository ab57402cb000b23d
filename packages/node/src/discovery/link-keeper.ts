import type { Cancel, Clock, Log, Metrics, Random, Scheduler } from '@pars/base';
import {
  type BookEntry,
  bestSource,
  entryAddresses,
  type KeyFingerprint,
  linkAddressFromText,
  type MeshHost,
  networkGroup,
  type PeerBook,
} from '@pars/mesh';
import type { TaskSet } from '../task-set.ts';
import type { Dialler } from './dialler.ts';
import type { LinkedNodes } from './linked-nodes.ts';

/** Keeps so many links that this node opened, and opens others for those that go (PIP-1005 §13). */
export interface LinkKeeper {
  /** A node of the local network was found: it is dialled soon, by whose fingerprint is the smaller. */
  foundOnLan(addresses: readonly string[]): void;
  /** A link that was opened only to ask something; it is dropped when it was not needed for a while. */
  notePassing(fingerprint: KeyFingerprint): void;
  /** A link went down. */
  lost(fingerprint: KeyFingerprint): void;
  /** Looks at once. */
  look(): void;
  /** The links that count towards the target. */
  kept(): number;
  setMetered(isMetered: boolean): void;
}

/** Runs until the signal is aborted. */
export function startLinkKeeper(
  deps: {
    readonly mesh: MeshHost;
    readonly clock: Clock;
    readonly scheduler: Scheduler;
    readonly random: Random;
    readonly log: Log;
    readonly metrics: Metrics;
    readonly tasks: TaskSet;
    readonly linked: LinkedNodes;
    readonly dialler: Dialler;
    readonly book: PeerBook;
    readonly own: KeyFingerprint;
    /** The machine slept, or was stopped: what was known of links is doubtful. */
    readonly onResume: () => void;
    /** After each look. */
    readonly onLook: () => void;
  },
  options: { readonly target: number; readonly isMetered: boolean },
  signal: AbortSignal,
): LinkKeeper {
  const { book, clock, dialler, linked, log, mesh, metrics, scheduler, tasks } = deps;
  const kept = new Set<KeyFingerprint>();
  const lan = new Set<KeyFingerprint>();
  const dialling = new Set<KeyFingerprint>();
  const diallingOnLan = new Set<KeyFingerprint>();
  /** When links were opened that are only passed through. */
  const passingSince = new Map<KeyFingerprint, number>();
  let isMetered = options.isMetered;
  let cancelLook: Cancel | undefined;
  let lastWallMs = clock.nowMs();
  let lastMonotonicMs = clock.monotonicMs();
  let lanDials = 0;

  function live(links: ReadonlySet<KeyFingerprint>): number {
    return [...links].filter((fingerprint) => linked.get(fingerprint) !== undefined).length;
  }

  function look(): void {
    if (signal.aborted) return;
    cancelLook?.();
    noticeSleep();
    lanDials = 0;
    let isHopeful = false;
    const target = isMetered ? Math.ceil(options.target / 2) : options.target;
    const missing = target - live(kept) - (dialling.size - diallingOnLan.size);
    if (missing > 0) {
      const networks = new Set(
        [...kept].flatMap((one) => {
          const route = dialler.routeOf(one);
          return route === undefined ? [] : [networkGroup(route)];
        }),
      );
      const linkedNow = new Set([...linked.all(), ...dialling, deps.own]);
      const wish = { nowMs: clock.nowMs(), count: Math.min(missing, MAX_AT_ONCE) };
      const entries = book.toDial({ ...wish, linked: linkedNow, networks });
      for (const entry of entries) start(entry);
      promotePassing(missing);
      isHopeful = entries.length > 0;
    }
    dropPassing();
    metrics.gauge('node/links-kept', live(kept));
    deps.onLook();
    const waitMs = isHopeful ? EAGER_LOOK_MS : LOOK_MS;
    cancelLook = scheduler.schedule(waitMs, look);
  }

  /** A link that is there already is as good as one that is yet to be opened. */
  function promotePassing(missing: number): void {
    for (const fingerprint of [...passingSince.keys()].slice(0, missing)) {
      passingSince.delete(fingerprint);
      if (linked.get(fingerprint) !== undefined) kept.add(fingerprint);
    }
  }

  function dropPassing(): void {
    const excess = passingSince.size - MAX_PASSING;
    for (const [at, [fingerprint, sinceMs]] of [...passingSince].entries()) {
      if (at >= excess && clock.monotonicMs() - sinceMs < PASSING_MS) continue;
      passingSince.delete(fingerprint);
      const peer = linked.get(fingerprint);
      if (peer !== undefined && !kept.has(fingerprint) && !lan.has(fingerprint))
        mesh.drop(peer.nodeId);
    }
  }

  function start(entry: BookEntry): void {
    const { fingerprint } = entry;
    if (dialling.has(fingerprint) || fingerprint === deps.own) return;
    if (bestSource(entry) === 'lan') {
      // Invented neighbours that never answer must not hold up every other dial.
      if (diallingOnLan.size >= Math.min(MAX_LAN_DIALLING, options.target - 1)) return;
      diallingOnLan.add(fingerprint);
    }
    dialling.add(fingerprint);
    tasks.start('node/dial-failed', async () => {
      try {
        await open(entry);
      } finally {
        dialling.delete(fingerprint);
        diallingOnLan.delete(fingerprint);
      }
    });
  }

  async function open(entry: BookEntry): Promise<void> {
    const { fingerprint } = entry;
    const link = await dialler.link(fingerprint, entryAddresses(entry));
    if (signal.aborted) return;
    if (!link.ok) {
      book.failed(fingerprint, clock.nowMs());
      log.write('debug', 'node/peer-unreachable', { code: link.error.code });
      return;
    }
    const { route } = link.value;
    const source = entry.routes.find((one) => one.route === route)?.source ?? bestSource(entry);
    if (route !== undefined) book.succeeded(fingerprint, route, source, clock.nowMs());
    (source === 'lan' ? lan : kept).add(fingerprint);
    passingSince.delete(fingerprint);
    look();
  }

  /** Wall clock and monotonic clock go apart in a sleep; both stand still in a stopped machine. */
  function noticeSleep(): void {
    const [wallMs, monotonicMs] = [clock.nowMs(), clock.monotonicMs()];
    const passedMs = monotonicMs - lastMonotonicMs;
    const sleptMs = Math.max(passedMs - LOOK_MS, wallMs - lastWallMs - passedMs);
    lastWallMs = wallMs;
    lastMonotonicMs = monotonicMs;
    if (sleptMs < SLEEP_MS) return;
    log.write('info', 'node/resumed');
    book.forgive();
    deps.onResume();
  }

  function dialOnLan(fingerprint: KeyFingerprint): void {
    const entry = book.get(fingerprint);
    if (signal.aborted || entry === undefined || linked.get(fingerprint) !== undefined) return;
    if (live(lan) >= MAX_LAN) return;
    start(entry);
  }

  signal.addEventListener('abort', () => cancelLook?.(), { once: true });
  cancelLook = scheduler.schedule(0, look);
  return {
    foundOnLan(addresses) {
      const fingerprints = new Set<KeyFingerprint>();
      // The latest word about a node comes first in the book.
      for (const address of addresses.slice(0, MAX_LAN_ADDRESSES).toReversed()) {
        const read = linkAddressFromText(address);
        const fingerprint = read.ok ? read.value.fingerprint : undefined;
        if (fingerprint === undefined || fingerprint === deps.own) continue;
        if (book.note(address, 'lan', clock.nowMs()).ok) fingerprints.add(fingerprint);
      }
      for (const fingerprint of fingerprints) {
        // A neighbour who announces a thousand nodes has us dial few of them.
        if (lanDials >= MAX_LAN_DIALS) return;
        lanDials += 1;
        const waitMs = deps.own < fingerprint ? 0 : LAN_WAITS_MS;
        scheduler.schedule(waitMs, () => dialOnLan(fingerprint));
      }
    },
    notePassing(fingerprint) {
      if (!kept.has(fingerprint) && !lan.has(fingerprint)) {
        passingSince.set(fingerprint, clock.monotonicMs());
      }
    },
    lost(fingerprint) {
      kept.delete(fingerprint);
      lan.delete(fingerprint);
      passingSince.delete(fingerprint);
    },
    look,
    kept: () => live(kept),
    setMetered(is) {
      isMetered = is;
      look();
    },
  };
}

/** Dials that one look begins. */
const MAX_AT_ONCE = 4;
const LOOK_MS = 15_000;
/** While links are missing and there is somebody to dial. */
const EAGER_LOOK_MS = 3_000;
/** What is no sleep: a busy machine, a corrected clock. */
const SLEEP_MS = 60_000;
const MAX_PASSING = 64;
const PASSING_MS = 120_000;
const MAX_LAN = 16;
const MAX_LAN_ADDRESSES = 8;
/** At a time: less than a dialler can. */
const MAX_LAN_DIALLING = 8;
/** Between two looks. */
const MAX_LAN_DIALS = 32;
/** Both sides find each other at the same time; one of them dials first. */
const LAN_WAITS_MS = 700;
