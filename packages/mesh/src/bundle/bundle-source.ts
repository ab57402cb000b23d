import { compareBytes, type Random, unwrap } from '@pars/base';
import type { Difference, Replica, VertexId } from '@pars/dag';
import {
  type ParcelEntry,
  type ParcelStore,
  parcelIds,
  parcelPriorities,
} from '../parcel/index.ts';
import {
  type BundleRecord,
  maxBundleSymbols,
  type PeerRecord,
  type SketchRecord,
  type SnapshotRecord,
} from './bundle-record.ts';
import { createBundleSketch, lackingAtFarSide } from './bundle-sketch.ts';

/** A space that goes into a bundle. */
export interface ExportedSpace {
  readonly replica: Replica;
  /** Where a pruned replica begins. Without it, who does not hold its base can do nothing with the rest. */
  readonly snapshot?: SnapshotRecord;
  /** Heads that the far side has told of (the frontier of its bundle): what lies below is left out. */
  readonly farHeads?: readonly VertexId[];
}

/** What is chosen from (PIP-1004 §7, §8). */
export interface BundleSelection {
  readonly parcels?: Pick<ParcelStore, 'list' | 'snapshot' | 'find' | 'get'>;
  /** Only parcels that bear one of these tags, at most 65,536 of them. Default: all tags. */
  readonly tags?: readonly Uint8Array[];
  /** Which parcels go along: by shard, say. Default: all. */
  readonly wants?: (entry: ParcelEntry) => boolean;
  readonly spaces?: readonly ExportedSpace[];
  readonly peers?: readonly PeerRecord[];
  /** What the far side holds: `sketch` of the report of its bundle. Parcels that it has are left out. */
  readonly far?: SketchRecord;
  /** Symbols of the sketch of the own parcels that goes along, 0 to 4,096. Default 4,096; 0: none. */
  readonly sketchSymbols?: number;
}

/** Most parcels that are looked for by tag. */
const maxTagged = 65_536;
/** Parcels of one rank are put in the order of their end, so many at a time. */
const sortedAtOnce = 16_384;

/**
 * What a store and its replicas give for a bundle, the most valuable first
 * (PIP-1004 §7): where the spaces stand, the return sketch, emergency parcels,
 * the spaces (parents before children), all other parcels, peers. Reads as the
 * writer asks; a parcel that goes away meanwhile is left out. A replica's
 * failure is thrown.
 */
export async function* bundleFromStore(
  deps: { readonly random: Random },
  selection: BundleSelection,
  signal?: AbortSignal,
): AsyncGenerator<BundleRecord, void, undefined> {
  const { parcels, spaces = [], peers = [], far, wants, tags } = selection;
  const { sketchSymbols = maxBundleSymbols } = selection;

  for (const { replica } of spaces) {
    const heads = (await replica.frontier(signal)).toSorted(compareBytes);
    yield { kind: 'frontier', space: replica.space, heads };
  }
  if (parcels !== undefined && sketchSymbols > 0) {
    yield createBundleSketch(deps.random, parcels.snapshot(), sketchSymbols);
  }
  const lacking = far && parcels && lackingAtFarSide(parcels.snapshot(), far);
  yield* parcelsThatAre('emergency');
  for (const space of spaces) yield* verticesOf(space, signal);
  yield* parcelsThatAre('less urgent');
  yield* peers;

  async function* parcelsThatAre(
    urgency: 'emergency' | 'less urgent',
  ): AsyncGenerator<BundleRecord, void> {
    if (parcels === undefined) return;
    const entries =
      tags === undefined
        ? parcels.list('priority')
        : (await parcels.find({ tags, limit: maxTagged }, signal)).toSorted(compareWorth);
    for (const entry of soonestFirst(entries)) {
      const isEmergency = entry.priority === 'emergency';
      // Emergencies come first in every order.
      if (urgency === 'emergency' && !isEmergency) return;
      const isWanted =
        isEmergency === (urgency === 'emergency') &&
        (lacking === undefined || lacking.has(parcelIds.toText(entry.id))) &&
        (wants === undefined || wants(entry));
      const bytes = isWanted ? await parcels.get(entry.id, signal) : undefined;
      if (bytes !== undefined) yield { kind: 'parcel', bytes, id: entry.id };
    }
  }
}

/** Parcels of one priority and postage that stand together, by their end. */
function* soonestFirst(entries: Iterable<ParcelEntry>): Generator<ParcelEntry, void> {
  let equals: ParcelEntry[] = [];
  for (const entry of entries) {
    const [first] = equals;
    const belongs = first?.priority === entry.priority && first.level === entry.level;
    if (equals.length > 0 && (!belongs || equals.length === sortedAtOnce)) {
      yield* equals.sort(compareWorth);
      equals = [];
    }
    equals.push(entry);
  }
  yield* equals.sort(compareWorth);
}

/** Priority, then postage, then what ends soonest; ids make the order one. */
function compareWorth(a: ParcelEntry, b: ParcelEntry): number {
  const urgency = (entry: ParcelEntry) => parcelPriorities.indexOf(entry.priority);
  return (
    urgency(b) - urgency(a) ||
    b.level - a.level ||
    a.expirySlot - b.expirySlot ||
    compareBytes(a.id, b.id)
  );
}

async function* verticesOf(
  { replica, snapshot, farHeads = [] }: ExportedSpace,
  signal: AbortSignal | undefined,
): AsyncGenerator<BundleRecord, void> {
  const { space, base } = replica;
  // Who holds one of these heads, and no more, is past the base of a pruned space.
  const isPastBase = await holdsAny(replica, farHeads, signal);
  if (snapshot !== undefined && !isPastBase) yield snapshot;
  const heads = isPastBase || base === undefined ? farHeads : [base.id];
  let from: number | undefined = 0;
  while (from !== undefined) {
    const page: Difference = unwrap(await replica.difference(heads, { from }, signal));
    for (const bytes of page.vertices) yield { kind: 'vertex', space, bytes };
    from = page.next;
  }
}

async function holdsAny(
  replica: Replica,
  heads: readonly VertexId[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (const head of heads) if (await replica.has(head, signal)) return true;
  return false;
}
