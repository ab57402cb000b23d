import {
  type BlobStoreDep,
  base32,
  type ClockDep,
  err,
  type Failure,
  type LogDep,
  type MetricsDep,
  ok,
  ParsError,
  type RandomDep,
  type Result,
  type SchedulerDep,
  unwrap,
} from '@pars/base';
import type { HybridSignerKey, Suite } from '@pars/crypto';
import {
  type BookEntry,
  bestSource,
  checkRoute,
  compareDistance,
  contactAddresses,
  contactFromPlace,
  createFinder,
  type Endpoint,
  endpointFromRoute,
  type FinderStats,
  type KeyFingerprint,
  keyFingerprint,
  type LanBeacon,
  type LinkPeer,
  type LookupResult,
  lastingRoute,
  linkAddressFromText,
  type MeshHost,
  makeNodeRecord,
  type NodeContact,
  type NodeList,
  nodeLinkAddresses,
  nodeLinkFromText,
  openPeerBook,
  readNodeRecord,
} from '@pars/mesh';
import { codeOf, createTaskSet } from '../task-set.ts';
import { createDialler } from './dialler.ts';
import { startFindService } from './find-service.ts';
import { startLinkKeeper } from './link-keeper.ts';
import { followLinks } from './linked-nodes.ts';
import { openListShelf } from './list-shelf.ts';
import { ownEndpoints } from './own-endpoints.ts';
import { ownLinkFromAddresses } from './own-link.ts';
import { createSteadyTime } from './steady-time.ts';

/** What a node is to the mesh: how many links it keeps, and whether it answers others (PIP-1005 §13). */
export type DiscoveryRole = 'phone' | 'desktop' | 'bridge' | 'relay';

/** Links that each role keeps on its own account. */
export const linkTargets: Readonly<Record<DiscoveryRole, number>> = {
  phone: 4,
  desktop: 8,
  bridge: 16,
  relay: 64,
};

/** Everything from outside that discovery uses; it owns none of it. */
export interface DiscoveryDeps
  extends BlobStoreDep,
    ClockDep,
    LogDep,
    MetricsDep,
    RandomDep,
    SchedulerDep {
  readonly suite: Suite;
  readonly mesh: MeshHost;
  /** Whoever listens in the local network; without it nothing is announced. */
  readonly beacon?: LanBeacon;
  /** The node key: of the machine, never a person's. */
  readonly signer: HybridSignerKey;
}

/** What the creator of a node decides. */
export interface DiscoveryOptions {
  readonly role: DiscoveryRole;
  /** Public routes of this node that it cannot see itself, e.g. a forwarded port. */
  readonly announce?: readonly string[];
  /** Half the links, and no searches that only refresh. */
  readonly isMetered?: boolean;
}

/** How discovery stands. Counts only: no address, no fingerprint. */
export interface DiscoveryStatus extends FinderStats {
  readonly links: number;
  readonly kept: number;
  readonly target: number;
  readonly remembered: number;
  readonly lists: number;
  readonly lan: 'off' | 'on' | 'failed';
}

/** Nodes finding each other, and whoever is near a place (PIP-1005). */
export interface Discovery extends AsyncDisposable {
  /**
   * The nodes nearest to a place of 32 bytes that are really there, nearest
   * first, without this one: each has proven its fingerprint and answered in
   * the last 30 minutes. Asks others when that was not done lately. Codes:
   * `mesh/aborted`, `node/busy-finding`.
   */
  closestNodes(
    place: Uint8Array,
    count: number,
    signal?: AbortSignal,
  ): Promise<Result<LookupResult, Failure>>;
  /** The same from what is known now. */
  knownClosest(place: Uint8Array, count: number): readonly NodeContact[];
  /** Whether this node answers others, and is among the `count` nearest to the place as far as it knows. */
  isAmongClosest(place: Uint8Array, count: number): boolean;
  /** A link to a node that was found. Codes: `mesh/…`. */
  linkTo(contact: NodeContact): Promise<Result<LinkPeer, Failure>>;
  /** Takes a `pars://node/` link or an address with fingerprint on the owner's word, and dials it. */
  addNode(text: string): Promise<Result<LinkPeer, Failure>>;
  forgetNode(fingerprint: string): void;
  /** The link of this node's own addresses; `undefined` while it has none. */
  ownLink(): string | undefined;
  addList(text: string): Promise<Result<NodeList, Failure>>;
  removeList(key: string): Promise<boolean>;
  lists(): readonly NodeList[];
  /** What this node says of itself in bundles; `undefined` when nobody could reach it. */
  ownRecord(): Promise<Uint8Array | undefined>;
  /** Takes the record of a bundle. Codes: those of `readNodeRecord`. */
  hearRecord(bytes: Uint8Array): Promise<Result<void, Failure>>;
  book(): readonly BookEntry[];
  setMetered(isMetered: boolean): void;
  status(): DiscoveryStatus;
}

/**
 * Starts finding: serves `/pars/find/1`, keeps links, announces itself in the
 * local network. Ends with the signal or its dispose, which also keeps the
 * book. A damaged book is begun anew.
 */
export async function startDiscovery(
  deps: DiscoveryDeps,
  options: DiscoveryOptions,
  outer: AbortSignal,
): Promise<Discovery> {
  const { blobs, clock, log, mesh, random, suite } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const stop = () => stopping.abort();
  outer.addEventListener('abort', stop, { once: true });
  if (outer.aborted) stop();

  const tasks = createTaskSet(log);
  const own = keyFingerprint(suite.symmetric, deps.signer.publicKey.bytes);
  const place = bytesOf(own);
  const kept = await readKept();
  const opened = openPeerBook({ random }, kept);
  if (!opened.ok) log.write('warn', 'node/peer-book-damaged', { code: opened.error.code });
  const book = opened.ok ? opened.value : unwrap(openPeerBook({ random }));
  const shelf = await openListShelf({ suite, blobs, log });
  const steadyMs = createSteadyTime(clock);
  const isPhone = options.role === 'phone';
  const finder = createFinder(
    { random },
    { fingerprint: own, place },
    isPhone ? { refreshMs: 6 * 3_600_000, staleMs: 6 * 3_600_000 } : {},
  );
  const target = linkTargets[options.role];
  const resultByPlace = new Map<string, { readonly result: LookupResult; readonly atMs: number }>();
  let isMetered = options.isMetered === true;
  let lan: DiscoveryStatus['lan'] = 'off';
  let savedVersion = book.version;
  let savedAtMs = clock.monotonicMs();
  let tickedAtMs = Number.NEGATIVE_INFINITY;

  const linked = followLinks({ mesh, symmetric: suite.symmetric }, onDown, signal);
  const dialler = createDialler({ ...deps, linked }, isPhone ? 8 : 24, signal);
  const keeper = startLinkKeeper(
    { ...deps, tasks, linked, dialler, book, own, onResume, onLook },
    { target, isMetered },
    signal,
  );
  const service = startFindService(
    {
      ...deps,
      tasks,
      linked,
      dialler,
      finder,
      steadyMs,
      onPassing: keeper.notePassing,
      onOutcome(fingerprint, route) {
        // A link through the local network, or on the owner's word, is nothing that an answer told of.
        if (route !== undefined && !checkRoute(route, 'stranger').ok) return;
        if (route !== undefined) book.succeeded(fingerprint, route, 'answer', clock.nowMs());
        else if (book.get(fingerprint) !== undefined) book.failed(fingerprint, clock.nowMs());
      },
    },
    signal,
  );
  chooseToServe();
  noteLists();
  startBeacon();

  /** A book that cannot be read costs the memory of others, not the mesh. */
  async function readKept(): Promise<Uint8Array | undefined> {
    try {
      return await blobs.read(BOOK);
    } catch (error) {
      log.write('warn', 'node/peer-book-unreadable', { code: codeOf(error) });
      return undefined;
    }
  }

  function onDown(fingerprint: KeyFingerprint): void {
    dialler.forget(fingerprint);
    keeper.lost(fingerprint);
  }

  function noteLists(): void {
    for (const { addresses, expiresMs } of shelf.all()) {
      if (clock.nowMs() >= expiresMs) continue;
      for (const address of addresses) book.note(address, 'list', clock.nowMs());
    }
  }

  function startBeacon(): void {
    const { beacon } = deps;
    if (beacon === undefined) return;
    tasks.start('node/beacon-failed', async () => {
      const onFound = (addresses: readonly string[]) => keeper.foundOnLan(addresses);
      const started = await beacon.start({ addresses: () => mesh.addresses(), onFound }, signal);
      lan = started.ok ? 'on' : 'failed';
      if (!started.ok) log.write('warn', 'node/beacon-failed', { code: started.error.code });
    });
  }

  /** What was linked before a sleep may be gone without a word. */
  function onResume(): void {
    deps.beacon?.refresh();
    for (const peer of mesh.peers()) {
      tasks.start('node/probe-failed', async () => {
        if (!(await service.isAlive(peer)) && !signal.aborted) mesh.drop(peer.nodeId);
      });
    }
  }

  function chooseToServe(): void {
    const isServing = !isPhone && !isMetered;
    finder.serveAt(isServing ? ownEndpoints(mesh.addresses(), options.announce ?? [], finder) : []);
  }

  function onLook(): void {
    const nowMs = steadyMs();
    chooseToServe();
    if (clock.monotonicMs() - tickedAtMs >= TICK_MS && !signal.aborted) {
      tickedAtMs = clock.monotonicMs();
      if (finder.stats().known < (isPhone ? 20 : 40)) {
        hearBook(nowMs);
      }
      if (!isMetered || finder.stats().networkSize === undefined) service.pump(finder.tick(nowMs));
    }
    const isDue = clock.monotonicMs() - savedAtMs >= SAVE_MS;
    if (isDue && book.version !== savedVersion) tasks.start('node/book-not-kept', save);
  }

  /** A disk that refuses now may take it at the next time. */
  async function save(): Promise<void> {
    savedAtMs = clock.monotonicMs();
    const { version } = book;
    await blobs.replace(BOOK, book.encode());
    savedVersion = version;
  }

  /** Asking over a link that others opened proves no address: that would be asked again without end. */
  function hearBook(nowMs: number): void {
    const unproven = book.entries().filter(({ fingerprint }) => {
      const isLinked = linked.get(fingerprint) !== undefined;
      return !isLinked || dialler.routeOf(fingerprint) !== undefined;
    });
    service.pump(finder.hear(bookContacts(unproven), nowMs));
  }

  async function search(
    aim: Uint8Array,
    width: number,
    until: AbortSignal | undefined,
  ): Promise<Result<LookupResult, Failure>> {
    if (finder.stats().known < 20) {
      service.pump(finder.hear(bookContacts(book.entries()), steadyMs()));
    }
    const begun = finder.search(aim, { width });
    if (begun === undefined) return err('node/busy-finding');
    service.pump(begun.effects);
    const ended = await service.ended(begun.search, until);
    return ended === undefined ? err('mesh/aborted') : ok(ended);
  }

  async function dialByUser(addresses: readonly string[]): Promise<Result<LinkPeer, Failure>> {
    let failure: Failure = { code: 'mesh/bad-address' };
    for (const address of addresses) {
      const before = linked.all();
      const dialled = await mesh.dial(address, signal);
      if (dialled.ok) {
        const fingerprint = linked.fingerprintOf(dialled.value);
        const read = linkAddressFromText(address);
        if (read.ok && dialled.value.direction === 'outbound') {
          const route = lastingRoute(read.value);
          book.succeeded(fingerprint, route, 'user', clock.nowMs());
          // Of an open link nobody knows whether this address leads to it.
          if (!before.has(fingerprint)) dialler.note(fingerprint, route);
        }
        keeper.look();
        return dialled;
      }
      failure = dialled.error;
    }
    return { ok: false, error: failure };
  }

  return {
    async closestNodes(aim, count, until) {
      if (aim.length !== 32) throw new ParsError('base/argument', { what: 'place' });
      const key = base32.encode(aim);
      const known = resultByPlace.get(key);
      const isFresh = known !== undefined && clock.monotonicMs() - known.atMs < RESULT_MS;
      if (isFresh && known.result.nodes.length >= count) return ok(cut(known.result, count));
      const found = await search(aim, Math.min(20, Math.max(10, count)), until);
      if (!found.ok) return found;
      resultByPlace.delete(key);
      if (found.value.nodes.length > 0) {
        resultByPlace.set(key, { result: found.value, atMs: clock.monotonicMs() });
      }
      const [oldest] = resultByPlace.keys();
      if (resultByPlace.size > MAX_RESULTS && oldest !== undefined) resultByPlace.delete(oldest);
      return ok(cut(found.value, count));
    },
    knownClosest: (aim, count) => finder.closest(aim, count),
    isAmongClosest(aim, count) {
      const last = finder.closest(aim, count).at(count - 1);
      const isNearer = last === undefined || compareDistance(aim, place, last.place) < 0;
      return finder.stats().isServing && isNearer;
    },
    async linkTo(contact) {
      const link = await dialler.link(contact.fingerprint, contactAddresses(contact));
      return link.ok ? ok(link.value.peer) : link;
    },
    async addNode(text) {
      const link = nodeLinkFromText(suite.symmetric, text);
      const addresses = link.ok ? nodeLinkAddresses(link.value) : [text];
      if (!link.ok && text.startsWith('pars:')) return link;
      for (const address of addresses) {
        const noted = book.note(address, 'user', clock.nowMs());
        // Without a fingerprint it is dialled, and remembered by the one it proves.
        if (!noted.ok && !linkAddressFromText(address).ok) return noted;
      }
      return dialByUser(addresses);
    },
    forgetNode: (fingerprint) => book.forget(fingerprint as KeyFingerprint),
    ownLink: () => ownLinkFromAddresses(suite.symmetric, mesh.addresses()),
    async addList(text) {
      const added = await shelf.add(text, clock.nowMs());
      if (!added.ok) return added;
      noteLists();
      keeper.look();
      return added;
    },
    async removeList(key) {
      const removed = await shelf.remove(key);
      for (const address of removed?.addresses ?? []) {
        const read = linkAddressFromText(address);
        const entry =
          read.ok && read.value.fingerprint !== undefined && book.get(read.value.fingerprint);
        if (entry && bestSource(entry) === 'list') book.forget(entry.fingerprint);
      }
      noteLists();
      return removed !== undefined;
    },
    lists: () => shelf.all(),
    async ownRecord() {
      const endpoints = ownEndpoints(mesh.addresses(), options.announce ?? [], finder);
      if (isPhone) return undefined;
      return makeNodeRecord(suite, deps.signer, endpoints, clock.nowMs());
    },
    async hearRecord(bytes) {
      const record = await readNodeRecord(suite, bytes, clock.nowMs());
      if (!record.ok) return record;
      const { contact } = record.value;
      for (const address of contactAddresses(contact)) {
        book.note(address, 'bundle', clock.nowMs(), contact.fingerprint);
      }
      return ok(undefined);
    },
    book: () => book.entries(),
    setMetered(is) {
      isMetered = is;
      keeper.setMetered(is);
    },
    status: () => ({
      ...finder.stats(),
      links: linked.all().size,
      kept: keeper.kept(),
      target: isMetered ? Math.ceil(target / 2) : target,
      remembered: book.size,
      lists: shelf.all().length,
      lan,
    }),
    async [Symbol.asyncDispose]() {
      outer.removeEventListener('abort', stop);
      stop();
      await tasks.settle();
      if (book.version === savedVersion) return;
      // What was learnt is lost, and nothing else: whoever stops goes on stopping.
      tasks.start('node/book-not-kept', save);
      await tasks.settle();
    },
  };
}

/** The nodes of the book that may answer others: with public addresses. */
function bookContacts(entries: readonly BookEntry[]): readonly NodeContact[] {
  return entries.flatMap((entry) => {
    const endpoints = entry.routes
      .map(({ route }) => endpointFromRoute(route))
      .filter((one): one is Endpoint => one !== undefined)
      .slice(0, 3);
    return endpoints.length === 0 ? [] : [contactFromPlace(bytesOf(entry.fingerprint), endpoints)];
  });
}

function cut(result: LookupResult, count: number): LookupResult {
  return { ...result, nodes: result.nodes.slice(0, count) };
}

function bytesOf(fingerprint: KeyFingerprint): Uint8Array {
  const bytes = base32.decode(fingerprint, { maxBytes: 32 });
  return bytes.ok ? bytes.value : new Uint8Array(32);
}

const BOOK = 'mesh-peers';
const SAVE_MS = 300_000;
const TICK_MS = 20_000;
/** A search is not repeated for so long. */
const RESULT_MS = 1_800_000;
const MAX_RESULTS = 64;
