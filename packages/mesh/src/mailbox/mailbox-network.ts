import { ParsError } from '@pars/base';
import type { ParcelNetwork, ParcelPriority } from '../parcel/index.ts';
import { requireParcelNetwork } from '../parcel/parcel-network.ts';

/** What a network fixes in its genesis about mailboxes (PIP-1006 §2). No node has an option for it. */
export interface MailboxValues {
  /** Nodes that are responsible for a shard's day: 3 to 20. */
  readonly responsible: number;
  /** Keepers that a parcel is brought to, by priority: 1 to `responsible`. */
  readonly copies: Readonly<Record<ParcelPriority, number>>;
  /** Parcels of one shard and day that a keeper takes: 16 to 65,536. */
  readonly shardParcels: number;
  /** Days after today of which a client asks: 1 to 31. */
  readonly daysAhead: number;
  /** What a new parcel of the longest normal life expires on: so many days after today. */
  readonly freshDay: number;
  /** Length of an interval in ms: 10,000 to 86,400,000. */
  readonly intervalMs: number;
  /** Visits of an interval, evenly spread: 1 to 64. */
  readonly visits: { readonly normal: number; readonly metered: number };
  /** Pieces that each of the two lanes of a visit asks for: 1 to 8. */
  readonly lanePieces: number;
  /** Bytes of a piece: 1,024 to 16,384, a power of two. */
  readonly pieceLength: number;
  /** Bytes of the listing in every answer: 256 to 32,768, a multiple of 16. */
  readonly listingLength: number;
}

/** A network with mailboxes. */
export interface MailboxNetwork extends ParcelNetwork {
  readonly mailbox: MailboxValues;
}

/** How often a node visits its keepers: a setting of the owner that no profile knows of. */
export type FetchRate = 'normal' | 'metered';

/** Lanes of a visit: one may fetch what is wanted, the other never does (PIP-1006 §8). */
export const lanesOfVisit = 2;

/** The values of the first network (PIP-1006 §2). */
export const firstMailboxes: MailboxValues = {
  responsible: 10,
  copies: { normal: 3, high: 5, emergency: 7 },
  shardParcels: 10_000,
  daysAhead: 16,
  freshDay: 15,
  intervalMs: 300_000,
  visits: { normal: 3, metered: 1 },
  lanePieces: 4,
  pieceLength: 4_096,
  listingLength: 16_384,
};

/** Throws `mesh/argument` unless the values are in their ranges. */
export function requireMailboxNetwork(network: MailboxNetwork): void {
  requireParcelNetwork(network);
  const { mailbox } = network;
  const { copies, daysAhead, freshDay, listingLength, pieceLength, responsible, visits } = mailbox;
  requireWithin(responsible, 3, 20, 'responsible');
  for (const count of Object.values(copies)) requireWithin(count, 1, responsible, 'copies');
  requireWithin(mailbox.shardParcels, 16, 65_536, 'shardParcels');
  requireWithin(daysAhead, 1, 31, 'daysAhead');
  requireWithin(freshDay, 0, daysAhead, 'freshDay');
  requireWithin(mailbox.intervalMs, 10_000, 86_400_000, 'intervalMs');
  requireWithin(visits.normal, 1, 64, 'visits');
  requireWithin(visits.metered, 1, visits.normal, 'visits');
  requireWithin(mailbox.lanePieces, 1, 8, 'lanePieces');
  requireWithin(pieceLength, 1_024, 16_384, 'pieceLength');
  requireWithin(Math.log2(pieceLength), 10, 14, 'pieceLength');
  requireWithin(listingLength, 256, 32_768, 'listingLength');
  requireWithin(listingLength / 16, 16, 2_048, 'listingLength');
}

/** Pieces of every visit. */
export function piecesOfVisit({ mailbox }: MailboxNetwork): number {
  return lanesOfVisit * mailbox.lanePieces;
}

function requireWithin(value: number, least: number, most: number, what: string): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new ParsError('mesh/argument', { what });
  }
}
