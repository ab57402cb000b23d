import { type Cancel, ok } from '@pars/base';
import type { SessionId } from '@pars/session';
import type { NodeEngineDeps } from '../engine-deps.ts';
import { LETTER_LIFE_MS } from '../limits.ts';
import type { Profile } from '../profile/profile.ts';
import type { OwedReceiptRecord } from '../profile/records.ts';
import {
  LETTER_PROTOCOL,
  letterAnswerCodec,
  letterRequestCodec,
  MAX_BROUGHT_RECEIPTS,
} from '../protocols/letter-protocol.ts';
import { exchangeWith, linkTo } from '../protocols/protocol-client.ts';
import type { TaskSet } from '../task-set.ts';

/** Brings receipts for letters that came over a link, as soon as no crash can undo what they say (PIP-5000 §9). */
export interface ReceiptCourier {
  /** Receipts are owed: bring them after the next flush. */
  kick(): void;
  /** Gives up on receipts that nobody asked for any more. */
  expire(): Promise<void>;
}

/** A courier of this profile. It stops when the profile is closed. */
export function createReceiptCourier(
  deps: NodeEngineDeps & { readonly tasks: TaskSet },
  profile: Profile,
): ReceiptCourier {
  const { clock, log, mesh, scheduler, tasks } = deps;
  let isRunning = false;
  let isDue = false;
  let cancelRetry: Cancel | undefined;
  const stopListening = mesh.onLink(({ type }) => {
    if (type === 'up' && owed().length > 0) kick();
  });
  profile.signal.addEventListener('abort', () => {
    stopListening();
    cancelRetry?.();
  });

  function kick(): void {
    isDue = true;
    if (isRunning || profile.signal.aborted) return;
    isRunning = true;
    cancelRetry?.();
    cancelRetry = undefined;
    tasks.start('node/receipts-failed', async () => {
      try {
        while (isDue && !profile.signal.aborted) {
          isDue = false;
          await bringAll();
        }
      } finally {
        isRunning = false;
        retryLater();
      }
    });
  }

  /** While a parcel may still be spared. */
  function retryLater(): void {
    const nowMs = clock.nowMs();
    const isFresh = ({ createdAtMs }: OwedReceiptRecord): boolean =>
      nowMs - createdAtMs < RETRY_FOR_MS;
    if (profile.signal.aborted || !owed().some(isFresh)) return;
    cancelRetry = scheduler.schedule(RETRY_MS, kick);
  }

  function owed(): readonly OwedReceiptRecord[] {
    return [...profile.owedReceipts.values()].filter(({ isDirect }) => isDirect === true);
  }

  async function bringAll(): Promise<void> {
    const durable = await profile.durable();
    if (!durable.ok) return;
    const ready = owed().filter((receipt) => profile.isRecordDurable(receipt));
    const bringing = [...new Set(ready.map(({ to }) => to))].map((to) =>
      bringTo(
        to,
        ready.filter((receipt) => receipt.to === to),
      ),
    );
    await Promise.all(bringing);
  }

  async function bringTo(to: SessionId, receipts: readonly OwedReceiptRecord[]): Promise<void> {
    const contact = profile.contacts.get(to);
    if (contact === undefined) return;
    const link = await linkTo(mesh, contact.endpoint, profile.signal);
    if (!link.ok) return;
    for (let at = 0; at < receipts.length; at += MAX_BROUGHT_RECEIPTS) {
      const some = receipts.slice(at, at + MAX_BROUGHT_RECEIPTS);
      const outcome = await exchangeWith(deps, {
        nodeId: link.value.nodeId,
        protocol: LETTER_PROTOCOL,
        requests: letterRequestCodec,
        answers: letterAnswerCodec,
        request: {
          type: 'receipts',
          version: 1,
          receipts: some.map(({ messageId, receipt }) => ({ messageId, receipt })),
        },
        signal: profile.signal,
      });
      if (outcome.type === 'failed' || outcome.answer.type !== 'noted') {
        log.write('debug', 'node/receipts-not-taken');
        return;
      }
      await forget(some);
    }
  }

  async function forget(receipts: readonly OwedReceiptRecord[]): Promise<void> {
    await profile.transact(async (transaction) => {
      for (const receipt of receipts) transaction.remove(receipt);
      return ok(undefined);
    });
  }

  // What was owed when the process ended.
  if (owed().length > 0) kick();
  return {
    kick,
    async expire() {
      const overMs = clock.nowMs() - LETTER_LIFE_MS;
      const over = owed().filter(({ createdAtMs }) => createdAtMs <= overMs);
      if (over.length > 0) await forget(over);
    },
  };
}

const RETRY_MS = 30_000;
const RETRY_FOR_MS = 120_000;
