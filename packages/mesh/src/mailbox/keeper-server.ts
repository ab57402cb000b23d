import type { Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import type { MeshFailure } from '../errors.ts';
import {
  checkPostage,
  dayFromSlot,
  encodeReceipt,
  type Parcel,
  type ParcelId,
  parcelFromBytes,
  possessionOf,
} from '../parcel/index.ts';
import { createRateBudget, type RateBudget } from '../spreading/rate-budget.ts';
import type { KeeperId } from './keeper-choice.ts';
import {
  decodeKeeperMessage,
  encodeKeeperMessage,
  type KeeperMessage,
  noChallenge,
  proofLength,
  refusals,
  type ShardDay,
} from './keeper-message.ts';
import { keeperProof } from './keeper-proof.ts';
import { type MailboxNetwork, piecesOfVisit } from './mailbox-network.ts';
import { type ShardItem, shardItemOfParcel } from './shard-item.ts';
import { encodeRange, encodeSketch } from './shard-listing.ts';
import type { ShardRegister } from './shard-register.ts';

/** What the owner of a keeper has to do (PIP-1006 §9). */
export type KeeperEffect =
  /** The one answer to what the client asked. */
  | { readonly kind: 'answer'; readonly client: string; readonly message: Uint8Array }
  /** See that the register has the shard day, and call `prepared`. */
  | { readonly kind: 'prepare'; readonly ticket: number; readonly shardDay: ShardDay }
  /** Offer it to the own store, with the client as its source, and call `admitted`. */
  | {
      readonly kind: 'admit';
      readonly ticket: number;
      readonly client: string;
      readonly parcel: Parcel;
    }
  /** Read these parcels and call `loaded`. */
  | { readonly kind: 'read'; readonly ticket: number; readonly ids: readonly ParcelId[] }
  | { readonly kind: 'misbehaved'; readonly client: string; readonly failure: MeshFailure };

/** A node that keeps parcels of its shards and hands them out to whoever asks (PIP-1006 §9). */
export interface KeeperServer {
  receive(client: string, message: Uint8Array, nowMs: number): readonly KeeperEffect[];
  /** The answer to `prepare`: whether this node is responsible for the shard day, as far as it knows. */
  prepared(ticket: number, isResponsible: boolean): readonly KeeperEffect[];
  /** The answer to `admit`. A receipt goes out only for what is stored for good. */
  admitted(
    ticket: number,
    verdict: Result<'stored' | 'known', MeshFailure>,
  ): readonly KeeperEffect[];
  /** The answer to `read`: in the same order, `undefined` for what is not there any more. */
  loaded(ticket: number, parcels: readonly (Uint8Array | undefined)[]): readonly KeeperEffect[];
  /** What the question needs cannot be had: there is no answer. */
  abandon(ticket: number): void;
}

/** What a keeper is built on. */
export interface KeeperServerDeps {
  readonly symmetric: SymmetricPrimitives;
  readonly network: MailboxNetwork;
  readonly register: ShardRegister;
  /** The own fingerprint of 32 bytes, which proofs name. */
  readonly ownId: KeeperId;
}

/** Questions under way of one client, of all, and the bytes that they hold together. */
const maxTicketsOfClient = 16;
const maxTickets = 256;
const maxWaitingBytes = 16 * 1_024 * 1_024;
/** Clients whose budgets are remembered. */
const maxClients = 4_096;

type Question = Extract<KeeperMessage, { readonly type: 'store' | 'visit' | 'offer' | 'prove' }>;

interface Ticket {
  readonly client: string;
  readonly question: Question;
  readonly shardDay: ShardDay;
  readonly parcel: Parcel | undefined;
  /** What is read for it: the items, each once. */
  items: readonly ShardItem[];
  readonly sizeBytes: number;
}

interface Client {
  tickets: number;
  readonly storing: RateBudget;
  readonly asking: RateBudget;
}

/** A keeper with nothing under way. */
export function createKeeperServer(deps: KeeperServerDeps): KeeperServer {
  const { symmetric, network, register, ownId } = deps;
  const { mailbox } = network;
  const tickets = new Map<number, Ticket>();
  const clients = new Map<string, Client>();
  const allAsking = createRateBudget(64, 1_024);
  let lastTicket = 0;
  let waitingBytes = 0;

  function clientOf(name: string): Client {
    let client = clients.get(name);
    if (client === undefined) {
      const [oldest] = clients.keys();
      if (oldest !== undefined && clients.size >= maxClients) clients.delete(oldest);
      client = {
        tickets: 0,
        storing: createRateBudget(128 * 1_024, 4 * 1_024 * 1_024),
        asking: createRateBudget(0.5, 64),
      };
    } else clients.delete(name);
    clients.set(name, client);
    return client;
  }

  function open(ticket: Ticket): readonly KeeperEffect[] {
    lastTicket += 1;
    tickets.set(lastTicket, ticket);
    clientOf(ticket.client).tickets += 1;
    waitingBytes += ticket.sizeBytes;
    return [{ kind: 'prepare', ticket: lastTicket, shardDay: ticket.shardDay }];
  }

  function close(number: number): Ticket | undefined {
    const ticket = tickets.get(number);
    if (ticket === undefined) return undefined;
    tickets.delete(number);
    waitingBytes -= ticket.sizeBytes;
    const client = clients.get(ticket.client);
    if (client !== undefined) client.tickets = Math.max(0, client.tickets - 1);
    return ticket;
  }

  function receive(name: string, bytes: Uint8Array, nowMs: number): readonly KeeperEffect[] {
    const message = decodeKeeperMessage(bytes);
    if (!message.ok) return [misbehaved(name, message.error)];
    const client = clientOf(name);
    const isBusy =
      client.tickets >= maxTicketsOfClient ||
      tickets.size >= maxTickets ||
      waitingBytes + bytes.length > maxWaitingBytes;
    const question = message.value;
    switch (question.type) {
      case 'store': {
        const refuse = (reason: number) => refusal(name, reason, question.challenge);
        if (isBusy) return [refuse(refusals.tooMuch)];
        if (!client.storing.spend(question.parcel.length, nowMs)) {
          return [refuse(refusals.tooMuch), flood(name, 'store')];
        }
        const parcel = parcelFromBytes(symmetric, network, question.parcel);
        if (!parcel.ok) return [refuse(refusals.badParcel), misbehaved(name, parcel.error)];
        const { expirySlot, shard } = parcel.value.header;
        const shardDay = { shard, day: dayFromSlot(expirySlot) };
        const sizeBytes = bytes.length;
        return open({
          client: name,
          question,
          shardDay,
          parcel: parcel.value,
          items: [],
          sizeBytes,
        });
      }
      case 'visit':
      case 'offer':
      case 'prove': {
        if (question.type === 'visit' && question.pieces.length !== piecesOfVisit(network)) {
          return [misbehaved(name, { code: 'mesh/bad-keeper-message', meta: { what: 'pieces' } })];
        }
        if (isBusy) return [refusal(name, refusals.tooMuch)];
        if (!client.asking.spend(1, nowMs)) {
          return [refusal(name, refusals.tooMuch), flood(name, question.type)];
        }
        if (!allAsking.spend(1, nowMs)) return [refusal(name, refusals.tooMuch)];
        const { shardDay } = question;
        const sizeBytes = bytes.length;
        return open({ client: name, question, shardDay, parcel: undefined, items: [], sizeBytes });
      }
      default:
        return [misbehaved(name, { code: 'mesh/bad-keeper-message', meta: { what: 'type' } })];
    }
  }

  function prepared(number: number, isResponsible: boolean): readonly KeeperEffect[] {
    const ticket = tickets.get(number);
    if (ticket === undefined) return [];
    const { client, question, shardDay } = ticket;
    const challenge = question.type === 'store' ? question.challenge : noChallenge;
    const end = (reason: number) => {
      close(number);
      return [refusal(client, reason, challenge)];
    };
    if (!isResponsible) return end(refusals.notMyShard);
    switch (question.type) {
      case 'store': {
        const { parcel } = ticket;
        if (parcel === undefined || !mayTake(ticket, parcel)) return end(refusals.full);
        return [{ kind: 'admit', ticket: number, client, parcel }];
      }
      case 'offer': {
        close(number);
        const isLacking = question.items.map((item) => register.find(shardDay, item) === undefined);
        return [answer(client, { type: 'lacking', isLacking })];
      }
      case 'visit':
        return read(
          number,
          ticket,
          question.pieces.map(({ item }) => item),
        );
      case 'prove':
        return read(number, ticket, question.items);
    }
  }

  /** What is here already is never refused for want of room. */
  function mayTake({ client, shardDay }: Ticket, parcel: Parcel): boolean {
    const { priority } = parcel.header;
    if (register.find(shardDay, shardItemOfParcel(parcel)) !== undefined) return true;
    const least = { priority, level: network.leastLevel };
    if (register.hasRoom(shardDay, least, client)) return true;
    const level = checkPostage(symmetric, network, parcel.header);
    return level.ok && register.hasRoom(shardDay, { priority, level: level.value }, client);
  }

  function read(
    number: number,
    ticket: Ticket,
    wanted: readonly ShardItem[],
  ): readonly KeeperEffect[] {
    const items = [...new Set(wanted)].filter(
      (item) => register.find(ticket.shardDay, item) !== undefined,
    );
    ticket.items = items;
    if (items.length === 0) return loaded(number, []);
    const ids = items.flatMap((item) => register.find(ticket.shardDay, item)?.id ?? []);
    return [{ kind: 'read', ticket: number, ids }];
  }

  function loaded(
    number: number,
    parcels: readonly (Uint8Array | undefined)[],
  ): readonly KeeperEffect[] {
    const ticket = close(number);
    if (ticket === undefined) return [];
    const { client, question, shardDay } = ticket;
    const byItem = new Map<ShardItem, Uint8Array>();
    for (const [at, item] of ticket.items.entries()) {
      const parcel = parcels[at];
      if (parcel === undefined) register.drop(shardDay, item);
      else byItem.set(item, parcel);
    }
    if (question.type === 'visit') return [answer(client, visited(question, byItem))];
    if (question.type !== 'prove') return [];
    const proofs = question.items.map((item) => {
      const parcel = byItem.get(item);
      return parcel === undefined
        ? new Uint8Array(proofLength)
        : keeperProof(symmetric, question.challenge, ownId, parcel);
    });
    return [answer(client, { type: 'proofs', proofs })];
  }

  function visited(
    { from, listing, pieces, shardDay }: Extract<Question, { type: 'visit' }>,
    byItem: ReadonlyMap<ShardItem, Uint8Array>,
  ): KeeperMessage {
    const { listingLength, pieceLength } = mailbox;
    const items = register.items(shardDay);
    const list =
      listing === 'range'
        ? encodeRange(items, from, listingLength)
        : { listing: encodeSketch(items, from, listingLength), listed: 0 };
    const given = pieces.map(({ item, place }) => pieceOf(byItem.get(item), place, pieceLength));
    return { type: 'visited', count: items.length, ...list, pieces: given, pieceLength };
  }

  return {
    receive,
    prepared,
    loaded,
    admitted(number, verdict) {
      const ticket = close(number);
      if (ticket?.parcel === undefined || ticket.question.type !== 'store') return [];
      const { client, parcel } = ticket;
      const { challenge } = ticket.question;
      if (!verdict.ok) {
        const reason = isFull(verdict.error) ? refusals.full : refusals.badParcel;
        return [refusal(client, reason, challenge)];
      }
      const claim = {
        id: parcel.id,
        kind: 'stored',
        untilSlot: parcel.header.expirySlot,
      } as const;
      const possession = possessionOf(symmetric, challenge, parcel.bytes);
      const receipt = encodeReceipt(symmetric, claim, possession);
      return [answer(client, { type: 'stored', receipt })];
    },
    abandon(number) {
      close(number);
    },
  };
}

/** A piece of a parcel, filled up with zeros; `undefined` beyond its end. */
function pieceOf(
  parcel: Uint8Array | undefined,
  place: number,
  length: number,
): Uint8Array | undefined {
  const from = place * length;
  if (parcel === undefined || from >= parcel.length) return undefined;
  const piece = new Uint8Array(length);
  piece.set(parcel.subarray(from, from + length));
  return piece;
}

/** What another keeper may take: neither the parcel nor the client is at fault. */
const passingCodes: ReadonlySet<string> = new Set([
  'mesh/parcel-over-quota',
  'mesh/parcel-store-full',
  'mesh/parcel-expired',
  'mesh/parcel-too-long-lived',
  'mesh/token-limit',
  'mesh/token-spent',
]);

function isFull(failure: MeshFailure): boolean {
  return passingCodes.has(failure.code);
}

function answer(client: string, message: KeeperMessage): KeeperEffect {
  return { kind: 'answer', client, message: encodeKeeperMessage(message) };
}

function refusal(client: string, reason: number, challenge = noChallenge): KeeperEffect {
  return answer(client, { type: 'refused', reason, challenge });
}

function flood(client: string, what: string): KeeperEffect {
  return misbehaved(client, { code: 'mesh/keeper-flood', meta: { what } });
}

function misbehaved(client: string, failure: MeshFailure): KeeperEffect {
  return { kind: 'misbehaved', client, failure };
}
