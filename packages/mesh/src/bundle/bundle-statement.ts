import { type Codec, concatBytes, createCodec, ok, type Result, schema } from '@pars/base';
import {
  HYBRID_SIGNATURE_LENGTH,
  type HybridSignerKey,
  SIGNING_PUBLIC_KEY_LENGTH,
  type SigningPublicKeyBytes,
} from '@pars/crypto';
import { type SpaceId, spaceIds } from '@pars/dag';
import { type MeshFailure, meshErr } from '../errors.ts';
import type { BundleSuiteDep, MissingRecord } from './bundle.ts';
import type { BundleSession } from './bundle-head.ts';
import { kindFromNumber } from './bundle-record.ts';

/** A record and where it stands, as a statement tells it (PIP-1004 §6). */
export interface StatementRow {
  /** The chunk that it begins in. */
  readonly chunk: number;
  /** How many chunks after that one it reaches into. */
  readonly span: number;
  readonly kind: number;
  readonly space: SpaceId | undefined;
  /** 8 bytes. */
  readonly idStart: Uint8Array;
}

/** What the exporter says of a run of chunks. */
export interface BundleStatement {
  readonly exporter: SigningPublicKeyBytes;
  readonly createdSlot: number;
  readonly expirySlot: number;
  /** The first chunk that it speaks of. */
  readonly from: number;
  /** SHA3-256 of each of these chunks, as they stand in the file. */
  readonly hashes: readonly Uint8Array[];
  readonly rows: readonly StatementRow[];
}

/** Bytes of a row: chunk 2, span 2, kind 1, space 1, beginning of the id 8. */
export const rowLength = 14;
/** Bytes of a chunk's hash. */
export const hashLength = 32;
/** Bytes of a statement besides rows, hashes and spaces, at most. */
export const statementOverhead: number = HYBRID_SIGNATURE_LENGTH + SIGNING_PUBLIC_KEY_LENGTH + 64;
/** Most spaces that a statement names; rows of others name none. */
export const maxStatementSpaces = 255;
/** Most chunks of a statement: 64, and what a record as long as can be adds. */
export const maxStatementChunks = 512;

const maxStatementBytes = 524_288;
const signatureContext = 'pars/1 bundle statement';

interface WireStatement {
  readonly exporter: Uint8Array;
  readonly createdSlot: number;
  readonly expirySlot: number;
  readonly from: number;
  readonly hashes: Uint8Array;
  readonly spaces: readonly Uint8Array[];
  readonly rows: Uint8Array;
}

const statementCodec: Codec<WireStatement> = createCodec(
  'mesh/bundle-statement',
  schema.struct({
    exporter: [0, schema.bytes({ length: SIGNING_PUBLIC_KEY_LENGTH })],
    createdSlot: [1, schema.uint({ max: 0xffff_ffff })],
    expirySlot: [2, schema.uint({ max: 0xffff_ffff })],
    from: [3, schema.uint({ max: 2 ** 20 })],
    hashes: [4, schema.bytes({ max: hashLength * maxStatementChunks })],
    spaces: [5, schema.array(schema.bytes({ length: 32 }), { max: maxStatementSpaces })],
    rows: [6, schema.bytes({ max: maxStatementBytes - 65_536 })],
  }),
  { maxBytes: maxStatementBytes },
);

/** Encodes and signs a statement: the content of its record. */
export async function sealStatement(
  deps: BundleSuiteDep,
  session: BundleSession,
  exporter: HybridSignerKey,
  statement: Pick<BundleStatement, 'from' | 'hashes' | 'rows'>,
): Promise<Uint8Array> {
  const spaces = spacesOf(statement.rows);
  const body = statementCodec.encode({
    exporter: exporter.publicKey.bytes,
    createdSlot: session.createdSlot,
    expirySlot: session.expirySlot,
    from: statement.from,
    hashes: concatBytes(...statement.hashes),
    spaces: [...spaces.values()].map(({ space }) => space),
    rows: encodeRows(statement, spaces),
  });
  const message = concatBytes(session.bundleId, body);
  const signature = await deps.suite.signature.sign(exporter, signatureContext, message);
  return concatBytes(signature, body);
}

/**
 * Reads a statement and checks its signature: `mesh/bad-bundle-record`,
 * `mesh/bundle-bad-signature`, or `mesh/bundle-contradiction` when its times
 * are not those of the bundle. Total.
 */
export async function openStatement(
  deps: BundleSuiteDep,
  session: BundleSession,
  content: Uint8Array,
): Promise<Result<BundleStatement, MeshFailure>> {
  const { signature } = deps.suite;
  if (content.length <= HYBRID_SIGNATURE_LENGTH) return badStatement();
  const body = content.subarray(HYBRID_SIGNATURE_LENGTH);
  const wire = statementCodec.decode(body);
  if (!wire.ok) return badStatement();
  const statement = statementFromWire(wire.value);
  if (statement === undefined) return badStatement();
  const key = await signature.verifierFromBytes(statement.exporter);
  if (!key.ok) return meshErr('mesh/bundle-bad-signature');
  const message = concatBytes(session.bundleId, body);
  const seal = content.slice(0, HYBRID_SIGNATURE_LENGTH);
  if (!(await signature.verify(key.value, signatureContext, message, seal))) {
    return meshErr('mesh/bundle-bad-signature');
  }
  const isOfThisTime =
    statement.createdSlot === session.createdSlot && statement.expirySlot === session.expirySlot;
  return isOfThisTime ? ok(statement) : meshErr('mesh/bundle-contradiction', { what: 'time' });
}

/** A row as it is reported. */
export function missingFromRow(row: StatementRow): MissingRecord {
  const { chunk, kind, space, idStart } = row;
  return { chunk, kind: kindFromNumber(kind) ?? kind, ...(space && { space }), idStart };
}

function badStatement(): Result<never, MeshFailure> {
  return meshErr('mesh/bad-bundle-record', { kind: 1 });
}

interface NumberedSpace {
  readonly number: number;
  readonly space: SpaceId;
}

/** Spaces in the order of their first rows, numbered from 1. */
function spacesOf(rows: readonly StatementRow[]): ReadonlyMap<string, NumberedSpace> {
  const spaces = new Map<string, NumberedSpace>();
  for (const { space } of rows) {
    if (space === undefined || spaces.size === maxStatementSpaces) continue;
    const key = spaceIds.toText(space);
    if (!spaces.has(key)) spaces.set(key, { number: spaces.size + 1, space });
  }
  return spaces;
}

function encodeRows(
  { from, rows }: Pick<BundleStatement, 'from' | 'rows'>,
  spaces: ReadonlyMap<string, NumberedSpace>,
): Uint8Array {
  const bytes = new Uint8Array(rowLength * rows.length);
  const view = new DataView(bytes.buffer);
  for (const [number, row] of rows.entries()) {
    const offset = rowLength * number;
    view.setUint16(offset, row.chunk - from);
    view.setUint16(offset + 2, row.span);
    view.setUint8(offset + 4, row.kind);
    const space = row.space && spaces.get(spaceIds.toText(row.space));
    view.setUint8(offset + 5, space?.number ?? 0);
    bytes.set(row.idStart, offset + 6);
  }
  return bytes;
}

/** `undefined` unless every row stands in a chunk and a space of the statement. */
function statementFromWire(wire: WireStatement): BundleStatement | undefined {
  const chunkCount = wire.hashes.length / hashLength;
  const rowCount = wire.rows.length / rowLength;
  if (!Number.isInteger(chunkCount) || !Number.isInteger(rowCount)) return undefined;
  const view = new DataView(wire.rows.buffer, wire.rows.byteOffset, wire.rows.length);
  const rows: StatementRow[] = [];
  for (let offset = 0; offset < wire.rows.length; offset += rowLength) {
    const chunk = view.getUint16(offset);
    const spaceNumber = view.getUint8(offset + 5);
    if (chunk >= chunkCount || spaceNumber > wire.spaces.length) return undefined;
    rows.push({
      chunk: wire.from + chunk,
      span: view.getUint16(offset + 2),
      kind: view.getUint8(offset + 4),
      space: wire.spaces[spaceNumber - 1] as SpaceId | undefined,
      idStart: wire.rows.slice(offset + 6, offset + rowLength),
    });
  }
  const hashes = Array.from({ length: chunkCount }, (_, at) =>
    wire.hashes.slice(hashLength * at, hashLength * (at + 1)),
  );
  const { exporter, createdSlot, expirySlot, from } = wire;
  return {
    exporter: exporter as SigningPublicKeyBytes,
    createdSlot,
    expirySlot,
    from,
    hashes,
    rows,
  };
}
