import { unwrap } from '@pars/base';
import { createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import {
  chooseKeepers,
  createMailboxFetch,
  createMailboxPost,
  createRepairRound,
  dayFromSlot,
  expirySlotFrom,
  firstMailboxes,
  type KeeperId,
  keeperName,
  type MailboxFetch,
  type MailboxNetwork,
  mailboxShard,
  type Parcel,
  parcelFromBytes,
  parcelIds,
  type RepairEffect,
  type ShardDay,
  shardPlace,
  slotFromMs,
  storedReceipt,
  storeMessage,
} from '@pars/mesh';
import { createModelledCrypto } from '../modelled-crypto.ts';
import { withNativeSha3 } from './gossip-node.ts';
import { createKeeperNode, type KeeperNode } from './keeper-node.ts';
import { makeSimulatedParcel } from './simulated-parcel.ts';

/*
 * Mailboxes over days (PIP-1006): keepers come and go and some lie, recipients are
 * away for days and return. Exchanges are whole or fail; the time that a message
 * takes is left out, since slots are minutes apart.
 */

/** What is to be measured. */
export interface MailboxWorldOptions {
  readonly seed: string;
  /** Nodes that keep. */
  readonly nodes: number;
  readonly recipients: number;
  /** Letters of 16 KiB to each recipient on each day that it is away. */
  readonly lettersPerDay?: number;
  readonly awayDays?: number;
  readonly shardBits?: number;
  /** Of the nodes, at any time; default 0.2. */
  readonly offlineShare?: number;
  /** Default 0.05. */
  readonly lyingShare?: number;
  /** Whether keepers look after copies; default true. */
  readonly isRepairing?: boolean;
}

/** What came of it. */
export interface MailboxWorldFigures {
  readonly parcels: number;
  /** Share of the letters that had come a day after the return, and hours until so many had. */
  readonly fetchedShare: number;
  readonly halfHours: number;
  readonly t99Hours: number;
  /** Share of all parcels with three receipts, by what the senders were told. */
  readonly storedShare: number;
  /** Share of all parcels with three and with no copies at honest nodes at the end. */
  readonly threeCopiesShare: number;
  readonly noCopyShare: number;
  readonly copiesBrought: number;
  readonly repairBytesOfNode: number;
  /** Bytes of visits of one client in a day, both ways: least and most of all clients, of all modes. */
  readonly leastClientBytes: number;
  readonly mostClientBytes: number;
  /** What keepers gave to clients in a day, on average and the busiest. */
  readonly keeperBytes: number;
  readonly mostKeeperBytes: number;
  readonly liarsFound: number;
}

type Lie = 'drops' | 'refuses' | 'forges' | 'silent';
const lies: readonly Lie[] = ['drops', 'refuses', 'forges', 'silent'];

interface WorldNode {
  readonly keeper: KeeperNode;
  readonly lie: Lie | undefined;
  isOnline: boolean;
  switchMs: number;
  seenMs: number;
  repairMs: number;
  servedBytes: number;
  repairBytes: number;
  readonly avoided: Map<string, number>;
}

interface Recipient {
  readonly id: KeeperId;
  readonly name: string;
  readonly fetch: MailboxFetch;
  readonly mode: 'own' | 'dummies';
  readonly visitPhaseMs: number;
  bytes: number;
  /** Tags that did not come yet, by day. */
  readonly wanted: Map<number, Uint8Array[]>;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const meanOnlineMs = 8 * hourMs;
/** Discovery forgets who was not seen for so long. */
const rememberedMs = hourMs;
const repairEveryMs = 6 * hourMs;
const stepMs = 100_000;

/** Runs the world; the same seed gives the same figures. */
export function runMailboxWorld(options: MailboxWorldOptions): MailboxWorldFigures {
  const { awayDays = 3, lettersPerDay = 10, lyingShare = 0.05, offlineShare = 0.2 } = options;
  const { isRepairing = true, nodes: nodeCount, recipients: recipientCount, seed } = options;
  const network: MailboxNetwork = {
    shardBits: options.shardBits ?? 4,
    puzzleBits: 8,
    leastLevel: 0,
    mailbox: firstMailboxes,
  };
  const random = createSimulationRandom(seed);
  const symmetric = withNativeSha3(createModelledCrypto(random).suite.symmetric);
  const deps = { symmetric, network };
  const startMs = 1_767_225_600_000;
  let nowMs = startMs;
  const draws = random.fork('draws');
  const draw = () => new DataView(draws.bytes(4).buffer).getUint32(0) / 2 ** 32;

  const placeCache = new Map<string, readonly WorldNode[]>();
  const nodes = createNodes();
  const nodeByName = new Map(nodes.map((node) => [node.keeper.name, node]));
  const recipients = createRecipients();
  const post = createMailboxPost({ ...deps, random: random.fork('post') });
  const parcels = new Map<string, Parcel>();
  const stored = new Set<string>();
  const arrivedHours: number[] = [];
  let letters = 0;
  let copiesBrought = 0;
  let liarsFound = 0;
  let visitDays = 0;

  const returnMs = startMs + awayDays * dayMs;
  const sendTimes = createSendTimes();
  for (; nowMs < returnMs + dayMs; nowMs += stepMs) {
    churn();
    while ((sendTimes[0]?.atMs ?? Infinity) <= nowMs) {
      const next = sendTimes.shift();
      if (next !== undefined) sendLetter(next.to);
    }
    deliverDue();
    if (isRepairing) repairDue();
    if (nowMs >= returnMs) for (const recipient of recipients) visit(recipient);
  }
  visitDays = 1;
  return figures();

  function createNodes(): WorldNode[] {
    const ids = random.fork('nodes');
    return Array.from({ length: nodeCount }, (_, index) => {
      const id = ids.bytes(32);
      const isLying = index < nodeCount * lyingShare;
      const isOnline = draw() >= offlineShare;
      return {
        keeper: createKeeperNode(deps, id, (shardDay) => isResponsible(keeperName(id), shardDay)),
        lie: isLying ? lies[index % lies.length] : undefined,
        isOnline,
        switchMs: nowMs + sessionMs(isOnline) * draw(),
        seenMs: isOnline ? nowMs : 0,
        repairMs: nowMs + repairEveryMs * draw(),
        servedBytes: 0,
        repairBytes: 0,
        avoided: new Map<string, number>(),
      };
    });
  }

  function createRecipients(): Recipient[] {
    const ids = random.fork('recipients');
    return Array.from({ length: recipientCount }, (_, index) => {
      const id = ids.bytes(32);
      const fetch = createMailboxFetch({
        ...deps,
        random: random.fork(`visits ${index}`),
        shardOf: (day) => mailboxShard(symmetric, id, day, network.shardBits),
      });
      // Every tenth is locked: its letters wait.
      const mode = index % 10 === 9 ? 'dummies' : 'own';
      fetch.setMode(mode);
      return {
        id,
        name: keeperName(id),
        fetch,
        mode,
        visitPhaseMs: draw() * stepMs,
        bytes: 0,
        wanted: new Map<number, Uint8Array[]>(),
      };
    });
  }

  function createSendTimes(): { readonly atMs: number; readonly to: Recipient }[] {
    const times = recipients.flatMap((to) =>
      Array.from({ length: lettersPerDay * awayDays }, () => ({
        atMs: startMs + draw() * awayDays * dayMs,
        to,
      })),
    );
    return times.toSorted((one, other) => one.atMs - other.atMs);
  }

  function sessionMs(isOnline: boolean): number {
    return isOnline ? meanOnlineMs : (meanOnlineMs * offlineShare) / (1 - offlineShare);
  }

  function churn(): void {
    for (const node of nodes) {
      if (node.isOnline) node.seenMs = nowMs;
      if (node.switchMs > nowMs) continue;
      node.isOnline = !node.isOnline;
      node.switchMs = nowMs - sessionMs(node.isOnline) * Math.log(1 - draw());
    }
  }

  /** All nodes by their distance from the place; which of them are known changes. */
  function byDistance({ day, shard }: ShardDay): readonly WorldNode[] {
    const name = `${shard}/${day}`;
    const cached = placeCache.get(name);
    if (cached !== undefined) return cached;
    const ids = nodes.map(({ keeper }) => keeper.id);
    const sorted = chooseKeepers(shardPlace(symmetric, shard, day), ids, ids.length);
    const list = sorted.map((id) => nodeByName.get(keeperName(id)) ?? raise());
    placeCache.set(name, list);
    return list;
  }

  function closest(shardDay: ShardDay): readonly WorldNode[] {
    const found: WorldNode[] = [];
    for (const node of byDistance(shardDay)) {
      if (nowMs - node.seenMs <= rememberedMs) found.push(node);
      if (found.length >= network.mailbox.responsible) break;
    }
    return found;
  }

  function isResponsible(name: string, shardDay: ShardDay): boolean {
    return closest(shardDay).some(({ keeper }) => keeper.name === name);
  }

  /** A question and its answer, or nothing: who is offline, and who lies in its way. */
  function exchange(node: WorldNode, client: string, message: Uint8Array): Uint8Array | undefined {
    if (!node.isOnline || node.lie === 'silent') return undefined;
    const [type] = message;
    if (node.lie === 'refuses') return Uint8Array.of(3, 1, 1, 1, ...new Uint8Array(32));
    const answer = node.keeper.answer(client, message, nowMs - startMs);
    if (answer === undefined || node.lie === undefined) return answer;
    if (node.lie === 'drops') {
      // It gives its receipt, lists the parcel ever after, and has it no more.
      for (const { id } of [...node.keeper.held.values()]) node.keeper.forget(id);
    }
    if (node.lie === 'forges' && type === 4) answer.fill(0xa5, 3 + 11 + 16_384);
    return answer;
  }

  function sendLetter(to: Recipient): void {
    const expirySlot = expirySlotFrom(nowMs, 14 * dayMs, 'normal');
    const day = dayFromSlot(expirySlot);
    const shard = mailboxShard(symmetric, to.id, day, network.shardBits);
    const bytes = makeSimulatedParcel(symmetric, draws, false, 16_384);
    const view = new DataView(bytes.buffer);
    view.setUint32(4, expirySlot);
    view.setUint32(8, shard);
    const parcel = unwrap(parcelFromBytes(symmetric, network, bytes));
    parcels.set(parcelIds.toText(parcel.id), parcel);
    if (to.mode === 'own') letters += 1;
    to.wanted.set(day, [...(to.wanted.get(day) ?? []), parcel.header.tag]);
    to.fetch.setWanted(to.wanted);
    post.add(parcel, nowMs);
  }

  function deliverDue(): void {
    const waiting = [...post.tick(nowMs), ...post.due(nowMs).effects];
    for (const { parcel, shardDay } of post.due(nowMs).posts) {
      const known = closest(shardDay).map(({ keeper }) => keeper.id);
      waiting.push(...post.begin(parcel, parcels.get(parcel), known, nowMs));
    }
    for (let effect = waiting.shift(); effect !== undefined; effect = waiting.shift()) {
      if (effect.kind === 'state' && effect.state.type === 'stored') {
        if (effect.state.by >= effect.state.wanted) stored.add(effect.parcel);
      }
      if (effect.kind !== 'send') continue;
      const { keeper, message } = effect;
      // Senders are many: each parcel comes from another one.
      const client = `sender ${post.count}-${draw()}`;
      const answer = exchange(nodeByName.get(keeper) ?? raise(), client, message);
      waiting.push(
        ...(answer === undefined
          ? post.failed(keeper, nowMs)
          : post.receive(keeper, answer, nowMs)),
      );
    }
  }

  function visit(recipient: Recipient): void {
    const { fetch } = recipient;
    const shardDay = fetch.nextVisit(nowMs);
    const names = closest(shardDay).map(({ keeper }) => keeper.name);
    const question = fetch.ask(shardDay, names, nowMs);
    if (question === undefined) return;
    const node = nodeByName.get(question.keeper) ?? raise();
    const answer = exchange(node, recipient.name, question.message);
    recipient.bytes += question.message.length + (answer?.length ?? 0);
    if (answer === undefined) return fetch.failed(question.keeper, nowMs);
    node.servedBytes += answer.length;
    for (const effect of fetch.receive(question.keeper, answer, nowMs)) {
      if (effect.kind === 'misbehaved') liarsFound += 1;
      else if (recipient.mode === 'own') take(recipient, effect.parcel);
    }
  }

  function take(recipient: Recipient, { header }: Parcel): void {
    const day = dayFromSlot(header.expirySlot);
    const waiting = recipient.wanted.get(day) ?? [];
    const rest = waiting.filter((tag) => String(tag) !== String(header.tag));
    if (rest.length === waiting.length) return;
    recipient.wanted.set(day, rest);
    recipient.fetch.setWanted(recipient.wanted);
    arrivedHours.push((nowMs + recipient.visitPhaseMs - returnMs) / hourMs);
  }

  function repairDue(): void {
    for (const node of nodes) {
      if (node.repairMs > nowMs) continue;
      node.repairMs = nowMs + repairEveryMs * (0.5 + draw());
      if (!node.isOnline || node.lie !== undefined) continue;
      const today = dayFromSlot(slotFromMs(nowMs));
      for (const shardDay of node.keeper.register.loadedDays) {
        if (shardDay.day >= today && isResponsible(node.keeper.name, shardDay)) {
          repair(node, shardDay, draws);
        }
      }
    }
  }

  function repair(node: WorldNode, shardDay: ShardDay, source: SimulationRandom): void {
    const { keeper } = node;
    const others = closest(shardDay).filter(
      (other) => other !== node && (node.avoided.get(other.keeper.name) ?? 0) <= nowMs,
    );
    const held = [...keeper.register.items(shardDay)].flatMap((item) => {
      const kept = keeper.register.find(shardDay, item);
      return kept === undefined ? [] : [{ item, priority: kept.priority }];
    });
    const keepers = others.map((other) => other.keeper.id);
    const round = createRepairRound({ ...deps, random: source }, { shardDay, held, keepers });
    const waiting: RepairEffect[] = [...round.start()];
    for (let effect = waiting.shift(); effect !== undefined; effect = waiting.shift()) {
      if (effect.kind === 'send') {
        const other = nodeByName.get(effect.keeper) ?? raise();
        const answer = exchange(other, keeper.name, effect.message);
        node.repairBytes += effect.message.length + (answer?.length ?? 0);
        waiting.push(
          ...(answer === undefined
            ? round.failed(effect.keeper)
            : round.receive(effect.keeper, answer)),
        );
      } else if (effect.kind === 'read') {
        const ids = effect.items.map((item) => keeper.register.find(shardDay, item)?.id);
        waiting.push(...round.loaded(ids.map((id) => keeper.read(id))));
      } else if (effect.kind === 'bring') {
        const bytes = keeper.read(keeper.register.find(shardDay, effect.item)?.id);
        const other = nodeByName.get(effect.keeper) ?? raise();
        const message = bytes && storeMessage(source.bytes(32), bytes);
        const answer = message && exchange(other, keeper.name, message);
        const isStored = answer !== undefined && storedReceipt(answer) !== undefined;
        node.repairBytes += message?.length ?? 0;
        if (isStored) copiesBrought += 1;
        waiting.push(...round.brought(isStored));
      } else if (effect.kind === 'misbehaved') {
        liarsFound += 1;
        node.avoided.set(effect.keeper, nowMs + dayMs);
      }
    }
  }

  function figures(): MailboxWorldFigures {
    const sorted = arrivedHours.toSorted((one, other) => one - other);
    const hoursOf = (share: number) => sorted[Math.ceil(share * letters) - 1] ?? Infinity;
    const copies = [...parcels.keys()].map(
      (name) =>
        nodes.filter(({ keeper, lie }) => lie === undefined && keeper.held.has(name)).length,
    );
    const shareOf = (fits: (count: number) => boolean) =>
      copies.filter(fits).length / Math.max(1, copies.length);
    const bytes = recipients.map((recipient) => recipient.bytes / visitDays);
    const served = nodes.map(({ servedBytes }) => servedBytes / visitDays);
    const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
    return {
      parcels: parcels.size,
      fetchedShare: sorted.length / Math.max(1, letters),
      halfHours: hoursOf(0.5),
      t99Hours: hoursOf(0.99),
      storedShare: stored.size / Math.max(1, parcels.size),
      threeCopiesShare: shareOf((count) => count >= 3),
      noCopyShare: shareOf((count) => count === 0),
      copiesBrought,
      repairBytesOfNode: total(nodes.map((node) => node.repairBytes)) / nodeCount / (awayDays + 1),
      leastClientBytes: Math.min(...bytes),
      mostClientBytes: Math.max(...bytes),
      keeperBytes: total(served) / nodeCount,
      mostKeeperBytes: Math.max(...served),
      liarsFound,
    };
  }
}

function raise(): never {
  throw new Error('no such node');
}
