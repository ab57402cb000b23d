import type { SymmetricPrimitives } from '@pars/crypto';
import type { AskedPiece, ShardDay } from './keeper-message.ts';
import type { MailboxNetwork } from './mailbox-network.ts';
import { createParcelTransfer, type ParcelTransfer } from './parcel-transfer.ts';
import type { ShardItem } from './shard-item.ts';

/** A piece that was asked for, and the parcel that it is to become part of; none for what fills the question up. */
export interface LanePiece extends AskedPiece {
  readonly transfer: ParcelTransfer | undefined;
}

/** One half of every visit: fetches one parcel after another (PIP-1006 §8). */
export interface TransferLane {
  /** Exactly as many pieces as a lane has, to ask this keeper for. */
  fill(keeper: string, sources: LaneSources): readonly LanePiece[];
  /** The transfer has ended, well or not. */
  end(transfer: ParcelTransfer): void;
  /** Whether it fetches this. */
  isFetching(item: ShardItem): boolean;
}

/** Where a lane takes what it fetches. */
export interface LaneSources {
  /** Whether the keeper has listed the item. */
  readonly isListed: (item: ShardItem) => boolean;
  /** The next one to fetch; `undefined` when nothing is listed that can be. */
  readonly next: () => ShardItem | undefined;
  /** Something that looks like an item. */
  readonly invent: () => ShardItem;
}

/** Parcels that a lane has begun at most; the oldest is given up. */
const maxBegun = 4;

/** A lane for one shard day that fetches nothing yet. */
export function createTransferLane(
  deps: { readonly symmetric: SymmetricPrimitives; readonly network: MailboxNetwork },
  shardDay: ShardDay,
): TransferLane {
  const { lanePieces } = deps.network.mailbox;
  let begun: ParcelTransfer[] = [];

  return {
    fill(keeper, { invent, isListed, next }) {
      const pieces: LanePiece[] = [];
      const ask = (transfer: ParcelTransfer) => {
        for (const place of transfer.missing.slice(0, lanePieces - pieces.length)) {
          pieces.push({ item: transfer.item, place, transfer });
        }
      };
      for (const transfer of begun) {
        const isFit = transfer.pinnedTo === undefined || transfer.pinnedTo === keeper;
        if (isFit && isListed(transfer.item)) ask(transfer);
      }
      while (pieces.length < lanePieces) {
        const item = next();
        const transfer =
          item === undefined ? undefined : createParcelTransfer(deps, shardDay, item);
        if (transfer === undefined) break;
        begun = [...begun, transfer].slice(-maxBegun);
        ask(transfer);
      }
      const filling = pieces.length < lanePieces ? invent() : 0n;
      for (let place = 0; pieces.length < lanePieces; place += 1) {
        pieces.push({ item: filling, place, transfer: undefined });
      }
      return pieces;
    },
    end(ended) {
      begun = begun.filter((transfer) => transfer !== ended);
    },
    isFetching: (item) => begun.some((transfer) => transfer.item === item),
  };
}
