import type { Cancel } from '@pars/base';
import {
  createCustodyBook,
  createRepairRound,
  decodeReceipt,
  type KeeperId,
  keeperName,
  maxKeeperMessage,
  type Parcel,
  parcelFromBytes,
  type RepairEffect,
  type RepairReport,
  type ShardDay,
  storedReceipt,
  storeMessage,
} from '@pars/mesh';
import { followLinks } from '../discovery/linked-nodes.ts';
import type { KeeperContact, KeeperPlaces } from './keeper-directory.ts';
import { askKeeper, type ExchangeDeps, linkToKeeper } from './keeper-exchange.ts';
import type { KeeperServiceDeps } from './keeper-service-deps.ts';
import type { ShardShelves } from './shard-shelves.ts';

/** How often copies are looked after, and what it may cost. */
export interface RepairOptions {
  /** Time between two looks at the same shard day on average, in ms; default 6 hours. */
  readonly repairMs?: number;
  /** Bytes that are brought to others in a day at most; default 64 MiB. */
  readonly dailyBytes?: number;
}

/**
 * Looks after the copies of what is kept (PIP-1006 §10): one shard day after
 * another, at times that are drawn anew each time, until the signal aborts.
 */
export function startKeeperRepair(
  deps: KeeperServiceDeps & { readonly places: KeeperPlaces; readonly shelves: ShardShelves },
  options: RepairOptions,
  signal: AbortSignal,
): void {
  const { clock, log, metrics, network, places, random, scheduler, shelves, tasks } = deps;
  const { repairMs = SIX_HOURS_MS, dailyBytes = 64 * 1_024 * 1_024 } = options;
  const { symmetric } = deps.suite;
  const linked = followLinks({ mesh: deps.mesh, symmetric }, () => undefined, signal);
  const exchange: ExchangeDeps = { symmetric, mesh: deps.mesh, scheduler, linked };
  const custody = createCustodyBook({ symmetric, random }, { maxEntries: 256 });
  /** Liars, by name, until when they are left alone. */
  const avoided = new Map<string, number>();
  let waiting: ShardDay[] = [];
  let budget = { day: -1, leftBytes: 0 };
  let cancel: Cancel | undefined;
  signal.addEventListener('abort', () => cancel?.());
  lookLater(repairMs);

  /** Once in `repairMs` for each shard day, and never all keepers at the same moment. */
  function lookLater(meanMs: number): void {
    if (signal.aborted) return;
    const drawn = new DataView(random.bytes(4).buffer).getUint32(0) / 2 ** 32;
    cancel = scheduler.schedule(Math.min(meanMs * (0.5 + drawn), LONGEST_DELAY_MS), () => {
      tasks.start('node/repair-failed', async () => {
        try {
          await look();
        } finally {
          lookLater(repairMs / (waiting.length + 1));
        }
      });
    });
  }

  async function look(): Promise<void> {
    if (waiting.length === 0) waiting = [...(await shelves.shardDays())].slice(0, MAX_SHARD_DAYS);
    const shardDay = waiting.shift();
    if (shardDay === undefined || signal.aborted) return;
    if (!(await places.isOwn(shardDay))) return;
    await shelves.prepare(shardDay);
    const report = await runRound(shardDay, await places.othersAt(shardDay));
    if (report === undefined) return;
    metrics.count('node/copies-missing', report.short);
    metrics.count('node/copies-brought', report.brought);
    metrics.count('node/keepers-lying', report.liars);
  }

  async function runRound(
    shardDay: ShardDay,
    others: readonly KeeperContact[],
  ): Promise<RepairReport | undefined> {
    const nowMs = clock.monotonicMs();
    const contacts = new Map(
      others
        .filter(({ id }) => (avoided.get(keeperName(id)) ?? 0) <= nowMs)
        .map((contact) => [keeperName(contact.id), contact]),
    );
    const { register } = shelves;
    const held = [...register.items(shardDay)].flatMap((item) => {
      const kept = register.find(shardDay, item);
      return kept === undefined ? [] : [{ item, priority: kept.priority }];
    });
    const keepers: readonly KeeperId[] = [...contacts.values()].map(({ id }) => id);
    const round = createRepairRound(
      { symmetric, network, random },
      { shardDay, held, keepers },
      { maxBytes: Math.min(leftToday(), MAX_BYTES_OF_ROUND) },
    );
    const effects: RepairEffect[] = [...round.start()];
    for (let effect = effects.shift(); effect !== undefined; effect = effects.shift()) {
      if (signal.aborted) return undefined;
      switch (effect.kind) {
        case 'send': {
          const answer = await ask(contacts.get(effect.keeper), effect.message);
          const { keeper } = effect;
          effects.push(
            ...(answer === undefined ? round.failed(keeper) : round.receive(keeper, answer)),
          );
          break;
        }
        case 'read': {
          const ids = effect.items.map((item) => register.find(shardDay, item)?.id);
          const parcels: (Uint8Array | undefined)[] = [];
          for (const id of ids) {
            parcels.push(id === undefined ? undefined : (await shelves.read([id]))[0]);
          }
          effects.push(...round.loaded(parcels));
          break;
        }
        case 'bring': {
          const id = register.find(shardDay, effect.item)?.id;
          const bytes = id === undefined ? undefined : (await shelves.read([id]))[0];
          const isStored = await bring(contacts.get(effect.keeper), bytes);
          effects.push(...round.brought(isStored));
          break;
        }
        case 'misbehaved':
          avoid(effect.keeper);
          log.write('info', 'node/keeper-avoided', { code: effect.failure.code });
          break;
        case 'end':
          return effect.report;
      }
    }
    return undefined;
  }

  async function bring(
    contact: KeeperContact | undefined,
    bytes: Uint8Array | undefined,
  ): Promise<boolean> {
    const parcel = bytes && parcelFromBytes(symmetric, network, bytes);
    if (contact === undefined || parcel?.ok !== true) return false;
    budget.leftBytes -= parcel.value.bytes.length;
    const hop = keeperName(contact.id);
    const challenge = custody.handOver(hop, parcel.value);
    const answer = await ask(contact, storeMessage(challenge, parcel.value.bytes));
    return answer !== undefined && isReceiptFor(hop, parcel.value, answer);
  }

  function isReceiptFor(hop: string, { id }: Parcel, answer: Uint8Array): boolean {
    const receipt = storedReceipt(answer);
    const read = receipt && decodeReceipt(receipt);
    if (receipt === undefined || read?.ok !== true) return false;
    const isForIt = keeperName(read.value.id) === keeperName(id);
    const said = custody.accept(hop, receipt);
    return isForIt && said.ok && said.value === 'stored';
  }

  async function ask(
    contact: KeeperContact | undefined,
    message: Uint8Array,
  ): Promise<Uint8Array | undefined> {
    if (contact === undefined) return undefined;
    const link = await linkToKeeper(exchange, contact, signal);
    if (!link.ok) return undefined;
    const answer = await askKeeper(exchange, link.value, message, maxKeeperMessage, signal);
    return answer.ok ? answer.value : undefined;
  }

  function leftToday(): number {
    const day = Math.floor(clock.monotonicMs() / DAY_MS);
    if (budget.day !== day) budget = { day, leftBytes: dailyBytes };
    return Math.max(0, budget.leftBytes);
  }

  function avoid(keeper: string): void {
    const [oldest] = avoided.keys();
    if (oldest !== undefined && avoided.size >= MAX_AVOIDED) avoided.delete(oldest);
    avoided.set(keeper, clock.monotonicMs() + DAY_MS);
  }
}

const SIX_HOURS_MS = 21_600_000;
const DAY_MS = 86_400_000;
const LONGEST_DELAY_MS = 2 ** 31 - 1;
const MAX_SHARD_DAYS = 512;
const MAX_AVOIDED = 4_096;
const MAX_BYTES_OF_ROUND = 4 * 1_024 * 1_024;
