import { ParsError, type RandomDep, type Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import type { MeshFailure } from '../errors.ts';
import type { ParcelId } from '../parcel/index.ts';
import type { GossipClass } from './gossip-class.ts';

/** A neighbour, by a number that the owner chooses and does not use again. */
export type GossipPeer = number;

/** What the owner of the gossip has to do, in this order (PIP-1008 §4). */
export type GossipEffect =
  /** Send this message, and call `drained` when the link has taken it. Nobody changes its bytes. */
  | { readonly kind: 'send'; readonly peer: GossipPeer; readonly message: Uint8Array }
  /** Offer this parcel to the own store (and, for the ledger's class, to the ledger) and call `admitted`. */
  | {
      readonly kind: 'admit';
      readonly ticket: number;
      readonly peer: GossipPeer;
      readonly gossipClass: GossipClass;
      readonly parcel: Uint8Array;
    }
  /** Read this parcel and call `loaded`. */
  | { readonly kind: 'read'; readonly ticket: number; readonly id: ParcelId }
  /** The neighbour broke a rule or a bound. What it costs the neighbour is the owner's to decide. */
  | { readonly kind: 'misbehaved'; readonly peer: GossipPeer; readonly failure: MeshFailure };

/** What the store said to `admit`. */
export type AdmissionVerdict = Result<'stored' | 'known', MeshFailure>;

/** What gossip is built on. */
export interface GossipDeps extends RandomDep {
  readonly symmetric: SymmetricPrimitives;
}

/** How one node gossips. Everything has a default (PIP-1008 §9). */
export interface GossipOptions {
  /** Neighbours that a parcel is pushed to when none has told of it yet: 0 to 16. */
  readonly earlyPushes?: number;
  /** The same for what is published here: nobody else has it, so that none is wasted. 0 to 16. */
  readonly ownPushes?: number;
  /** The same where the parcel had to be pulled: others are being told of it, too. 0 to 16. */
  readonly pulledPushes?: number;
  /** Neighbours that are asked to push: 0 to 16. */
  readonly maxFeeders?: number;
  /** How long a told parcel is waited for while somebody is asked to push, in ms. */
  readonly pullWaitMs?: number;
  /** How long after a `have` further ids of the ledger and of islands are gathered, in ms. */
  readonly haveDelayMs?: number;
  /** When so many neighbours are known to have a parcel, the others are told later: 0 to 65 (never). */
  readonly lateTellFrom?: number;
  /** How much later, in ms; what comes meanwhile is told in the same message. */
  readonly lateTellMs?: number;
  /** Parcels remembered at most, held and wanted. */
  readonly maxIds?: number;
  /** How long a parcel is remembered, in ms. */
  readonly windowMs?: number;
  /** Bytes under way to a neighbour before the rest waits. */
  readonly sendWindowBytes?: number;
}

/** {@link GossipOptions} with every default filled in. */
export type GossipSettings = Required<GossipOptions>;

const defaults: GossipSettings = {
  earlyPushes: 2,
  ownPushes: 16,
  pulledPushes: 1,
  maxFeeders: 0,
  pullWaitMs: 40,
  haveDelayMs: 5,
  lateTellFrom: 4,
  lateTellMs: 1_000,
  maxIds: 65_536,
  windowMs: 86_400_000,
  sendWindowBytes: 65_536,
};

const ranges: Readonly<Record<keyof GossipSettings, readonly [number, number]>> = {
  earlyPushes: [0, 16],
  ownPushes: [0, 16],
  pulledPushes: [0, 16],
  maxFeeders: [0, 16],
  pullWaitMs: [0, 60_000],
  haveDelayMs: [0, 60_000],
  lateTellFrom: [0, 65],
  lateTellMs: [0, 60_000],
  maxIds: [16, 2 ** 20],
  windowMs: [1_000, 32 * 86_400_000],
  sendWindowBytes: [16_384, 2 ** 24],
};

/** The settings that these options stand for. Throws `mesh/argument` when one is out of its range. */
export function gossipSettings(options: GossipOptions): GossipSettings {
  const settings = { ...defaults, ...options };
  for (const [what, [least, most]] of Object.entries(ranges)) {
    const value = settings[what as keyof GossipSettings];
    if (!(Number.isInteger(value) && value >= least && value <= most)) {
      throw new ParsError('mesh/argument', { what });
    }
  }
  return settings;
}
