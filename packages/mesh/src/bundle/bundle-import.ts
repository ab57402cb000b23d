import { compareBytes, type Failure, ok, type Result } from '@pars/base';
import type { SigningPublicKeyBytes } from '@pars/crypto';
import { type Replica, type SpaceId, spaceIds, type VertexId } from '@pars/dag';
import { type MeshFailure, meshErr } from '../errors.ts';
import type { BundleDamage, BundleEvent, BundleKeys, BundleReaderDeps } from './bundle.ts';
import { readBundle } from './bundle-reader.ts';
import type {
  BundleRecord,
  FrontierRecord,
  SketchRecord,
  SnapshotRecord,
} from './bundle-record.ts';
import type {
  BundleImportProgress,
  BundleReport,
  BundleTargets,
  FrontierOutcome,
  RecordTally,
} from './bundle-report.ts';

/** Most spaces and markers that one import keeps in mind; more are refused. */
const maxSpaces = 4_096;

/**
 * Takes a bundle in (PIP-1004 §9). A chunk is used when all of it has opened;
 * every record is durable as a whole or not there, so that a crash, or the same
 * bundle a second time, changes nothing about the end. An error is returned
 * when nothing was used: `mesh/bundle-not-ours`, `mesh/bundle-expired`,
 * `mesh/bundle-future-dated`. What a bundle is refused for later stands in the
 * report, beside what was stored before. Throws what a target or the source
 * throws, and the signal's reason.
 */
export async function importBundle(
  deps: BundleReaderDeps,
  targets: BundleTargets,
  keys: BundleKeys,
  source: AsyncIterable<Uint8Array>,
  onProgress?: (progress: BundleImportProgress) => void,
  signal?: AbortSignal,
): Promise<Result<BundleReport, MeshFailure>> {
  const events = readBundle(deps, keys, source, signal === undefined ? {} : { signal });
  return await importEvents(targets, events, onProgress, signal);
}

/** {@link importBundle} of what a reader has read. */
export async function importEvents(
  targets: BundleTargets,
  events: AsyncIterable<BundleEvent>,
  onProgress?: (progress: BundleImportProgress) => void,
  signal?: AbortSignal,
): Promise<Result<BundleReport, MeshFailure>> {
  const intake = createIntake(targets, signal);
  let opened: Extract<BundleEvent, { kind: 'opened' }> | undefined;
  let exporter: SigningPublicKeyBytes | undefined;
  let [bytes, chunks, attestedChunks] = [0, 0, 0];
  let damage = noDamage;
  let failure: MeshFailure | undefined;
  for await (const event of events) {
    if (event.kind === 'opened') opened = event;
    else if (event.kind === 'exporter') exporter = event.key;
    else if (event.kind === 'failed') failure = event.failure;
    else if (event.kind === 'end') {
      ({ bytes, chunks, attestedChunks, damage } = event);
    } else if (event.kind === 'chunk') {
      await intake.take(event.records);
      intake.skip(event.unknown, event.refused);
      bytes = event.bytesRead;
      chunks = event.index + 1;
      onProgress?.({ bytesRead: bytes, chunks, stored: intake.storedCount });
    }
  }
  if (opened === undefined) return failure ? { ok: false, error: failure } : notOurs;
  const { createdMs, expiresMs } = opened;
  return ok({
    ...(exporter && { exporter }),
    createdMs,
    expiresMs,
    bytes,
    chunks,
    attestedChunks,
    ...(await intake.outcome()),
    damage,
    ...(failure && { failure }),
  });
}

const notOurs = meshErr('mesh/bundle-not-ours');
const noDamage: BundleDamage = {
  lost: [],
  missing: [],
  untoldChunks: 0,
  truncated: true,
  headDamaged: false,
  excessBytes: 0,
};

/** Where records go, and the count of what became of them. */
interface Intake {
  readonly storedCount: number;
  take(records: readonly BundleRecord[]): Promise<void>;
  skip(unknown: number, refused: number): void;
  outcome(): Promise<
    Pick<
      BundleReport,
      | 'parcels'
      | 'vertices'
      | 'snapshots'
      | 'peers'
      | 'unknown'
      | 'refused'
      | 'frontiers'
      | 'sketch'
    >
  >;
}

function createIntake(targets: BundleTargets, signal: AbortSignal | undefined): Intake {
  const source = targets.source ?? 'bundle';
  const parcels = createTally();
  const vertices = createTally();
  const snapshots = createTally();
  const peers = createTally();
  const layout = createTally();
  const replicaBySpace = new Map<string, Replica | undefined>();
  const markers = new Map<string, FrontierRecord>();
  let sketch: SketchRecord | undefined;
  let unknown = 0;

  return {
    get storedCount() {
      return parcels.stored + vertices.stored + snapshots.stored + peers.stored;
    },
    skip(skipped, refused) {
      unknown += skipped;
      layout.refuse('mesh/bad-bundle-record', refused);
    },
    async take(records) {
      for (let at = 0; at < records.length; ) {
        signal?.throwIfAborted();
        const run = verticesFrom(records, at);
        if (run.encodings.length > 0) await takeVertices(run.space, run.encodings);
        else await takeOne(records[at] as BundleRecord);
        at += Math.max(1, run.encodings.length);
      }
    },
    async outcome() {
      const frontiers: FrontierOutcome[] = [];
      for (const marker of markers.values()) frontiers.push(await frontierOutcome(marker));
      return {
        parcels: parcels.read(),
        vertices: vertices.read(waitingVertices()),
        snapshots: snapshots.read(),
        peers: peers.read(),
        unknown,
        refused: layout.read().refused,
        frontiers,
        ...(sketch && { sketch }),
      };
    },
  };

  async function takeOne(record: BundleRecord): Promise<void> {
    switch (record.kind) {
      case 'parcel': {
        if (targets.parcels === undefined) return parcels.leave(1);
        return parcels.note(await targets.parcels.put(record.bytes, source, signal));
      }
      case 'peer':
        if (targets.takePeer === undefined) return peers.leave(1);
        return peers.note(await targets.takePeer(record));
      case 'snapshot':
        return await takeSnapshot(record);
      case 'frontier':
        return takeMarker(record);
      case 'sketch':
        if (sketch === undefined) sketch = record;
        else layout.refuse('mesh/bundle-contradiction', 1);
        return undefined;
      case 'vertex':
        return await takeVertices(record.space, [record.bytes]);
    }
  }

  async function takeVertices(space: SpaceId, encodings: readonly Uint8Array[]): Promise<void> {
    const replica = await replicaOf(space);
    if (replica === undefined) return vertices.leave(encodings.length);
    // A replica keeps what it is given; the chunk goes.
    const receipt = await replica.receive(
      source,
      encodings.map((bytes) => bytes.slice()),
      signal,
    );
    vertices.stored += receipt.added.length;
    vertices.known += receipt.duplicates;
    for (const { failure } of receipt.refused) vertices.refuse(failure.code, 1);
    if (receipt.evicted > 0) vertices.refuse('mesh/vertices-evicted', receipt.evicted);
  }

  async function takeSnapshot(record: SnapshotRecord): Promise<void> {
    if (targets.takeSnapshot === undefined) return snapshots.leave(1);
    snapshots.note(await targets.takeSnapshot(record));
    // Before, there may have been no replica.
    replicaBySpace.delete(spaceIds.toText(record.space));
  }

  function takeMarker(record: FrontierRecord): void {
    const key = spaceIds.toText(record.space);
    const first = markers.get(key);
    if (first === undefined) {
      if (markers.size < maxSpaces) markers.set(key, record);
      else layout.refuse('mesh/bundle-too-large', 1);
    } else if (!sameHeads(first.heads, record.heads)) {
      layout.refuse('mesh/bundle-contradiction', 1);
    }
  }

  async function replicaOf(space: SpaceId): Promise<Replica | undefined> {
    const key = spaceIds.toText(space);
    if (replicaBySpace.has(key)) return replicaBySpace.get(key);
    const replica = await targets.replicaOf?.(space);
    // Beyond the bound, the owner is asked each time.
    if (replicaBySpace.size < maxSpaces) replicaBySpace.set(key, replica);
    return replica;
  }

  async function frontierOutcome({ space, heads }: FrontierRecord): Promise<FrontierOutcome> {
    const replica = await replicaOf(space);
    if (replica === undefined) return { space, reached: 'unknown', missingHeads: [] };
    const missingHeads: VertexId[] = [];
    for (const head of heads) {
      if (!(await replica.has(head, signal))) missingHeads.push(head);
    }
    return { space, reached: missingHeads.length === 0 ? 'reached' : 'missing', missingHeads };
  }

  function waitingVertices(): number {
    let waiting = 0;
    for (const replica of replicaBySpace.values()) waiting += replica?.parked.vertices ?? 0;
    return waiting;
  }
}

/** The vertices of one space that stand one after another from `at` on. */
function verticesFrom(
  records: readonly BundleRecord[],
  at: number,
): { readonly space: SpaceId; readonly encodings: readonly Uint8Array[] } {
  const first = records[at];
  const encodings: Uint8Array[] = [];
  const space = first !== undefined && 'space' in first ? first.space : nowhere;
  for (let next = at; next < records.length; next += 1) {
    const record = records[next];
    if (record?.kind !== 'vertex' || compareBytes(record.space, space) !== 0) break;
    encodings.push(record.bytes);
  }
  return { space, encodings };
}

const nowhere = new Uint8Array(0) as SpaceId;

function sameHeads(a: readonly VertexId[], b: readonly VertexId[]): boolean {
  return (
    a.length === b.length &&
    a.every((head, at) => compareBytes(head, b[at] ?? new Uint8Array(0)) === 0)
  );
}

interface Tally {
  stored: number;
  known: number;
  leave(count: number): void;
  refuse(code: string, count: number): void;
  note(outcome: Result<unknown, Failure>): void;
  read(waiting?: number): RecordTally;
}

function createTally(): Tally {
  const refused = new Map<string, number>();
  let unplaced = 0;
  const tally: Tally = {
    stored: 0,
    known: 0,
    leave(count) {
      unplaced += count;
    },
    refuse(code, count) {
      if (count > 0) refused.set(code, (refused.get(code) ?? 0) + count);
    },
    note(outcome) {
      if (!outcome.ok) tally.refuse(outcome.error.code, 1);
      else if (outcome.value === 'known') tally.known += 1;
      else if (outcome.value === 'unplaced') tally.leave(1);
      else tally.stored += 1;
    },
    read: (waiting = 0) => ({
      stored: tally.stored,
      known: tally.known,
      waiting,
      unplaced,
      refused: Object.fromEntries([...refused].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    }),
  };
  return tally;
}
