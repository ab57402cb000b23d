import { expose, ParsError } from '@pars/base';
import { decodeVertex, type SpaceId, spaceIds } from '@pars/dag';
import {
  parcelHeaderLength,
  parcelIdFromHeader,
  slotFromMs,
  slotMs,
  slotsPerDay,
} from '../parcel/index.ts';
import type { BundleOptions, BundleWriterDeps } from './bundle.ts';
import {
  createBundleSecret,
  requireRecipients,
  sealHead,
  sessionFromSecret,
} from './bundle-head.ts';
import {
  type BundleLayout,
  bundleLayout,
  chunkBodyLength,
  chunksBetweenHeads,
  chunksWithin,
  fileLength,
  maxChunks,
  paddedChunkCount,
  recordPrefixLength,
} from './bundle-layout.ts';
import { type BundleRecord, encodeRecord, kindNumbers, statementKind } from './bundle-record.ts';
import {
  hashLength,
  rowLength,
  type StatementRow,
  sealStatement,
  statementOverhead,
} from './bundle-statement.ts';
import { chunkNonce } from './chunk-nonce.ts';
import { createChunkPacker, type RecordPlace, undividedShare } from './chunk-packer.ts';

/** Longest life of a bundle in days. */
export const maxBundleDays = 90;
/** A run of chunks is closed by a statement when it has so many chunks or rows. */
const chunksPerStatement = 64;
const rowsPerStatement = 2_900;
/** After so many records in a row that had no room, no more are asked for. */
const patience = 256;
const zeroStart = new Uint8Array(8);
const nothing = new Uint8Array(0);

/**
 * Writes a bundle (PIP-1004): the bytes of one file, chunk by chunk, from
 * records in the order of their worth. What has no room below
 * `options.limitBytes` is left out, and with a vertex all later ones of its
 * space. Ends early when the consumer does; throws `mesh/argument` for wrong
 * options and records, and the signal's reason when aborted.
 */
export function writeBundle(
  deps: BundleWriterDeps,
  options: BundleOptions,
  records: AsyncIterable<BundleRecord> | Iterable<BundleRecord>,
): AsyncGenerator<Uint8Array, void, undefined> {
  return writeBundleAs(bundleLayout, deps, options, records);
}

/** {@link writeBundle} in another layout: for tests. */
export async function* writeBundleAs(
  layout: BundleLayout,
  deps: BundleWriterDeps,
  options: BundleOptions,
  records: AsyncIterable<BundleRecord> | Iterable<BundleRecord>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { suite, clock, random, exporter } = deps;
  const { signal, onOmitted, onProgress } = options;
  const recipients = requireRecipients(layout, options.recipients);
  const mostChunks = requireRoom(layout, options.limitBytes ?? 2 ** 36);
  const createdSlot = slotFromMs(clock.nowMs());
  const expirySlot = expirySlotOf(clock.nowMs(), options.lifetimeMs);
  const secret = expose(createBundleSecret(random, createdSlot, expirySlot));
  const session = sessionFromSecret(deps, secret);
  const packer = createChunkPacker(layout);
  const segments = createSegments(layout);
  const closedSpaces = new Set<string>();
  let [bytes, written, omitted] = [0, 0, 0];

  yield counted(await sealHead(deps, layout, recipients, secret));
  yield* addStatement(await seal({ from: 0, hashes: [], rows: [] }));
  let refusals = 0;
  for await (const record of records) {
    signal?.throwIfAborted();
    const encoded = encodeRecord(record);
    if (!encoded.ok) throw new ParsError('mesh/argument', { what: 'record' });
    const content = encoded.value;
    const space = 'space' in record ? record.space : undefined;
    const isCutOff = record.kind === 'vertex' && closedSpaces.has(spaceIds.toText(record.space));
    const place = packer.placeOf(content.length);
    const end = place.chunk + place.span + 1;
    if (isCutOff || end + segments.chunksToEnd(place, space) > mostChunks) {
      if (record.kind === 'vertex') closedSpaces.add(spaceIds.toText(record.space));
      omitted += 1;
      onOmitted?.(record);
      refusals += 1;
      if (refusals === patience) break;
      continue;
    }
    refusals = 0;
    const kind = kindNumbers[record.kind];
    const { chunk, span } = place;
    segments.addRow({ chunk, span, kind, space, idStart: startOf(record) });
    for (const plaintext of packer.add(kind, content)) yield* sealAndCount(plaintext);
    written += 1;
    if (segments.isFull()) yield* closeSegment();
  }
  yield* finish();

  /** The statement of the run that ends, and the one before again (PIP-1004 §6). */
  async function* closeSegment(): AsyncGenerator<Uint8Array, void> {
    const statement = await seal(segments.close());
    const earlier = segments.remember(statement);
    yield* addStatement(statement);
    if (earlier !== undefined) yield* addStatement(earlier);
  }

  /** Both copies of the last statement, each in chunks of its own, and padding. */
  async function* finish(): AsyncGenerator<Uint8Array, void> {
    if (!packer.isEmpty) yield* sealAndCount(packer.flush(false));
    const statement = await seal(segments.close());
    const earlier = segments.remember(statement);
    yield* addStatement(statement);
    if (earlier !== undefined) yield* addStatement(earlier);
    yield* sealAndCount(packer.flush(false));
    yield* addStatement(statement);
    const target = paddedChunkCount(packer.complete + 1);
    if (target > mostChunks) throw new ParsError('mesh/bundle-room');
    while (packer.complete + 1 < target) yield* sealAndCount(packer.flush(false));
    yield* sealAndCount(packer.flush(true));
    if (packer.complete < chunksBetweenHeads) {
      yield counted(await sealHead(deps, layout, recipients, secret));
    }
    tell(true);
  }

  async function seal(statement: Parameters<typeof sealStatement>[3]): Promise<Uint8Array> {
    return await sealStatement(deps, session, exporter, statement);
  }

  function addStatement(content: Uint8Array): AsyncGenerator<Uint8Array, void> {
    return emit(packer.add(statementKind, content));
  }

  async function* emit(plaintexts: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    for (const plaintext of plaintexts) yield* sealAndCount(plaintext);
  }

  /** The chunk that the packer has just completed, and the second head after the 16th. */
  async function* sealAndCount(plaintext: Uint8Array): AsyncGenerator<Uint8Array, void> {
    const index = packer.complete - 1;
    const nonce = chunkNonce(index);
    const chunk = suite.symmetric.gcmSeal(session.chunkKey, nonce, plaintext, nothing);
    segments.addHash(suite.symmetric.sha3(chunk));
    yield counted(chunk);
    signal?.throwIfAborted();
    if (index === chunksBetweenHeads - 1) {
      yield counted(await sealHead(deps, layout, recipients, secret));
    }
    tell(false);
  }

  function counted(part: Uint8Array): Uint8Array {
    bytes += part.length;
    return part;
  }

  function tell(done: boolean): void {
    onProgress?.({ bytes, records: written, omitted, done });
  }

  function startOf(record: BundleRecord): Uint8Array {
    const { symmetric } = suite;
    if (record.kind === 'parcel') {
      const header = record.bytes.subarray(0, parcelHeaderLength);
      return (record.id ?? parcelIdFromHeader(symmetric, header)).subarray(0, 8);
    }
    if (record.kind !== 'vertex') return zeroStart;
    if (record.id !== undefined) return record.id.subarray(0, 8);
    const vertex = decodeVertex({ hash: symmetric }, record.space, record.bytes);
    return vertex.ok ? vertex.value.id.subarray(0, 8) : zeroStart;
  }
}

/** The runs of chunks that statements speak of, as they grow. */
interface Segments {
  addHash(hash: Uint8Array): void;
  addRow(row: StatementRow): void;
  isFull(): boolean;
  /** What the statement about all complete chunks since the last one says. */
  close(): { readonly from: number; readonly hashes: Uint8Array[]; readonly rows: StatementRow[] };
  /** Keeps a statement for its second copy, and gives the one before. */
  remember(statement: Uint8Array): Uint8Array | undefined;
  /** Chunks that statements will take, at most, if one more record is added there and nothing else. */
  chunksToEnd(place: RecordPlace, space: SpaceId | undefined): number;
}

function createSegments(layout: BundleLayout): Segments {
  const bodyLength = chunkBodyLength(layout);
  let from = 0;
  let hashes: Uint8Array[] = [];
  let rows: StatementRow[] = [];
  let spaces = new Set<string>();
  let last: Uint8Array | undefined;

  return {
    addHash: (hash) => hashes.push(hash),
    addRow(row) {
      rows.push(row);
      if (row.space !== undefined) spaces.add(spaceIds.toText(row.space));
    },
    isFull: () =>
      hashes.length >= chunksPerStatement || (hashes.length > 0 && rows.length >= rowsPerStatement),
    close() {
      const to = from + hashes.length;
      const closed = { from, hashes, rows: rows.filter((row) => row.chunk < to) };
      // What begins in the chunk that is being filled belongs to the next statement.
      rows = rows.filter((row) => row.chunk >= to);
      spaces = new Set(
        rows.flatMap(({ space }: { space: SpaceId | undefined }) =>
          space === undefined ? [] : spaceIds.toText(space),
        ),
      );
      from = to;
      hashes = [];
      return closed;
    },
    remember(statement) {
      const earlier = last;
      last = statement;
      return earlier;
    },
    chunksToEnd(place, space) {
      const newSpaces = space === undefined || spaces.has(spaceIds.toText(space)) ? 0 : 1;
      const open = statementLength(
        hashes.length + place.span + 2,
        rows.length + 1,
        spaces.size + newSpaces,
      );
      const earlier = last?.length ?? 0;
      const atEnd = chunksFor(open + earlier) + chunksFor(open);
      const closes =
        hashes.length + place.span + 2 >= chunksPerStatement || rows.length + 1 >= rowsPerStatement;
      // Then this run's statement and the one before come first, and one of a new run after them.
      const fresh = statementLength(8, 0, 0);
      return closes
        ? chunksFor(open + earlier) + 1 + chunksFor(fresh + open) + chunksFor(fresh)
        : atEnd;
    },
  };

  /** Chunks that one or two statements of so many bytes take, begun in a chunk of their own. */
  function chunksFor(length: number): number {
    // Between two, a part of a chunk that is not divided may stay empty.
    const gap = length < bodyLength / undividedShare ? 0 : bodyLength / undividedShare;
    return Math.ceil((length + 2 * recordPrefixLength + gap) / bodyLength);
  }
}

function statementLength(hashes: number, rows: number, spaces: number): number {
  return statementOverhead + hashLength * hashes + rowLength * rows + 34 * spaces;
}

function expirySlotOf(nowMs: number, lifetimeMs: number): number {
  if (!(lifetimeMs > 0 && lifetimeMs <= maxBundleDays * slotsPerDay * slotMs)) {
    throw new ParsError('mesh/argument', { what: 'lifetimeMs' });
  }
  return Math.ceil((nowMs + lifetimeMs) / slotMs / slotsPerDay) * slotsPerDay;
}

function requireRoom(layout: BundleLayout, limitBytes: number): number {
  const chunks = chunksWithin(layout, Math.min(limitBytes, fileLength(layout, maxChunks)));
  if (!Number.isSafeInteger(limitBytes) || chunks < 3) {
    throw new ParsError('mesh/argument', { what: 'limitBytes' });
  }
  return chunks;
}
