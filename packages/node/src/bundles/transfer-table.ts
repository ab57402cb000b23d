import {
  type Cancel,
  err,
  type Failure,
  hex,
  ok,
  type Random,
  type Result,
  type Scheduler,
} from '@pars/base';

/** A bundle that goes through the API piece by piece. */
export interface Transfer extends AsyncDisposable {
  readonly kind: 'export' | 'import' | 'inspect';
}

/** The transfers that are open, few and never for long. */
export interface TransferTable {
  /**
   * Takes in what `open` makes. It is disposed of when `owner` aborts (the
   * connection closed), after a minute without a call, or by {@link close}.
   * Code: `node/too-many-transfers`.
   */
  add(owner: AbortSignal, open: (signal: AbortSignal) => Transfer): Result<string, Failure>;
  /**
   * Runs one call on a transfer, one at a time. Codes: `node/transfer-ended`,
   * and those of `work`.
   */
  use<T extends Transfer, R>(
    transferId: string,
    isKind: (transfer: Transfer) => transfer is T,
    work: (transfer: T) => Promise<Result<R, Failure>>,
  ): Promise<Result<R, Failure>>;
  close(transferId: string): Promise<void>;
  closeAll(): Promise<void>;
}

/** An empty table. */
export function createTransferTable(deps: {
  readonly random: Random;
  readonly scheduler: Scheduler;
}): TransferTable {
  const openById = new Map<string, Open>();

  function watchIdle(transferId: string, open: Open): void {
    open.cancelTimer?.();
    open.cancelTimer = deps.scheduler.schedule(IDLE_MS, () => void close(transferId));
  }

  async function close(transferId: string): Promise<void> {
    const open = openById.get(transferId);
    if (open === undefined) return;
    openById.delete(transferId);
    open.cancelTimer?.();
    open.forgetOwner();
    open.ended.abort();
    await open.transfer[Symbol.asyncDispose]();
  }

  return {
    add(owner, create) {
      if (openById.size >= MAX_TRANSFERS) return err('node/too-many-transfers');
      if (owner.aborted) return err('node/transfer-ended');
      const transferId = hex.encode(deps.random.bytes(16));
      const ended = new AbortController();
      const onOwnerGone = () => void close(transferId);
      owner.addEventListener('abort', onOwnerGone);
      const open: Open = {
        transfer: create(ended.signal),
        ended,
        forgetOwner: () => owner.removeEventListener('abort', onOwnerGone),
        cancelTimer: undefined,
        isBusy: false,
      };
      openById.set(transferId, open);
      watchIdle(transferId, open);
      return ok(transferId);
    },
    async use(transferId, isKind, work) {
      const open = openById.get(transferId);
      if (open === undefined || open.isBusy || !isKind(open.transfer)) {
        return err('node/transfer-ended');
      }
      open.isBusy = true;
      open.cancelTimer?.();
      try {
        return await work(open.transfer);
      } catch (error) {
        if (open.ended.signal.aborted) return err('node/transfer-ended');
        throw error;
      } finally {
        open.isBusy = false;
        if (openById.has(transferId)) watchIdle(transferId, open);
      }
    },
    close,
    async closeAll() {
      await Promise.all([...openById.keys()].map((transferId) => close(transferId)));
    },
  };
}

interface Open {
  readonly transfer: Transfer;
  readonly ended: AbortController;
  readonly forgetOwner: () => void;
  cancelTimer: Cancel | undefined;
  isBusy: boolean;
}

const MAX_TRANSFERS = 4;
const IDLE_MS = 60_000;
