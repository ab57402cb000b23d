import type { BundleExported, BundlePiece } from '@pars/api';
import { base64url, concatBytes, err, type Failure, ok, type Result } from '@pars/base';
import { type HybridKemPublicKey, passwordFromText } from '@pars/crypto';
import {
  type BundleRecipients,
  type BundleRecord,
  bundleFromStore,
  type ParcelEntry,
  parcelIds,
  type SketchRecord,
  writeBundle,
} from '@pars/mesh';
import { createTagSequence, reopenContactCard, type SessionId, slotToMs } from '@pars/session';
import type { Carrier } from '../carrier/carrier.ts';
import type { Packed } from '../correspondence/parcel-outbox.ts';
import type { ParcelPost } from '../correspondence/parcel-post.ts';
import type { NodeEngineDeps } from '../engine-deps.ts';
import type { Profile } from '../profile/profile.ts';
import { farSketchOf, marksFor } from './far-sketches.ts';
import type { Transfer } from './transfer-table.ts';

/** What a bundle is asked for. */
export interface ExportRequest {
  /** The open profile, whose parcels go first. */
  readonly person: { readonly profile: Profile; readonly post: ParcelPost } | undefined;
  /** Whether what waits is made into parcels first. */
  readonly packs: boolean;
  /** Whose letters are made into parcels; everybody's when empty. They can open the bundle. */
  readonly to: readonly SessionId[];
  readonly passphrase: string | undefined;
  readonly maxBytes: number | undefined;
  /** Makes the record by which whoever opens the bundle can reach this node; absent when it is not to be named. */
  readonly ownRecord?: (() => Promise<Uint8Array | undefined>) | undefined;
}

/** A bundle that is being written (PIP-1004, PIP-5000 §12). */
export interface BundleExport extends Transfer {
  readonly kind: 'export';
  /** The next piece, at most 262,144 bytes of the file. Codes: those of packing. */
  read(): Promise<Result<BundlePiece, Failure>>;
  /** After the last piece: what is in the file. Code: `node/transfer-ended` before that. */
  finish(): Promise<Result<BundleExported, Failure>>;
}

/** Begins: parcels are made while the first pieces are read, so that the reader can show how far it is. */
export function createBundleExport(
  deps: NodeEngineDeps,
  carrier: Carrier,
  request: ExportRequest,
  signal: AbortSignal,
): BundleExport {
  const { packs, person, to } = request;
  const contacts = to.length === 0 ? undefined : new Set(to);
  let packed = 0;
  let left = 0;
  let bytes = 0;
  let offered = 0;
  let omitted = 0;
  /** This person's own parcels, as texts of their ids: those that were offered, and those that had no room. */
  const own = new Set<string>();
  let nodeRecord: BundleRecord | undefined;
  const ownOmitted = new Set<string>();
  let directOnly: readonly SessionId[] = [];
  let namesNode = false;
  let isDone = false;
  let rest: Uint8Array = new Uint8Array(0);
  let chunks: AsyncGenerator<Uint8Array, void, undefined> | undefined;
  const packer = packs ? person : undefined;
  const toPack = packer === undefined ? 0 : countWaiting(packer.profile, contacts);
  const packing = packer?.post.outbox.packAll(contacts, signal, () => {
    packed += 1;
  });
  // It is awaited by the first read; a failure before that is no bug.
  packing?.catch(() => undefined);

  async function read(): Promise<Result<BundlePiece, Failure>> {
    if (isDone) return ok(piece(rest));
    if (chunks === undefined) {
      const result = await Promise.race([packing ?? NOTHING_PACKED, after(PACKING_STEP_MS)]);
      if (result === undefined) return ok(piece(rest));
      if (!result.ok) return result;
      ({ directOnly, left } = result.value);
      const begun = await begin();
      if (!begun.ok) return begun;
      chunks = begun.value;
    }
    return ok(piece(await nextBytes(chunks)));
  }

  async function begin(): Promise<Result<AsyncGenerator<Uint8Array, void, undefined>, Failure>> {
    const recipients = await recipientsOf(deps, request);
    if (!recipients.ok) return recipients;
    const { random, suite } = deps;
    // Made for this bundle alone: whoever opens it learns nothing about who wrote it.
    const exporter = await suite.signature.signerFromSeed(suite.signature.generateSeed());
    const { maxBytes } = request;
    const options = {
      recipients: recipients.value,
      lifetimeMs: LIFE_MS,
      ...(maxBytes === undefined ? {} : { limitBytes: maxBytes }),
      onProgress: (progress: { readonly bytes: number }) => {
        ({ bytes } = progress);
      },
      onOmitted: (record: BundleRecord) => {
        if (record === nodeRecord) namesNode = false;
        if (record.kind !== 'parcel') return;
        omitted += 1;
        const text = record.id === undefined ? '' : parcelIds.toText(record.id);
        if (own.has(text)) ownOmitted.add(text);
      },
      signal,
    };
    return ok(writeBundle({ ...deps, random, exporter }, options, records()));
  }

  /**
   * What the far side should know of this node, what it has to get whatever it
   * says that it holds, then all that it does not hold: this person's own
   * parcels first, then where this node can be reached, if it may be named.
   */
  async function* records(): AsyncGenerator<BundleRecord, void, undefined> {
    const parcels = await carrier.open();
    const wants = ({ id }: ParcelEntry): boolean => !own.has(parcelIds.toText(id));
    const far = farSketch();
    const most = { parcels, wants, sketchSymbols: 0, ...(far === undefined ? {} : { far }) };
    for await (const record of bundleFromStore(deps, { parcels, tags: [] }, signal)) {
      yield record;
      if (record.kind === 'sketch' && person !== undefined && to.length > 0) {
        yield marksFor(deps, person.profile, to, record);
      }
    }
    for (const id of person?.post.outbox.awaited() ?? []) {
      const parcel = await parcels.get(id, signal);
      if (parcel === undefined) {
        // It gave way to something dearer, maybe to another of these.
        left += 1;
        continue;
      }
      own.add(parcelIds.toText(id));
      yield counted({ kind: 'parcel', bytes: parcel, id });
    }
    if (person !== undefined) {
      const tags = ownTags(deps, person.profile).slice(-MOST_OWN);
      for await (const record of bundleFromStore(deps, { ...most, tags }, signal)) {
        if (record.kind === 'parcel' && record.id) own.add(parcelIds.toText(record.id));
        yield counted(record);
      }
    }
    // Worth more to the reader than what strangers wrote to each other.
    nodeRecord = await ownNodeRecord();
    if (nodeRecord !== undefined) {
      namesNode = true;
      yield nodeRecord;
    }
    for await (const record of bundleFromStore(deps, most, signal)) yield counted(record);
  }

  async function ownNodeRecord(): Promise<BundleRecord | undefined> {
    const bytes = await request.ownRecord?.();
    return bytes === undefined ? undefined : { kind: 'peer', bytes };
  }

  /** Only for a bundle that nobody else opens: others may lack what this contact holds. */
  function farSketch(): SketchRecord | undefined {
    const [only, ...others] = to;
    const isForOne = only !== undefined && others.length === 0 && request.passphrase === undefined;
    if (person === undefined || !isForOne) return undefined;
    return farSketchOf(person.profile, only, deps.clock.nowMs());
  }

  function counted(record: BundleRecord): BundleRecord {
    if (record.kind === 'parcel') offered += 1;
    return record;
  }

  async function nextBytes(
    source: AsyncGenerator<Uint8Array, void, undefined>,
  ): Promise<Uint8Array> {
    const parts = [rest];
    let length = rest.length;
    while (length < PIECE_BYTES) {
      const next = await source.next();
      if (next.done === true) {
        isDone = true;
        break;
      }
      parts.push(next.value);
      length += next.value.length;
    }
    const whole = concatBytes(...parts);
    // A last piece may leave something for one more.
    rest = whole.subarray(PIECE_BYTES);
    return whole.subarray(0, PIECE_BYTES);
  }

  function piece(data: Uint8Array): BundlePiece {
    const isLast = isDone && rest.length === 0;
    return {
      data: base64url.encode(data),
      done: isLast,
      packed,
      // More when one had to be made anew.
      toPack: Math.max(toPack, packed),
      bytes,
    };
  }

  const after = async (delayMs: number): Promise<undefined> => {
    await deps.scheduler.sleep(delayMs);
    return undefined;
  };

  return {
    kind: 'export',
    read,
    async finish() {
      if (!isDone || rest.length > 0) return err('node/transfer-ended');
      await person?.post.outbox.markHandedOver(own.difference(ownOmitted));
      return ok({
        bytes,
        parcels: offered - omitted,
        omitted: omitted + left,
        directOnly,
        ...(namesNode ? { namesNode } : {}),
      });
    },
    async [Symbol.asyncDispose]() {
      await chunks?.return();
    },
  };
}

/** Whom the bundle is for, or why nobody could open it. */
async function recipientsOf(
  deps: NodeEngineDeps,
  { passphrase, person, to }: ExportRequest,
): Promise<Result<BundleRecipients, Failure>> {
  const contacts: HybridKemPublicKey[] = [];
  for (const sessionId of to) {
    const contact = person?.profile.contacts.get(sessionId);
    if (contact === undefined) return err('session/no-contact');
    const card = await reopenContactCard(deps.suite, contact.card);
    if (!card.ok) return card;
    const { prekey, staticKey } = card.value;
    // The prekey is destroyed one day; a stick may be on its way until then.
    const isLasting = slotToMs(prekey.expiresSlot) > deps.clock.nowMs() + 2 * LIFE_MS;
    contacts.push(isLasting ? prekey.publicKey : staticKey);
  }
  const passphrases = passphrase === undefined ? [] : [passwordFromText(passphrase)];
  if (contacts.length + passphrases.length === 0) return err('node/no-recipient');
  return ok({ contacts, passphrases });
}

function countWaiting(profile: Profile, contacts: ReadonlySet<SessionId> | undefined): number {
  const isMeant = (to: SessionId): boolean =>
    profile.correspondences.has(to) && (contacts === undefined || contacts.has(to));
  const letters = [...profile.outgoing.values()].filter(
    ({ parcelAtMs, to }) => parcelAtMs === undefined && isMeant(to),
  );
  const owed = new Set([...profile.owedReceipts.values()].map(({ to }) => to));
  return letters.length + [...owed].filter(isMeant).length;
}

/** The tags of everything that this person has sent and that may still be alive. */
function ownTags({ suite }: NodeEngineDeps, profile: Profile): readonly Uint8Array[] {
  return [...profile.correspondences.values()]
    .flatMap(({ lanes }) => lanes)
    .flatMap((lane) => {
      const sequence = createTagSequence(suite, lane.secret, lane.role);
      const tags = lane.sent.flatMap(({ day, next }) =>
        Array.from({ length: next }, (_, number) => sequence.tagOf(day, number)),
      );
      sequence.erase();
      return tags;
    });
}

const NOTHING_PACKED: Promise<Result<Packed, Failure>> = Promise.resolve(
  ok({ parcels: 0, directOnly: [], left: 0 }),
);
/** Own parcels that go first; more are among the others. */
const MOST_OWN = 65_536;
const PIECE_BYTES = 262_144;
/** How long a call waits for parcels to be made before it tells how far it is. */
const PACKING_STEP_MS = 500;
/** As long as the parcels in it. */
const LIFE_MS = 14 * 86_400_000;
