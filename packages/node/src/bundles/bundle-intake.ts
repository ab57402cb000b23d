import type { BundleImported, BundleInspected, BundleLoss } from '@pars/api';
import { base64url, err, type Failure, hex, ok, ParsError, type Result } from '@pars/base';
import { passwordFromText } from '@pars/crypto';
import {
  type BundleDamage,
  type BundleKeys,
  type BundleReport,
  importBundle,
  inspectBundle,
  type PeerRecord,
} from '@pars/mesh';
import type { Carrier } from '../carrier/carrier.ts';
import type { ParcelPost } from '../correspondence/parcel-post.ts';
import type { NodeEngineDeps } from '../engine-deps.ts';
import type { Profile } from '../profile/profile.ts';
import { keepFarSketch, marksIn } from './far-sketches.ts';
import { createNodeHearing, type HearRecord } from './node-hearing.ts';
import { createPieceQueue } from './piece-queue.ts';
import type { Transfer } from './transfer-table.ts';

/** A bundle that comes in piece by piece. */
interface BundleIntake<Kind extends 'import' | 'inspect', Outcome> extends Transfer {
  readonly kind: Kind;
  /** Takes the next piece, base64url. `done`: the rest is of no use. Code: `node/bad-piece`. */
  write(data: string): Promise<Result<{ readonly done: boolean }, Failure>>;
  /** The file has ended. Codes: `mesh/bundle-…` when nothing of it could be used. */
  finish(): Promise<Result<Outcome, Failure>>;
}

/** An import (PIP-1004 §9). */
export type BundleImport = BundleIntake<'import', BundleImported>;
/** A look at a bundle. */
export type BundleInspect = BundleIntake<'inspect', BundleInspected>;

/**
 * Begins an import: parcels are durable one by one as they come, and read
 * together at the end, in their order.
 */
export function createBundleImport(
  deps: NodeEngineDeps,
  carrier: Carrier,
  request: {
    readonly keys: BundleKeys;
    readonly person: { readonly profile: Profile; readonly post: ParcelPost } | undefined;
    /** Takes what other nodes say of themselves. */
    readonly hearRecord?: HearRecord | undefined;
  },
  signal: AbortSignal,
): BundleImport {
  const { keys, person } = request;
  const { post } = person ?? {};
  const hearNode = createNodeHearing(request.hearRecord);
  // Each bundle has a share of the store: a full stick does not keep the next one out.
  const source = `bundle ${hex.encode(deps.random.bytes(16))}`;
  let marks: ReadonlySet<string> = new Set();
  const release = post?.inbox.hold() ?? (() => undefined);
  return createIntake(
    'import',
    async (pieces) => {
      try {
        // Opened anew for each parcel after the disk refused once.
        const parcels = { put: async (...put: PutArguments) => (await carrier.open()).put(...put) };
        const takePeer = async (record: PeerRecord) => {
          const found = marksIn(record);
          if (found === undefined) return await hearNode(record);
          marks = found;
          return ok('known');
        };
        const targets = { parcels, takePeer, source };
        return await importBundle(deps, targets, keys, pieces, undefined, signal);
      } finally {
        release();
      }
    },
    async (report) => {
      const imported = importedFrom(report);
      // Locked meanwhile: it is all there at the next unlock.
      if (person === undefined || person.profile.signal.aborted) return ok(imported);
      const found = await person.post.inbox.readAll();
      await keepFarSketch(deps, person.profile, report, marks);
      return ok({ ...imported, ...found });
    },
  );
}

/** Begins to look at a bundle. */
export function createBundleInspect(
  deps: NodeEngineDeps,
  keys: BundleKeys,
  signal: AbortSignal,
): BundleInspect {
  return createIntake(
    'inspect',
    (source) => inspectBundle(deps, keys, source, undefined, signal),
    async ({ bytes, countByKind, createdMs, damage, expired, expiresMs, failure, unknown }) => {
      const { parcel, ...others } = countByKind;
      return ok({
        createdAtMs: createdMs,
        expiresAtMs: expiresMs,
        expired,
        bytes,
        parcels: parcel,
        others: Object.values(others).reduce((sum, count) => sum + count, unknown),
        loss: lossFrom(damage),
        ...(failure === undefined ? {} : { failure: failure.code }),
      });
    },
  );
}

/** What this person's keys and a passphrase open. */
export function bundleKeysOf(
  profile: Profile | undefined,
  passphrase: string | undefined,
): BundleKeys {
  // A reader tries 16: the static key, and the newest prekeys.
  const [staticKey, ...prekeys] = profile?.letterKeys ?? [];
  const newest = prekeys.toReversed().slice(0, MAX_KEYS - 1);
  return {
    contacts: (staticKey === undefined ? [] : [staticKey, ...newest]).map(
      ({ privateKey }) => privateKey,
    ),
    passphrases: passphrase === undefined ? [] : [passwordFromText(passphrase)],
  };
}

function createIntake<Kind extends 'import' | 'inspect', Report, Outcome>(
  kind: Kind,
  run: (source: AsyncIterable<Uint8Array>) => Promise<Result<Report, Failure>>,
  conclude: (report: Report) => Promise<Result<Outcome, Failure>>,
): BundleIntake<Kind, Outcome> {
  const pieces = createPieceQueue();
  const running = run(pieces);
  // Awaited by `finish`; whoever gives up before does not want to know.
  running.catch(() => undefined);

  return {
    kind,
    async write(data) {
      const bytes = base64url.decode(data, { maxBytes: MAX_PIECE });
      if (!bytes.ok) return err('node/bad-piece');
      return ok({ done: bytes.value.length > 0 && !(await pieces.push(bytes.value)) });
    },
    async finish() {
      pieces.end();
      const report = await running;
      return report.ok ? await conclude(report.value) : report;
    },
    async [Symbol.asyncDispose]() {
      pieces.abort(new ParsError('node/transfer-ended'));
      await running.catch(() => undefined);
    },
  };
}

function importedFrom(report: BundleReport): BundleImported {
  const { bytes, createdMs, damage, expiresMs, failure, parcels, peers, snapshots } = report;
  const { unknown, vertices } = report;
  const refused = new Map<string, number>();
  for (const counts of [report.refused, parcels.refused, peers.refused]) {
    for (const [code, count] of Object.entries(counts)) {
      refused.set(code, (refused.get(code) ?? 0) + count);
    }
  }
  return {
    createdAtMs: createdMs,
    expiresAtMs: expiresMs,
    bytes,
    stored: parcels.stored,
    known: parcels.known,
    ...(peers.stored === 0 ? {} : { nodes: peers.stored }),
    unplaced: unknown + vertices.unplaced + snapshots.unplaced + peers.unplaced,
    refused: [...refused].map(([code, count]) => ({ code, count })).slice(0, MAX_REFUSALS),
    loss: lossFrom(damage),
    ...(failure === undefined ? {} : { failure: failure.code }),
  };
}

function lossFrom(damage: BundleDamage): BundleLoss {
  const { excessBytes, headDamaged, lost, missing, truncated, untoldChunks } = damage;
  return {
    lostChunks: lost.reduce((sum, { from, to }) => sum + to - from + 1, 0),
    missingRecords: missing.length,
    untoldChunks,
    truncated,
    headDamaged,
    excessBytes,
  };
}

type PutArguments = Parameters<Awaited<ReturnType<Carrier['open']>>['put']>;

const MAX_PIECE = 262_144;
const MAX_KEYS = 16;
const MAX_REFUSALS = 256;
