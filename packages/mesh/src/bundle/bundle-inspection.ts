import { ok, type Result } from '@pars/base';
import type { SigningPublicKeyBytes } from '@pars/crypto';
import { type SpaceId, spaceIds, type VertexId } from '@pars/dag';
import { type MeshFailure, meshErr } from '../errors.ts';
import type { BundleDamage, BundleEvent, BundleKeys, BundleReaderDeps } from './bundle.ts';
import { readBundle } from './bundle-reader.ts';
import type { BundleRecord, BundleRecordKind } from './bundle-record.ts';
import type { BundleInspection } from './bundle-report.ts';

/** Most spaces that an inspection lists. */
const maxListedSpaces = 4_096;

interface SpaceTally {
  readonly space: SpaceId;
  vertices: number;
  hasSnapshot: boolean;
  heads: readonly VertexId[];
}

/**
 * What can be told of a bundle with the keys, without taking anything in. Also
 * of an expired one. Fails with `mesh/bundle-not-ours` alone; what was found
 * wrong later is `failure` of the inspection.
 */
export async function inspectBundle(
  deps: BundleReaderDeps,
  keys: BundleKeys,
  source: AsyncIterable<Uint8Array>,
  onProgress?: (bytesRead: number) => void,
  signal?: AbortSignal,
): Promise<Result<BundleInspection, MeshFailure>> {
  const countByKind: Record<BundleRecordKind, number> = {
    parcel: 0,
    vertex: 0,
    frontier: 0,
    sketch: 0,
    peer: 0,
    snapshot: 0,
  };
  const spaces = new Map<string, SpaceTally>();
  let opened: Extract<BundleEvent, { kind: 'opened' }> | undefined;
  let exporter: SigningPublicKeyBytes | undefined;
  let failure: MeshFailure | undefined;
  let damage: BundleDamage | undefined;
  let [bytes, chunks, attestedChunks, unknown, refused] = [0, 0, 0, 0, 0];
  const options = { ignoresTime: true, ...(signal && { signal }) };
  for await (const event of readBundle(deps, keys, source, options)) {
    if (event.kind === 'opened') opened = event;
    else if (event.kind === 'exporter') exporter = event.key;
    else if (event.kind === 'failed') failure = event.failure;
    else if (event.kind === 'end') ({ bytes, chunks, attestedChunks, damage } = event);
    else if (event.kind === 'chunk') {
      for (const record of event.records) count(record);
      unknown += event.unknown;
      refused += event.refused;
      bytes = event.bytesRead;
      chunks = event.index + 1;
      onProgress?.(bytes);
    }
  }
  if (opened === undefined) return meshErr('mesh/bundle-not-ours');
  const { createdMs, expiresMs } = opened;
  return ok({
    ...(exporter && { exporter }),
    createdMs,
    expiresMs,
    expired: expiresMs <= deps.clock.nowMs(),
    bytes,
    chunks,
    attestedChunks,
    countByKind,
    unknown,
    refused,
    spaces: [...spaces.values()],
    damage: damage ?? unfinished,
    ...(failure && { failure }),
  });

  function count(record: BundleRecord): void {
    countByKind[record.kind] += 1;
    if (!('space' in record)) return;
    const key = spaceIds.toText(record.space);
    const found = spaces.get(key);
    if (found === undefined && spaces.size === maxListedSpaces) return;
    const tally = found ?? { space: record.space, vertices: 0, hasSnapshot: false, heads: [] };
    spaces.set(key, tally);
    if (record.kind === 'vertex') tally.vertices += 1;
    else if (record.kind === 'snapshot') tally.hasSnapshot = true;
    else if (tally.heads.length === 0) tally.heads = record.heads;
  }
}

/** Of a bundle that was refused on the way. */
const unfinished: BundleDamage = {
  lost: [],
  missing: [],
  untoldChunks: 0,
  truncated: true,
  headDamaged: false,
  excessBytes: 0,
};
