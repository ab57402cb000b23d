import { compareBytes, equalBytes, ok, type Result } from '@pars/base';
import type { SigningPublicKeyBytes } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import { slotFromMs, slotMs, slotsPerDay } from '../parcel/index.ts';
import type { BundleEvent, BundleKeys, BundleReaderDeps } from './bundle.ts';
import { type BundleSession, openHead } from './bundle-head.ts';
import { type BundleLayout, bundleLayout, chunksBetweenHeads, maxChunks } from './bundle-layout.ts';
import { type BundleRecord, decodeRecord, statementKind } from './bundle-record.ts';
import { openStatement } from './bundle-statement.ts';
import { maxBundleDays } from './bundle-writer.ts';
import { type BytePieces, createBytePieces } from './byte-pieces.ts';
import { chunkNonce } from './chunk-nonce.ts';
import { createChunkParser, type RawRecord } from './chunk-parser.ts';
import { createLossLedger } from './loss-ledger.ts';

/** How a bundle is read. */
export interface BundleReadOptions {
  /** Also reads what has expired or comes from the future: to look, not to use. */
  readonly ignoresTime?: boolean;
  readonly signal?: AbortSignal;
}

/** Hashes of chunks that wait for a statement. An honest exporter speaks of a chunk within some 340. */
const maxWaitingHashes = 1_024;
/** Statements that were verified lately; second copies cost a hash. */
const rememberedStatements = 8;
/** How far clocks may differ. */
const toleranceSlots = slotsPerDay;
const mostExcess = 1_048_576;
const nothing = new Uint8Array(0);

/**
 * Reads a bundle (PIP-1004 §3 to §6), chunk by chunk, whatever parts the source
 * gives. Every failure is an event; only the source's own errors and the
 * signal's reason are thrown. Holds less than 40 MiB, whatever the file says.
 * `mesh/bundle-not-ours`, `mesh/bundle-expired` and
 * `mesh/bundle-future-dated` come before anything else is given out.
 */
export function readBundle(
  deps: BundleReaderDeps,
  keys: BundleKeys,
  source: AsyncIterable<Uint8Array>,
  options: BundleReadOptions = {},
): AsyncGenerator<BundleEvent, void, undefined> {
  return readBundleAs(bundleLayout, deps, keys, source, options);
}

/** {@link readBundle} in another layout: for tests. */
export async function* readBundleAs(
  layout: BundleLayout,
  deps: BundleReaderDeps,
  keys: BundleKeys,
  source: AsyncIterable<Uint8Array>,
  options: BundleReadOptions = {},
): AsyncGenerator<BundleEvent, void, undefined> {
  const pieces = createBytePieces(source);
  try {
    const opened = await openBundle(layout, deps, keys, pieces);
    if (!opened.ok) {
      yield { kind: 'failed', failure: opened.error };
      return;
    }
    const { session } = opened.value;
    const time = options.ignoresTime === true ? ok(undefined) : checkTime(deps, session);
    if (!time.ok) {
      yield { kind: 'failed', failure: time.error };
      return;
    }
    yield {
      kind: 'opened',
      createdMs: session.createdSlot * slotMs,
      expiresMs: session.expirySlot * slotMs,
    };
    yield* readChunks(layout, deps, pieces, opened.value, options.signal);
  } finally {
    await pieces.close();
  }
}

interface OpenedBundle {
  readonly session: BundleSession;
  readonly headDamaged: boolean;
  /** Chunks that were read on the way to the second head. */
  readonly early: Uint8Array;
}

/** Opens the first head, or the second one: at most 16 chunks are held meanwhile. */
async function openBundle(
  layout: BundleLayout,
  deps: BundleReaderDeps,
  keys: BundleKeys,
  pieces: BytePieces,
): Promise<Result<OpenedBundle, MeshFailure>> {
  const { chunkLength, headLength } = layout;
  const head = await pieces.take(headLength);
  if (head.length < headLength) return meshErr('mesh/bundle-not-ours');
  const session = await openHead(deps, layout, keys, head);
  if (session !== undefined) return ok({ session, headDamaged: false, early: nothing });
  const rest = await pieces.take(chunksBetweenHeads * chunkLength + headLength);
  const early = rest.subarray(0, -headLength);
  if (rest.length <= headLength || early.length % chunkLength !== 0) {
    return meshErr('mesh/bundle-not-ours');
  }
  const second = await openHead(deps, layout, keys, rest.subarray(-headLength));
  if (second === undefined) return meshErr('mesh/bundle-not-ours');
  return ok({ session: second, headDamaged: true, early });
}

function checkTime(
  { clock }: BundleReaderDeps,
  { createdSlot, expirySlot }: BundleSession,
): Result<undefined, MeshFailure> {
  const now = slotFromMs(clock.nowMs());
  if (expirySlot <= now) return meshErr('mesh/bundle-expired');
  const longest = (maxBundleDays + 1) * slotsPerDay;
  if (createdSlot > now + toleranceSlots || expirySlot > createdSlot + longest) {
    return meshErr('mesh/bundle-future-dated');
  }
  return ok(undefined);
}

async function* readChunks(
  layout: BundleLayout,
  deps: BundleReaderDeps,
  pieces: BytePieces,
  { session, headDamaged, early }: OpenedBundle,
  signal: AbortSignal | undefined,
): AsyncGenerator<BundleEvent, void, undefined> {
  const { chunkLength, headLength } = layout;
  const { symmetric } = deps.suite;
  const parser = createChunkParser(layout);
  const ledger = createLossLedger();
  const witness = createWitness(deps, session);
  let index = 0;
  let hasLost = false;
  let isComplete = false;

  for (; !isComplete; index += 1) {
    signal?.throwIfAborted();
    if (index === maxChunks) {
      yield { kind: 'failed', failure: meshErr('mesh/bundle-too-large').error };
      return;
    }
    const chunk = await nextChunk();
    if (chunk.length < chunkLength) break;
    const plaintext = symmetric.gcmOpen(session.chunkKey, chunkNonce(index), chunk, nothing);
    if (plaintext === undefined) {
      hasLost = true;
      ledger.lose(index);
      parser.skip();
      continue;
    }
    witness.see(index, symmetric.sha3(chunk));
    const parsed = parser.parse(plaintext);
    const { records, refused } = decodeAll(parsed.records);
    for (const { kind, content } of parsed.records) {
      if (kind !== statementKind) continue;
      const heard = await witness.hear(content, index);
      if (!heard.ok) {
        yield { kind: 'failed', failure: heard.error };
        return;
      }
      if (heard.value === undefined) continue;
      const { exporter, statement, attested } = heard.value;
      if (exporter !== undefined) yield { kind: 'exporter', key: exporter };
      ledger.read(statement);
      if (attested) {
        const range = { from: statement.from, to: statement.from + statement.hashes.length - 1 };
        yield { kind: 'attested', range };
      }
    }
    if (records.length > 0 && !witness.knowsExporter && !hasLost) {
      yield { kind: 'failed', failure: meshErr('mesh/bundle-bad-signature').error };
      return;
    }
    yield {
      kind: 'chunk',
      index,
      records,
      unknown: parsed.unknown,
      refused: refused + parsed.refused,
      bytesRead: pieces.position,
    };
    isComplete = parsed.isLast;
  }

  let excessBytes = 0;
  if (isComplete) {
    const headIsAhead = index <= chunksBetweenHeads && !headDamaged;
    if (headIsAhead) await pieces.take(headLength);
    // Of what follows, it is enough to know that there is something.
    excessBytes = (await pieces.take(mostExcess)).length;
  }
  yield {
    kind: 'end',
    chunks: index,
    bytes: pieces.position,
    attestedChunks: witness.attestedChunks,
    damage: { ...ledger.summary(), truncated: !isComplete, headDamaged, excessBytes },
  };

  async function nextChunk(): Promise<Uint8Array> {
    const start = index * chunkLength;
    if (start < early.length) return early.subarray(start, start + chunkLength);
    if (index === chunksBetweenHeads && !headDamaged) await pieces.take(headLength);
    // With fewer chunks, the second head was the end of the file.
    return await pieces.take(chunkLength);
  }
}

/** Reads all records of a chunk but statements. */
function decodeAll(raw: readonly RawRecord[]): {
  readonly records: readonly BundleRecord[];
  readonly refused: number;
} {
  const records: BundleRecord[] = [];
  let refused = 0;
  for (const { kind, content } of raw) {
    if (kind === statementKind) continue;
    const record = decodeRecord(kind, content);
    if (record.ok) records.push(record.value);
    else refused += 1;
  }
  return { records, refused };
}

/** Compares what the exporter signed with what came. */
interface Witness {
  readonly knowsExporter: boolean;
  readonly attestedChunks: number;
  see(chunk: number, hash: Uint8Array): void;
  /** A statement that stands in chunk `index`; `undefined` for a copy of one that was heard. */
  hear(content: Uint8Array, index: number): Promise<Result<Heard | undefined, MeshFailure>>;
}

interface Heard {
  /** The first time. */
  readonly exporter: SigningPublicKeyBytes | undefined;
  readonly statement: Parameters<ReturnType<typeof createLossLedger>['read']>[0];
  /** Whether it signed chunks that came. */
  readonly attested: boolean;
}

function createWitness(deps: BundleReaderDeps, session: BundleSession): Witness {
  const { symmetric } = deps.suite;
  const waiting = new Map<number, Uint8Array>();
  let remembered: readonly Uint8Array[] = [];
  let exporter: SigningPublicKeyBytes | undefined;
  let attestedChunks = 0;

  return {
    get knowsExporter() {
      return exporter !== undefined;
    },
    get attestedChunks() {
      return attestedChunks;
    },
    see(chunk, hash) {
      waiting.set(chunk, hash);
      waiting.delete(chunk - maxWaitingHashes);
    },
    async hear(content, index) {
      const digest = symmetric.sha3(content);
      if (remembered.some((known) => compareBytes(known, digest) === 0)) return ok(undefined);
      const opened = await openStatement(deps, session, content);
      if (!opened.ok) return opened;
      const statement = opened.value;
      const isFirst = exporter === undefined;
      exporter ??= statement.exporter;
      if (compareBytes(exporter, statement.exporter) !== 0) {
        return meshErr('mesh/bundle-contradiction', { what: 'exporter' });
      }
      if (statement.from + statement.hashes.length > index) {
        return meshErr('mesh/bundle-contradiction', { what: 'chunks' });
      }
      let attested = false;
      for (const [place, hash] of statement.hashes.entries()) {
        const seen = waiting.get(statement.from + place);
        if (seen === undefined) continue;
        if (!equalBytes(seen, hash)) return meshErr('mesh/bundle-forged');
        waiting.delete(statement.from + place);
        attestedChunks += 1;
        attested = true;
      }
      remembered = [digest, ...remembered].slice(0, rememberedStatements);
      return ok({ exporter: isFirst ? exporter : undefined, statement, attested });
    },
  };
}
