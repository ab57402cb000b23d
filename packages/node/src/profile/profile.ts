import { err, type Failure, ok, ParsError, type Result } from '@pars/base';
import type { Suite } from '@pars/crypto';
import type { Identity, LetterKey, PersonName, SessionId } from '@pars/session';
import type { SqlDatabase, SqlReader, SqlWriter } from '@pars/vault/sql';
import { createSerialQueue } from '../serial-queue.ts';
import { failureFromVault } from '../storage-failure.ts';
import {
  findIncoming,
  insertMessage,
  type MessageRange,
  type NumberedMessage,
  nextSequence,
  selectMessage,
  selectMessages,
  updateMessageState,
} from './message-rows.ts';
import { createProfileState } from './profile-state.ts';
import {
  type ContactRecord,
  type CorrespondenceRecord,
  decodeIntroduction,
  decodeRecord,
  encodeIntroduction,
  encodeRecord,
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
  type SentNoteRecord,
  type TallyRecord,
} from './records.ts';
import type { Transaction } from './transaction.ts';

/** Where a profile lies: the database of a volume, and the clock that writes it. */
export interface ProfileHome {
  readonly database: SqlDatabase;
  /** A flush before the tick, for what a person waits for (PIP-3000 §8). Fails when none is left today. */
  flushNow(): Promise<Result<void, Failure>>;
}

/**
 * An opened person: keys, contacts and what waits, in memory. A change is
 * visible at once and durable with a later flush; whatever must not be undone
 * by a crash waits for that. Closing forgets all of it.
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
  readonly sentNotes: ReadonlyMap<string, SentNoteRecord>;
  readonly farSketches: ReadonlyMap<SessionId, FarSketchRecord>;
  /** Oldest first. */
  readonly prekeys: readonly PrekeyRecord[];
  /** The static key and all retained prekeys. */
  readonly letterKeys: readonly LetterKey[];
  readonly ownCard: OwnCardRecord | undefined;
  tallyOf(sessionId: SessionId): TallyRecord;
  /** The message that was received under this id, if any. */
  findIncoming(from: SessionId, messageId: Uint8Array): Promise<number | undefined>;
  readMessage(sequence: number): Promise<MessageRecord | undefined>;
  /** Messages of a range; none once the profile is closed. */
  readMessages(range: MessageRange): Promise<readonly NumberedMessage[]>;
  readIntroduction(sessionId: SessionId): Promise<IntroductionRecord | undefined>;
  /**
   * Runs `work` alone and then makes its changes, all or none, visible at
   * once. Nothing is changed when it returns a failure. Codes: `node/locked`
   * after closing, `node/vault-busy`, `node/vault-full`, `sql/…`.
   */
  transact<T>(
    work: (transaction: Transaction) => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>>;
  /** Resolves once a crash cannot undo what was changed so far. Code: `node/locked` when the vault locks first. */
  durable(): Promise<Result<void, Failure>>;
  /** As {@link durable}, with extra flushes while there are some: for what a person does and waits for. */
  durableNow(): Promise<Result<void, Failure>>;
  /** Whether a crash can still undo something. */
  readonly isUnsaved: boolean;
  /** Whether no crash can take back that this record was added; of an invite, its last change. */
  isRecordDurable(record: ProfileRecord): boolean;
  /** Whether no crash can take back the introduction to this contact. */
  isIntroductionDurable(sessionId: SessionId): boolean;
  /** Whether no crash can take back this message. */
  isMessageDurable(sequence: number): boolean;
  /** Waits for a running transaction, then erases the keys and forgets everything. */
  close(): Promise<void>;
}

/** Loads the profile from its rows. Throws `node/row-damaged`. */
export async function openProfile(
  deps: { readonly suite: Suite },
  home: ProfileHome,
  person: {
    readonly identity: Identity;
    readonly name: PersonName;
    readonly createdAtMs: number;
  },
): Promise<Profile> {
  const { database } = home;
  const { identity } = person;
  const queue = createSerialQueue();
  const closing = new AbortController();
  const state = createProfileState(deps.suite, identity);
  /** The last transaction of the database that this profile made. */
  let written = 0;
  /** Names of what was added and may not be durable yet, with the transaction that did it. */
  const addedBy = new Map<string, number>();

  const rows = await database.read((sql) => ({
    records: sql.all('SELECT body FROM record'),
    next: nextSequence(sql),
  }));
  if (!rows.ok) throw new ParsError(rows.error.code);
  for (const { body } of rows.value.records) {
    await state.put(decodeRecord(body instanceof Uint8Array ? body : new Uint8Array()));
  }
  state.sort();
  state.nextSequence = rows.value.next;

  async function read<T>(work: (sql: SqlReader) => T): Promise<T | undefined> {
    if (closing.signal.aborted) return undefined;
    const result = await database.read(work);
    return result.ok && !closing.signal.aborted ? result.value : undefined;
  }

  async function runTransaction<T>(
    work: (transaction: Transaction) => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>> {
    if (closing.signal.aborted) return err('node/locked');
    const statements: ((sql: SqlWriter) => void)[] = [];
    const changes: (() => void | Promise<void>)[] = [];
    const added: string[] = [];
    let appended = 0;

    const outcome = await work({
      put(record) {
        const key = recordKey(record);
        const body = encodeRecord(record);
        if (record.type === 'invite' || !state.has(record)) added.push(key);
        statements.push((sql) => sql.run(PUT_RECORD, [key, body]));
        changes.push(() => state.put(record));
      },
      remove(record) {
        const key = recordKey(record);
        statements.push((sql) => sql.run('DELETE FROM record WHERE key = ?', [key]));
        changes.push(() => state.remove(record));
      },
      appendMessage(message) {
        const sequence = state.nextSequence + appended;
        appended += 1;
        added.push(messageKey(sequence));
        statements.push((sql) => insertMessage(sql, sequence, message));
        return sequence;
      },
      setMessageState(sequence, next) {
        statements.push((sql) => updateMessageState(sql, sequence, next));
      },
      putIntroduction(contact, introduction) {
        const body = encodeIntroduction(introduction);
        added.push(introductionKey(contact));
        statements.push((sql) => sql.run(PUT_INTRODUCTION, [contact, body]));
      },
      removeIntroduction(contact) {
        statements.push((sql) => sql.run('DELETE FROM introduction WHERE contact = ?', [contact]));
      },
      afterwards(effect) {
        changes.push(effect);
      },
    });
    if (!outcome.ok) return outcome;
    if (statements.length > 0) {
      const done = await database.write((sql) => {
        for (const statement of statements) statement(sql);
      });
      if (!done.ok) return { ok: false, error: failureFromVault(done.error) };
      written = done.value.sequence;
      state.nextSequence += appended;
      forgetDurable();
      for (const key of added) addedBy.set(key, written);
    }
    for (const change of changes) await change();
    return outcome;
  }

  function forgetDurable(): void {
    for (const [key, transaction] of addedBy) {
      if (transaction <= database.durableSequence) addedBy.delete(key);
    }
  }

  function isAddedDurably(key: string): boolean {
    return (addedBy.get(key) ?? 0) <= database.durableSequence;
  }

  async function durable(): Promise<Result<void, Failure>> {
    const done = await database.durable(written);
    return done.ok && !closing.signal.aborted ? ok(undefined) : err('node/locked');
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
    sentNotes: state.sentNotes,
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
    findIncoming: (from, messageId) => read((sql) => findIncoming(sql, from, messageId)),
    readMessage: (sequence) => read((sql) => selectMessage(sql, sequence)),
    readMessages: async (range) => (await read((sql) => selectMessages(sql, range))) ?? [],
    readIntroduction: (sessionId) =>
      read((sql) => {
        const row = sql.get('SELECT body FROM introduction WHERE contact = ?', [sessionId]);
        const body = row?.['body'];
        return body instanceof Uint8Array ? decodeIntroduction(body) : undefined;
      }),
    transact: (work) => queue.run(() => runTransaction(work)),
    durable,
    async durableNow() {
      const upTo = written;
      for (let extra = 0; extra < MOST_EXTRA_FLUSHES; extra += 1) {
        if (upTo <= database.durableSequence || closing.signal.aborted) break;
        const flushed = await home.flushNow();
        if (!flushed.ok) break;
        await newsOfFlush();
      }
      return durable();
    },
    get isUnsaved() {
      return written > database.durableSequence;
    },
    isRecordDurable: (record) => isAddedDurably(recordKey(record)),
    isMessageDurable: (sequence) => isAddedDurably(messageKey(sequence)),
    isIntroductionDurable: (sessionId) => isAddedDurably(introductionKey(sessionId)),
    close: () =>
      queue.run(async () => {
        closing.abort();
        state.clear();
        addedBy.clear();
      }),
  };
}

function messageKey(sequence: number): string {
  return `message ${sequence}`;
}

function introductionKey(contact: string): string {
  return `introduction ${contact}`;
}

/** A database hears of a flush a few turns after whoever asked for it. */
export async function newsOfFlush(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

const PUT_RECORD =
  'INSERT INTO record (key, body) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body';
const PUT_INTRODUCTION =
  'INSERT INTO introduction (contact, body) VALUES (?, ?) ON CONFLICT (contact) DO UPDATE SET body = excluded.body';
/** A first card and its keys, or an introduction, may not fit into one flush. */
const MOST_EXTRA_FLUSHES = 3;
