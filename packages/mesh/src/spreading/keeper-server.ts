import type { Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import type { MeshFailure } from '../errors.ts';
import {
  dayFromSlot,
  encodeReceipt,
  type Parcel,
  type ParcelNetwork,
  parcelFromBytes,
  possessionOf,
} from '../parcel/index.ts';
import { decodeKeeperMessage, encodeKeeperMessage, refusals } from './keeper-message.ts';
import { createRateBudget, type RateBudget } from './rate-budget.ts';

/** What the owner of a keeper has to do (PIP-1008 §14). */
export type KeeperEffect =
  | { readonly kind: 'send'; readonly client: string; readonly message: Uint8Array }
  /** Offer it to the own store, with the client as its source, and call `admitted`. */
  | {
      readonly kind: 'admit';
      readonly ticket: number;
      readonly client: string;
      readonly parcel: Parcel;
    }
  /** Look for parcels with these tags and call `found`. */
  | { readonly kind: 'find'; readonly ticket: number; readonly tags: readonly Uint8Array[] }
  | { readonly kind: 'misbehaved'; readonly client: string; readonly failure: MeshFailure };

/** A node that keeps parcels of its shards and hands them out to whoever names their tags. */
export interface KeeperServer {
  receive(client: string, message: Uint8Array, nowMs: number): readonly KeeperEffect[];
  /** The answer to `admit`. A receipt goes out only for what is stored for good. */
  admitted(
    ticket: number,
    verdict: Result<'stored' | 'known', MeshFailure>,
  ): readonly KeeperEffect[];
  /** The answer to `find`: whole parcels, at most one for a tag. */
  found(ticket: number, parcels: readonly Uint8Array[]): readonly KeeperEffect[];
  /** The link to the client is down: its budget and what waits for it are forgotten. */
  clientDown(client: string): void;
}

/** What a keeper is built on. */
export interface KeeperServerDeps {
  readonly symmetric: SymmetricPrimitives;
  readonly network: ParcelNetwork;
  /** Whether this node is among those responsible for the shard on the day, as far as it knows. */
  readonly keepsShard: (shard: number, day: number) => boolean;
}

/** Answers under way of one client, and of all. */
const maxTicketsOfClient = 16;
const maxTickets = 1_024;
/** Clients whose budgets are remembered. */
const maxClients = 4_096;

interface Ticket {
  readonly client: string;
  readonly parcel?: Parcel;
  readonly challenge?: Uint8Array;
  readonly question?: number;
}

interface Client {
  tickets: number;
  readonly storing: RateBudget;
  readonly asking: RateBudget;
}

/** A keeper with nothing under way. */
export function createKeeperServer(deps: KeeperServerDeps): KeeperServer {
  const { symmetric, network, keepsShard } = deps;
  const tickets = new Map<number, Ticket>();
  const clients = new Map<string, Client>();
  let lastTicket = 0;

  function clientOf(name: string): Client {
    let client = clients.get(name);
    if (client === undefined) {
      const [oldest] = clients.keys();
      if (oldest !== undefined && clients.size >= maxClients) clients.delete(oldest);
      client = {
        tickets: 0,
        storing: createRateBudget(128 * 1_024, 4 * 1_024 * 1_024),
        asking: createRateBudget(64, 1_024),
      };
      clients.set(name, client);
    }
    return client;
  }

  function open(ticket: Ticket): number {
    lastTicket += 1;
    tickets.set(lastTicket, ticket);
    clientOf(ticket.client).tickets += 1;
    return lastTicket;
  }

  function close(number: number): Ticket | undefined {
    const ticket = tickets.get(number);
    if (ticket === undefined) return undefined;
    tickets.delete(number);
    const client = clients.get(ticket.client);
    if (client !== undefined) client.tickets = Math.max(0, client.tickets - 1);
    return ticket;
  }

  return {
    receive(name, bytes, nowMs) {
      const message = decodeKeeperMessage(bytes);
      if (!message.ok) return misbehaved(name, message.error);
      const client = clientOf(name);
      const isBusy = client.tickets >= maxTicketsOfClient || tickets.size >= maxTickets;
      switch (message.value.type) {
        case 'store': {
          const { challenge } = message.value;
          const refuse = (reason: number): KeeperEffect => ({
            kind: 'send',
            client: name,
            message: encodeKeeperMessage({ type: 'refused', reason, challenge }),
          });
          if (isBusy || !client.storing.spend(message.value.parcel.length, nowMs)) {
            return [refuse(refusals.tooMuch)];
          }
          const parcel = parcelFromBytes(symmetric, network, message.value.parcel);
          if (!parcel.ok) return [refuse(refusals.badParcel), ...misbehaved(name, parcel.error)];
          const { shard, expirySlot } = parcel.value.header;
          if (!keepsShard(shard, dayFromSlot(expirySlot))) return [refuse(refusals.notMyShard)];
          const ticket = open({ client: name, parcel: parcel.value, challenge });
          return [{ kind: 'admit', ticket, client: name, parcel: parcel.value }];
        }
        case 'ask': {
          const { tags, question } = message.value;
          if (isBusy || !client.asking.spend(tags.length, nowMs)) {
            return misbehaved(name, { code: 'mesh/keeper-flood', meta: { what: 'ask' } });
          }
          return [{ kind: 'find', ticket: open({ client: name, question }), tags }];
        }
        default:
          return misbehaved(name, { code: 'mesh/bad-keeper-message', meta: { what: 'type' } });
      }
    },
    admitted(number, verdict) {
      const ticket = close(number);
      if (ticket?.parcel === undefined || ticket.challenge === undefined) return [];
      const { client, parcel, challenge } = ticket;
      if (!verdict.ok) {
        const reason = isFull(verdict.error) ? refusals.full : refusals.badParcel;
        const message = encodeKeeperMessage({ type: 'refused', reason, challenge });
        return [{ kind: 'send', client, message }];
      }
      const claim = {
        id: parcel.id,
        kind: 'stored',
        untilSlot: parcel.header.expirySlot,
      } as const;
      const possession = possessionOf(symmetric, challenge, parcel.bytes);
      const receipt = encodeReceipt(symmetric, claim, possession);
      return [{ kind: 'send', client, message: encodeKeeperMessage({ type: 'stored', receipt }) }];
    },
    found(number, parcels) {
      const ticket = close(number);
      if (ticket?.question === undefined) return [];
      const { client, question } = ticket;
      if (parcels.length === 0) {
        return [{ kind: 'send', client, message: encodeKeeperMessage({ type: 'end', question }) }];
      }
      return parcels.map((parcel, place) => {
        const left = parcels.length - 1 - place;
        const message = encodeKeeperMessage({ type: 'found', question, left, parcel });
        return { kind: 'send', client, message };
      });
    },
    clientDown(name) {
      clients.delete(name);
      for (const [number, ticket] of tickets) if (ticket.client === name) tickets.delete(number);
    },
  };
}

function isFull(failure: MeshFailure): boolean {
  return failure.code === 'mesh/parcel-over-quota' || failure.code === 'mesh/parcel-store-full';
}

function misbehaved(client: string, failure: MeshFailure): readonly KeeperEffect[] {
  return [{ kind: 'misbehaved', client, failure }];
}
