import { equalBytes, type RandomDep } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import type { MeshFailure } from '../errors.ts';
import type { ParcelPriority } from '../parcel/index.ts';
import type { KeeperId } from './keeper-choice.ts';
import { keeperName } from './keeper-choice.ts';
import {
  decodeKeeperMessage,
  encodeKeeperMessage,
  maxOffered,
  maxProofs,
  type ShardDay,
} from './keeper-message.ts';
import { keeperProof } from './keeper-proof.ts';
import type { MailboxNetwork } from './mailbox-network.ts';
import { type ShardItem, sizeOfItem } from './shard-item.ts';

/** What the owner of a repair has to do (PIP-1006 §10). */
export type RepairEffect =
  /** Send this and give the answer to `receive`, or call `failed`. */
  | { readonly kind: 'send'; readonly keeper: string; readonly message: Uint8Array }
  /** Read these own parcels and call `loaded`. */
  | { readonly kind: 'read'; readonly items: readonly ShardItem[] }
  /** Bring the parcel to the keeper, as its sender would, and call `brought`. */
  | { readonly kind: 'bring'; readonly keeper: string; readonly item: ShardItem }
  /** The keeper says that it has what it cannot prove: it is to be left alone for a day. */
  | { readonly kind: 'misbehaved'; readonly keeper: string; readonly failure: MeshFailure }
  | { readonly kind: 'end'; readonly report: RepairReport };

/** What came of a round. */
export interface RepairReport {
  /** Keepers that answered, and those that failed a proof. */
  readonly answered: number;
  readonly liars: number;
  /** Parcels of which copies were missing, and copies that were brought. */
  readonly short: number;
  readonly brought: number;
}

/** One round: looks after the copies of some parcels of one shard day (PIP-1006 §10). One step at a time. */
export interface RepairRound {
  start(): readonly RepairEffect[];
  receive(keeper: string, message: Uint8Array): readonly RepairEffect[];
  failed(keeper: string): readonly RepairEffect[];
  /** In the order of `read`; `undefined` for what is not here any more. */
  loaded(parcels: readonly (Uint8Array | undefined)[]): readonly RepairEffect[];
  brought(isStored: boolean): readonly RepairEffect[];
}

/** What a round is about. */
export interface RepairTask {
  readonly shardDay: ShardDay;
  /** Parcels that are held here. */
  readonly held: readonly { readonly item: ShardItem; readonly priority: ParcelPriority }[];
  /** The other responsible nodes, the nearest first. */
  readonly keepers: readonly KeeperId[];
}

/** Bounds of a round. */
export interface RepairOptions {
  /** Bytes that are brought at most; default 4 MiB. */
  readonly maxBytes?: number;
  /** Bytes that are brought to one keeper at most; default 1 MiB. */
  readonly maxBytesOfKeeper?: number;
}

interface Candidate {
  readonly id: KeeperId;
  readonly name: string;
  /** What it says that it has; `undefined` for who did not answer, or lied. */
  has: ReadonlySet<ShardItem> | undefined;
  leftBytes: number;
}

/** A round that has not begun. */
export function createRepairRound(
  deps: RandomDep & {
    readonly symmetric: SymmetricPrimitives;
    readonly network: MailboxNetwork;
  },
  task: RepairTask,
  options: RepairOptions = {},
): RepairRound {
  const { random, symmetric } = deps;
  const { copies } = deps.network.mailbox;
  const { maxBytes = 4 * 1_024 * 1_024, maxBytesOfKeeper = 1_024 * 1_024 } = options;
  const { shardDay } = task;
  const sample = pick(task.held, maxOffered, random.bytes(4));
  const items = sample.map(({ item }) => item);
  const candidates = task.keepers.map(
    (id): Candidate => ({ id, name: keeperName(id), has: undefined, leftBytes: maxBytesOfKeeper }),
  );
  let asking = -1;
  /** What the asked one is to prove now. */
  let proving: { readonly items: readonly ShardItem[]; readonly challenge: Uint8Array } | undefined;
  let proofs: readonly Uint8Array[] | undefined;
  let claimed: ReadonlySet<ShardItem> = new Set();
  let answered = 0;
  let liars = 0;
  let short = 0;
  let broughtCount = 0;
  let leftBytes = maxBytes;
  let plan: { readonly candidate: Candidate; readonly item: ShardItem }[] | undefined;
  let isEnded = false;

  function askNext(): readonly RepairEffect[] {
    asking += 1;
    proving = undefined;
    proofs = undefined;
    const candidate = candidates[asking];
    if (candidate === undefined) return makePlan();
    const message = encodeKeeperMessage({ type: 'offer', shardDay, items });
    return [{ kind: 'send', keeper: candidate.name, message }];
  }

  function liar(candidate: Candidate, failure: MeshFailure): readonly RepairEffect[] {
    liars += 1;
    candidate.has = undefined;
    candidate.leftBytes = 0;
    return [{ kind: 'misbehaved', keeper: candidate.name, failure }, ...askNext()];
  }

  /** For each parcel with too few copies: the nearest of those that answered and lack it. */
  function makePlan(): readonly RepairEffect[] {
    plan = [];
    for (const { item, priority } of sample) {
      const holders = 1 + candidates.filter(({ has }) => has?.has(item) === true).length;
      const missing = copies[priority] - holders;
      if (missing <= 0) continue;
      short += 1;
      const lacking = candidates.filter(({ has }) => has !== undefined && !has.has(item));
      for (const candidate of lacking.slice(0, missing)) plan.push({ candidate, item });
    }
    return bringNext();
  }

  function bringNext(): readonly RepairEffect[] {
    for (let next = plan?.shift(); next !== undefined; next = plan?.shift()) {
      const { candidate, item } = next;
      const size = sizeOfItem(item) ?? Infinity;
      if (size > leftBytes || size > candidate.leftBytes) continue;
      leftBytes -= size;
      candidate.leftBytes -= size;
      return [{ kind: 'bring', keeper: candidate.name, item }];
    }
    isEnded = true;
    return [{ kind: 'end', report: { answered, liars, short, brought: broughtCount } }];
  }

  return {
    start() {
      if (asking !== -1) return [];
      if (items.length === 0) return bringNext();
      return askNext();
    },
    receive(keeper, bytes) {
      const candidate = candidates[asking];
      if (isEnded || candidate?.name !== keeper || proofs !== undefined) return [];
      const message = decodeKeeperMessage(bytes);
      if (!message.ok) return liar(candidate, message.error);
      const answer = message.value;
      // It does not see itself among the responsible ones, or has too much to do: it is no keeper now.
      if (answer.type === 'refused') return askNext();
      if (proving === undefined) {
        if (answer.type !== 'lacking' || answer.isLacking.length !== items.length) {
          return liar(candidate, badMessage('lacking'));
        }
        answered += 1;
        claimed = new Set(items.filter((_, at) => answer.isLacking[at] === false));
        if (claimed.size === 0) {
          candidate.has = claimed;
          return askNext();
        }
        const challenge = random.bytes(32);
        proving = { items: pick([...claimed], maxProofs, challenge), challenge };
        const prove = encodeKeeperMessage({ type: 'prove', shardDay, ...proving });
        return [{ kind: 'send', keeper, message: prove }];
      }
      if (answer.type !== 'proofs' || answer.proofs.length !== proving.items.length) {
        return liar(candidate, badMessage('proofs'));
      }
      proofs = answer.proofs;
      return [{ kind: 'read', items: proving.items }];
    },
    loaded(parcels) {
      const candidate = candidates[asking];
      if (candidate === undefined || proving === undefined || proofs === undefined) return [];
      const { challenge } = proving;
      for (const [at, parcel] of parcels.entries()) {
        if (parcel === undefined) continue;
        const proof = keeperProof(symmetric, challenge, candidate.id, parcel);
        if (!equalBytes(proof, proofs[at] ?? new Uint8Array(0))) {
          return liar(candidate, { code: 'mesh/keeper-withheld' });
        }
      }
      candidate.has = claimed;
      return askNext();
    },
    failed(keeper) {
      if (isEnded || candidates[asking]?.name !== keeper) return [];
      return askNext();
    },
    brought(isStored) {
      if (plan === undefined || isEnded) return [];
      if (isStored) broughtCount += 1;
      return bringNext();
    },
  };
}

/** At most `most` of them, from a place that was drawn on; in their order. */
function pick<T>(from: readonly T[], most: number, drawn: Uint8Array): readonly T[] {
  if (from.length <= most) return from;
  const view = new DataView(drawn.buffer, drawn.byteOffset, drawn.length);
  const begin = view.getUint32(0) % from.length;
  return Array.from({ length: most }, (_, at) => from[(begin + at) % from.length] as T);
}

function badMessage(what: string): MeshFailure {
  return { code: 'mesh/bad-keeper-message', meta: { what } };
}
