import type { Cancel, Clock, Log, Metrics, Random, Scheduler } from '@pars/base';
import type { Suite } from '@pars/crypto';
import {
  createMailboxFetch,
  createMailboxPost,
  type FetchMode,
  type FetchRate,
  type KeeperId,
  keeperName,
  type MailboxNetwork,
  type MeshHost,
  mailboxShard,
  maxKeeperMessage,
  type Parcel,
  type ParcelId,
  type ParcelState,
  type PostEffect,
  parcelFromBytes,
  parcelIds,
  type ShardDay,
  type WantedTags,
} from '@pars/mesh';
import type { Carrier } from '../carrier/carrier.ts';
import { followLinks } from '../discovery/linked-nodes.ts';
import { codeOf, type TaskSet } from '../task-set.ts';
import {
  createKeeperPlaces,
  type KeeperContact,
  type KeeperDirectory,
} from './keeper-directory.ts';
import { askKeeper, type ExchangeDeps, linkToKeeper } from './keeper-exchange.ts';

/** What fetching and delivering take. */
export interface MailboxClientDeps {
  readonly suite: Suite;
  readonly mesh: MeshHost;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tasks: TaskSet;
  readonly carrier: Carrier;
  readonly network: MailboxNetwork;
  readonly directory: KeeperDirectory;
  /** Fingerprint of the own node key, 32 bytes: also the key of this node's mailbox (PIP-1006 §3). */
  readonly ownId: KeeperId;
}

/** How a client is run. */
export interface MailboxClientOptions {
  /** How often keepers are visited: a setting of the owner that no profile changes. Default `normal`. */
  readonly rate?: () => FetchRate;
}

/** How far a parcel is on its way to its keepers. */
export interface ParcelProgress {
  readonly id: ParcelId;
  readonly state: ParcelState;
}

/** The mailbox of a node: what waits for it is fetched, what it sends is brought to others (PIP-1006). */
export interface MailboxClient {
  /** `own` while a profile is open, `dummies` while none is. Nothing on the wire changes with it. */
  setMode(mode: FetchMode): void;
  /** The tags that the open profile waits for now, in the place of those before. */
  setWanted(tags: WantedTags): void;
  /**
   * Brings a parcel to its keepers, and goes on until there are enough copies or
   * its time is over. It has to lie in the store of the carrier. Twice, or after
   * a restart, changes nothing. False when too many are on their way.
   */
  deliver(parcel: Parcel): boolean;
  /** Copies that there are to be of a parcel, by its priority. */
  readonly copies: MailboxNetwork['mailbox']['copies'];
  /** How far it is, while it is followed; also what was proven while nobody listened. */
  stateOf(id: ParcelId): ParcelState | undefined;
  /** The recipient has it, its sender took it back, or its copies are enough: nothing more is done. */
  withdraw(id: ParcelId): void;
  /** Calls `listener` whenever a delivered parcel is in another state, until the returned function is called. */
  onProgress(listener: (progress: ParcelProgress) => void): () => void;
  /**
   * Calls `listener` with each fetched parcel that the store did not take, wanted or
   * not, until the returned function is called: for who reads what is his although the store is full.
   */
  onNotKept(listener: (parcel: Parcel) => void): () => void;
}

/** Starts visiting keepers at once and for good: in every mode, until the signal aborts. */
export function startMailboxClient(
  deps: MailboxClientDeps,
  options: MailboxClientOptions,
  signal: AbortSignal,
): MailboxClient {
  const { carrier, clock, log, metrics, network, ownId, random, scheduler, tasks } = deps;
  const { rate = () => 'normal' } = options;
  const { symmetric } = deps.suite;
  const { intervalMs, visits } = network.mailbox;
  const linked = followLinks({ mesh: deps.mesh, symmetric }, () => undefined, signal);
  const exchange: ExchangeDeps = { symmetric, mesh: deps.mesh, scheduler, linked };
  const places = createKeeperPlaces({ ...deps, symmetric, nowMs: () => clock.monotonicMs() });
  const shardOf = (day: number) => mailboxShard(symmetric, ownId, day, network.shardBits);
  const fetch = createMailboxFetch({ symmetric, network, random, shardOf });
  const post = createMailboxPost(
    { symmetric, network, random },
    { answerMs: ANSWER_MS, maxParcels: MAX_UNDER_WAY },
  );
  const contactByName = new Map<string, KeeperContact>();
  const listeners = createListeners<ParcelProgress>();
  const notKeptListeners = createListeners<Parcel>();
  let cancelVisit: Cancel | undefined;
  let cancelPost: Cancel | undefined;
  let hurryFromMs = 0;
  let isPosting = false;
  let isVisiting = false;

  const stopListening = deps.mesh.onLink(({ type }) => {
    // Whoever was nowhere is somewhere again: an hour's patience would outlast many a short stay.
    if (type !== 'up' || deps.mesh.peers().length > 1 || clock.monotonicMs() < hurryFromMs) return;
    hurryFromMs = clock.monotonicMs() + LEAST_HURRY_MS;
    post.hurry(clock.nowMs());
    postSoon();
  });
  signal.addEventListener('abort', () => {
    stopListening();
    cancelVisit?.();
    cancelPost?.();
    fetch.setMode('dummies');
  });
  // A moment that says nothing about when the node started, or about other nodes.
  visitAt(clock.monotonicMs() + slotMs() * drawn());

  function slotMs(): number {
    return intervalMs / visits[rate()];
  }

  function drawn(): number {
    return new DataView(random.bytes(4).buffer).getUint32(0) / 2 ** 32;
  }

  function visitAt(atMs: number): void {
    if (signal.aborted) return;
    cancelVisit = scheduler.schedule(Math.max(0, atMs - clock.monotonicMs()), () => {
      // After a sleep of the machine the schedule begins anew; nothing is made up for.
      const nextMs = Math.max(atMs, clock.monotonicMs() - slotMs()) + slotMs();
      visitAt(nextMs);
      if (isVisiting) return;
      isVisiting = true;
      tasks.start('node/mailbox-visit-failed', async () => {
        try {
          await visit(clock.monotonicMs());
        } finally {
          isVisiting = false;
        }
      });
    });
  }

  /**
   * Everything that takes longer with more to want is done before the moment of sending,
   * which is fixed.
   */
  async function visit(beginMs: number): Promise<void> {
    const shardDay = fetch.nextVisit(clock.nowMs());
    const names = note(await places.othersAt(shardDay));
    const question = fetch.ask(shardDay, names, clock.nowMs());
    if (question === undefined) return;
    const { keeper, message } = question;
    const contact = contactByName.get(keeper);
    const link = contact && (await linkToKeeper(exchange, contact, signal));
    if (link?.ok !== true) return fetch.failed(keeper, clock.nowMs());
    await scheduler.sleep(Math.max(0, beginMs + SEND_AFTER_MS - clock.monotonicMs()), signal);
    const answer = await askKeeper(exchange, link.value, message, ANSWER_BYTES, signal);
    if (signal.aborted) return;
    if (!answer.ok) return fetch.failed(keeper, clock.nowMs());
    metrics.count('node/mailbox-visits');
    for (const effect of fetch.receive(keeper, answer.value, clock.nowMs())) {
      if (effect.kind === 'fetched') await keep(effect.parcel, link.value.nodeId);
      else log.write('info', 'node/keeper-avoided', { code: effect.failure.code });
    }
  }

  /** What is wanted and what is not go the same way, so that the store tells nothing either. */
  async function keep(parcel: Parcel, source: string): Promise<void> {
    metrics.count('node/mailbox-fetched');
    const kept = await (await carrier.open()).put(parcel.bytes, source);
    if (kept.ok) return;
    fetch.notKept(parcel);
    notKeptListeners.tell(parcel, log);
  }

  function note(contacts: readonly KeeperContact[]): readonly string[] {
    return contacts.map((contact) => {
      const name = keeperName(contact.id);
      const [oldest] = contactByName.keys();
      if (oldest !== undefined && contactByName.size >= MAX_CONTACTS) contactByName.delete(oldest);
      contactByName.delete(name);
      contactByName.set(name, contact);
      return name;
    });
  }

  /** Looks at the post when something is due there. */
  function postSoon(): void {
    cancelPost?.();
    if (signal.aborted || isPosting) return;
    // What waits for its turn is due, and begins when another has ended.
    const leastMs = post.isFull ? BUSY_MS : 0;
    const delayMs = Math.min(Math.max(leastMs, post.nextDueMs - clock.nowMs()), LONGEST_WAIT_MS);
    cancelPost = scheduler.schedule(delayMs, () => {
      isPosting = true;
      tasks.start('node/mailbox-post-failed', async () => {
        try {
          await postNow();
        } finally {
          isPosting = false;
          postSoon();
        }
      });
    });
  }

  async function postNow(): Promise<void> {
    const { effects, posts } = post.due(clock.nowMs());
    perform(effects);
    perform(post.tick(clock.nowMs()));
    for (const { parcel, shardDay } of posts) {
      if (signal.aborted || post.isFull) return;
      const known = await contactsAt(shardDay);
      const id = parcelIds.fromText(parcel);
      const bytes = id.ok ? await (await carrier.open()).get(id.value) : undefined;
      const read = bytes && parcelFromBytes(symmetric, network, bytes);
      perform(post.begin(parcel, read?.ok === true ? read.value : undefined, known, clock.nowMs()));
    }
  }

  async function contactsAt(shardDay: ShardDay): Promise<readonly KeeperId[]> {
    const contacts = await places.othersAt(shardDay);
    note(contacts);
    return contacts.map(({ id }) => id);
  }

  function perform(effects: readonly PostEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'send':
          tasks.start('node/mailbox-post-failed', () => send(effect.keeper, effect.message));
          break;
        case 'state':
          tell(effect.parcel, effect.state);
          break;
        case 'misbehaved':
          log.write('info', 'node/keeper-avoided', { code: effect.failure.code });
      }
    }
  }

  async function send(keeper: string, message: Uint8Array): Promise<void> {
    const contact = contactByName.get(keeper);
    const link = contact && (await linkToKeeper(exchange, contact, signal));
    const answer =
      link?.ok === true
        ? await askKeeper(exchange, link.value, message, maxKeeperMessage, signal)
        : undefined;
    if (signal.aborted) return;
    const nowMs = clock.nowMs();
    perform(
      answer?.ok === true ? post.receive(keeper, answer.value, nowMs) : post.failed(keeper, nowMs),
    );
    postSoon();
  }

  function tell(parcel: string, state: ParcelState): void {
    const id = parcelIds.fromText(parcel);
    if (!id.ok) return;
    listeners.tell({ id: id.value, state }, log);
  }

  return {
    copies: network.mailbox.copies,
    setMode: (mode) => fetch.setMode(mode),
    setWanted: (tags) => fetch.setWanted(tags),
    deliver(parcel) {
      const isTaken = post.add(parcel, clock.nowMs());
      postSoon();
      return isTaken;
    },
    stateOf: (id) => post.stateOf(parcelIds.toText(id)),
    withdraw: (id) => post.remove(parcelIds.toText(id)),
    onProgress: listeners.add,
    onNotKept: notKeptListeners.add,
  };
}

/** Who is told, and cannot keep others from being told. */
function createListeners<T>() {
  const all = new Set<(value: T) => void>();
  return {
    add(listener: (value: T) => void): () => void {
      const entry = (value: T) => listener(value);
      all.add(entry);
      return () => {
        all.delete(entry);
      };
    },
    tell(value: T, log: Log): void {
      for (const listener of [...all]) {
        try {
          listener(value);
        } catch (error) {
          log.write('error', 'node/listener-failed', { code: codeOf(error) });
        }
      }
    },
  };
}

/** From the beginning of a slot to the question: choosing and dialling are done by then. */
const SEND_AFTER_MS = 3_000;
/** A keeper that has to be dialled first may take so long for its receipt. */
const ANSWER_MS = 10_000;
/** More than any answer to a visit. */
const ANSWER_BYTES = 131_072;
/** Parcels that are brought at a time: a keeper serves few streams of one node at once. */
const MAX_UNDER_WAY = 4;
const BUSY_MS = 250;
/** A link that comes and goes hurries nobody. */
const LEAST_HURRY_MS = 60_000;
const MAX_CONTACTS = 1_024;
const LONGEST_WAIT_MS = 3_600_000;
