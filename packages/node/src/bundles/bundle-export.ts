import type { BundleExported, BundlePiece } from '@pars/api';
import { base64url, concatBytes, err, type Failure, ok, type Result } from '@pars/base';
import { type HybridKemPublicKey, passwordFromText } from '@pars/crypto';
import {
  type BundleRecipients,
  type BundleRecord,
  bundleFromStore,
  type ParcelEntry,
  parcelIds,
  writeBundle,
} from '@pars/mesh';
import { createTagSequence, reopenContactCard, type SessionId, slotToMs } from '@pars/session';
import type { Carrier } from '../carrier/carrier.ts';
import type { Packed } from '../correspondence/parcel-outbox.ts';
import type { ParcelPost } from '../correspondence/parcel-post.ts';
import type { NodeEngineDeps } from '../engine-deps.ts';
import type { Profile } from '../profile/profile.ts';
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
  let written = { bytes: 0, omitted: 0 };
  let parcelCount = 0;
  let directOnly: readonly SessionId[] = [];
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
      directOnly = result.value.directOnly;
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
      onProgress: (progress: { readonly bytes: number; readonly omitted: number }) => {
        written = progress;
      },
      signal,
    };
    return ok(writeBundle({ ...deps, random, exporter }, options, records()));
  }

  /** This person's own parcels first, then what is carried for others. */
  async function* records(): AsyncGenerator<BundleRecord, void, undefined> {
    const parcels = await carrier.open();
    const tags = person === undefined ? [] : ownTags(deps, person.profile).slice(-MOST_OWN);
    const mine = await parcels.find({ tags, limit: Math.max(1, tags.length) }, signal);
    const own = new Set(mine.map(({ id }) => parcelIds.toText(id)));
    const isOwn = ({ id }: ParcelEntry): boolean => own.has(parcelIds.toText(id));
    const first = bundleFromStore(deps, { parcels, tags }, signal);
    const others = (entry: ParcelEntry): boolean => !isOwn(entry);
    const second = bundleFromStore(deps, { parcels, wants: others, sketchSymbols: 0 }, signal);
    for (const source of [first, second]) {
      for await (const record of source) {
        if (record.kind === 'parcel') parcelCount += 1;
        yield record;
      }
    }
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
    const bytes = concatBytes(...parts);
    rest = bytes.subarray(PIECE_BYTES);
    // A last piece may leave something for one more.
    if (rest.length > 0) return bytes.subarray(0, PIECE_BYTES);
    return bytes;
  }

  function piece(bytes: Uint8Array): BundlePiece {
    const isLast = isDone && rest.length === 0;
    return {
      data: base64url.encode(bytes),
      done: isLast,
      packed,
      toPack,
      bytes: written.bytes,
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
      await person?.post.outbox.markHandedOver();
      const { bytes, omitted } = written;
      return ok({ bytes, parcels: parcelCount - omitted, omitted, directOnly });
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
  ok({ parcels: 0, directOnly: [] }),
);
/** Own parcels that go first; more are among the others. */
const MOST_OWN = 65_536;
const PIECE_BYTES = 262_144;
/** How long a call waits for parcels to be made before it tells how far it is. */
const PACKING_STEP_MS = 500;
/** As long as the parcels in it. */
const LIFE_MS = 14 * 86_400_000;
