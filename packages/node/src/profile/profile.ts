import { err, type Failure, hex, type Result, type Store, type StoreWrite } from '@pars/base';
import type { Suite } from '@pars/crypto';
import { type Identity, type LetterKey, type PersonName, type SessionId } from '@pars/session';
import { createSerialQueue } from '../serial-queue.ts';
import { createProfileState } from './profile-state.ts';
import {
  type ContactRecord,
  type CorrespondenceRecord,
  decodeIntroduction,
  decodeMessage,
  decodeRecord,
  decodeSequence,
  encodeIntroduction,
  encodeMessage,
  encodeRecord,
  encodeSequence,
  type FarSketchRecord,
  type IntroductionRecord,
  type InviteRecord,
  type MessageRecord,
  type OutgoingRecord,
  type OwedReceiptRecord,
  type OwnCardRecord,
  type PrekeyRecord,
  type ProfileRecord,
  recordKey,
  type TallyRecord,
} from './records.ts';
import { messageRowKey, type RowCipher, rowPrefix, sequenceFromRowKey } from './row-cipher.ts';
import type { Transaction } from './transaction.ts';

/** A message with its place in the order of this node. */
export interface NumberedMessage {
  readonly sequence: number;
  readonly message: MessageRecord;
}

/**
 * An opened person: keys, contacts and what waits, in memory, each change
 * durable before it is visible. Closing forgets all of it.
 */
export interface Profile {
  readonly identity: Identity;
  readonly name: PersonName;
  readonly createdAtMs: number;
  /** Aborted when the profile is closed. */
  readonly signal: AbortSignal;
  readonly contacts: ReadonlyMap<SessionId, ContactRecord>;
  /** By the id of the one-time key, in hex. */
  readonly invites: ReadonlyMap<string, InviteRecord>;
  /** Oldest first. */
  readonly outgoing: ReadonlyMap<string, OutgoingRecord>;
  readonly correspondences: ReadonlyMap<SessionId, CorrespondenceRecord>;
  readonly owedReceipts: ReadonlyMap<string, OwedReceiptRecord>;
  readonly farSketches: ReadonlyMap<SessionId, FarSketchRecord>;
  /** Oldest first. */
  readonly prekeys: readonly PrekeyRecord[];
  /** The static key and all retained prekeys. */
  readonly letterKeys: readonly LetterKey[];
  readonly ownCard: OwnCardRecord | undefined;
  tallyOf(sessionId: SessionId): TallyRecord;
  /** The message that was received or sent under this id, if any. */
  findMessage(
    sessionId: SessionId,
    direction: 'in' | 'out',
    messageId: Uint8Array,
  ): Promise<number | undefined>;
  readMessage(sequence: number): Promise<MessageRecord | undefined>;
  /** Messages of the store in order of sequence, or backwards. `after` is exclusive. */
  listMessages(range: {
    readonly after?: number;
    readonly reverse?: boolean;
  }): AsyncIterable<NumberedMessage>;
  /** Messages of one conversation, newest first; the others are not opened. */
  listThread(sessionId: SessionId): AsyncIterable<NumberedMessage>;
  /** Sequence of the newest message with this contact, 0 when there is none. */
  lastSequenceWith(sessionId: SessionId): number;
  readIntroduction(sessionId: SessionId): Promise<IntroductionRecord | undefined>;
  /**
   * Runs `work` alone and makes its changes durable, all or none. Nothing is
   * written when it returns a failure. Code: `node/locked` after closing.
   */
  transact<T>(
    work: (transaction: Transaction) => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>>;
  /** Waits for a running transaction, then erases the keys and forgets everything. */
  close(): Promise<void>;
}

/** Loads the profile from its rows. */
export async function openProfile(
  deps: { readonly suite: Suite; readonly store: Store },
  person: {
    readonly identity: Identity;
    readonly name: PersonName;
    readonly createdAtMs: number;
    readonly cipher: RowCipher;
  },
): Promise<Profile> {
  const { store, suite } = deps;
  const { identity, cipher } = person;
  const queue = createSerialQueue();
  const closing = new AbortController();
  const state = createProfileState(suite, identity);

  for await (const { key, value } of store.list(rowsOf('r'))) {
    await state.put(decodeRecord(await cipher.open(key, value)));
  }
  state.sort();
  for await (const { key } of store.list({ ...rowsOf('m'), reverse: true, limit: 1 })) {
    state.nextSequence = sequenceFromRowKey(key) + 1;
  }

  async function read<T>(
    key: Uint8Array,
    decode: (bytes: Uint8Array) => T,
  ): Promise<T | undefined> {
    const value = await store.get(key);
    // Closed while the store was reading: the keys are gone.
    if (value === undefined || closing.signal.aborted) return undefined;
    const opened = await cipher.open(key, value);
    return closing.signal.aborted ? undefined : decode(opened);
  }

  async function* listMessages(range: {
    readonly after?: number;
    readonly reverse?: boolean;
  }): AsyncGenerator<NumberedMessage> {
    const from = messageRowKey((range.after ?? 0) + 1);
    const all = store.list({ ...rowsOf('m'), from, reverse: range.reverse ?? false });
    for await (const { key, value } of all) {
      if (closing.signal.aborted) return;
      const opened = await cipher.open(key, value);
      if (closing.signal.aborted) return;
      yield { sequence: sequenceFromRowKey(key), message: decodeMessage(opened) };
    }
  }

  const readMessage = (sequence: number): Promise<MessageRecord | undefined> =>
    read(messageRowKey(sequence), decodeMessage);
  const lastSequenceWith = (sessionId: SessionId): number =>
    state.threads.get(sessionId)?.last ?? 0;

  async function* listThread(sessionId: SessionId): AsyncGenerator<NumberedMessage> {
    let sequence = lastSequenceWith(sessionId);
    while (sequence > 0) {
      const message = await readMessage(sequence);
      if (message === undefined) return;
      yield { sequence, message };
      sequence = message.previous ?? 0;
    }
  }

  async function runTransaction<T>(
    work: (transaction: Transaction) => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>> {
    if (closing.signal.aborted) return err('node/locked');
    // Encrypted only when the work has succeeded.
    const rows: PlainRow[] = [];
    const changes: (() => void | Promise<void>)[] = [];
    let appended = 0;
    const appendedTo = new Map<SessionId, number>();
    const put = (record: ProfileRecord): void => {
      rows.push({ key: cipher.nameRow('r', recordKey(record)), plaintext: encodeRecord(record) });
      changes.push(() => state.put(record));
    };
    const putMessage = (sequence: number, message: MessageRecord) => {
      rows.push({ key: messageRowKey(sequence), plaintext: encodeMessage(message) });
    };

    const outcome = await work({
      put,
      remove(record) {
        rows.push({ key: cipher.nameRow('r', recordKey(record)) });
        changes.push(() => state.remove(record));
      },
      appendMessage(message) {
        const sequence = state.nextSequence + appended;
        appended += 1;
        const { with: sessionId } = message;
        const previous = appendedTo.get(sessionId) ?? lastSequenceWith(sessionId);
        appendedTo.set(sessionId, sequence);
        putMessage(sequence, { ...message, previous });
        put({ type: 'thread', sessionId, last: sequence });
        const index = cipher.nameRow('d', messageName(message));
        rows.push({ key: index, plaintext: encodeSequence(sequence) });
        return sequence;
      },
      replaceMessage: putMessage,
      putIntroduction(contact, introduction) {
        const plaintext = encodeIntroduction(introduction);
        rows.push({ key: cipher.nameRow('i', contact), plaintext });
      },
      removeIntroduction(contact) {
        rows.push({ key: cipher.nameRow('i', contact) });
      },
      afterwards(effect) {
        changes.push(effect);
      },
    });
    if (!outcome.ok) return outcome;
    if (rows.length > 0) await store.write(await sealRows(rows));
    state.nextSequence += appended;
    for (const change of changes) await change();
    return outcome;
  }

  async function sealRows(rows: readonly PlainRow[]): Promise<StoreWrite[]> {
    return await Promise.all(
      rows.map(async ({ key, plaintext }) =>
        plaintext === undefined ? { key } : { key, value: await cipher.seal(key, plaintext) },
      ),
    );
  }

  return {
    identity,
    name: person.name,
    createdAtMs: person.createdAtMs,
    signal: closing.signal,
    contacts: state.contacts,
    invites: state.invites,
    outgoing: state.outgoing,
    correspondences: state.correspondences,
    owedReceipts: state.owedReceipts,
    farSketches: state.farSketches,
    get prekeys() {
      return state.prekeys;
    },
    get letterKeys() {
      return state.letterKeys;
    },
    get ownCard() {
      return state.ownCard;
    },
    tallyOf: (sessionId) =>
      state.tallies.get(sessionId) ?? { type: 'tally', sessionId, messages: 0, bytes: 0 },
    findMessage: (sessionId, direction, messageId) =>
      read(
        cipher.nameRow('d', messageName({ with: sessionId, direction, messageId })),
        decodeSequence,
      ),
    readMessage,
    listMessages,
    listThread,
    lastSequenceWith,
    readIntroduction: (sessionId) => read(cipher.nameRow('i', sessionId), decodeIntroduction),
    transact: (work) => queue.run(() => runTransaction(work)),
    close: () =>
      queue.run(async () => {
        closing.abort();
        cipher.erase();
        state.clear();
      }),
  };
}

/** A change before it is encrypted; without `plaintext` the row goes. */
interface PlainRow {
  readonly key: Uint8Array;
  readonly plaintext?: Uint8Array;
}

/** Deletes every row of a profile: what an identity that is gone has left behind. */
export async function deleteProfileRows(store: Store): Promise<void> {
  for (const table of ['r', 'm', 'd', 'i'] as const) {
    for (;;) {
      const batch: StoreWrite[] = [];
      for await (const { key } of store.list({ ...rowsOf(table), limit: 256 })) batch.push({ key });
      if (batch.length === 0) break;
      await store.write(batch);
    }
  }
}

function messageName(message: Pick<MessageRecord, 'with' | 'direction' | 'messageId'>): string {
  return `${message.with} ${message.direction} ${hex.encode(message.messageId)}`;
}

/** All store keys of a table. */
function rowsOf(table: Parameters<typeof rowPrefix>[0]): {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
} {
  const from = rowPrefix(table);
  const to = from.slice();
  // Table letters are ASCII: the next one ends the range.
  to[to.length - 1] = (to.at(-1) ?? 0) + 1;
  return { from, to };
}
