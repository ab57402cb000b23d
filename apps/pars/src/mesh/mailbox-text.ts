import type { MeshStatus, NodeStatus } from '@pars/api/client';
import { textFromBytes } from '../size-text.ts';

/** How a node uses and serves mailboxes. */
export interface MailboxView {
  /** Whether it keeps parcels of others. */
  readonly keeps: boolean;
  /** Its own visits to keepers; absent where it carries nothing, and so fetches nothing. */
  readonly visits?: { readonly everyMs: number; readonly bytesADay: number };
}

/** What follows from the settings of a node (PIP-1006 §2, §7). */
export function mailboxView(
  mesh: MeshStatus,
  { carrying }: Pick<NodeStatus, 'carrying'>,
): MailboxView {
  if (carrying === undefined) return { keeps: false };
  const everyMs = mesh.metered ? INTERVAL_MS : INTERVAL_MS / NORMAL_VISITS;
  const bytesADay = Math.round((DAY_MS / everyMs) * VISIT_BYTES);
  return { keeps: mesh.keeper, visits: { everyMs, bytesADay } };
}

/** What `pars mesh mailbox` shows. */
export function linesFromMailbox({ keeps, visits }: MailboxView): readonly string[] {
  const kept = keeps
    ? 'yes, for the shards that it is nearest to; what others fetch costs about 0.2 GB a day, on some days 1.2 GB'
    : 'no';
  if (visits === undefined) {
    return [
      'keeps for others  no',
      'visits            none: this node carries nothing (`parsd --carry`)',
    ];
  }
  const { bytesADay, everyMs } = visits;
  return [
    `keeps for others  ${kept}`,
    `visits            one every ${everyMs / 1_000} s, locked or open, with something waiting or not`,
    `cost              ${textFromBytes(bytesADay)} a day, always the same`,
  ];
}

/** The values of the first network (PIP-1006 §2). */
const INTERVAL_MS = 300_000;
const NORMAL_VISITS = 3;
/** A question of 92 bytes and an answer of 49,166. */
const VISIT_BYTES = 49_258;
const DAY_MS = 86_400_000;
