import { eraseBytes, hex } from '@pars/base';
import type { Suite } from '@pars/crypto';
import { type Identity, keyIdFromPublicKey, type LetterKey, type SessionId } from '@pars/session';
import {
  type ContactRecord,
  type CorrespondenceRecord,
  type FarSketchRecord,
  type InviteRecord,
  type OutgoingRecord,
  type OwedReceiptRecord,
  type OwnCardRecord,
  type PrekeyRecord,
  type ProfileRecord,
  recordKey,
  type SentNoteRecord,
  type TallyRecord,
} from './records.ts';

/** What an open profile holds in memory. Only its transactions change it. */
export interface ProfileState {
  readonly contacts: Map<SessionId, ContactRecord>;
  readonly invites: Map<string, InviteRecord>;
  readonly outgoing: Map<string, OutgoingRecord>;
  readonly tallies: Map<SessionId, TallyRecord>;
  readonly correspondences: Map<SessionId, CorrespondenceRecord>;
  readonly owedReceipts: Map<string, OwedReceiptRecord>;
  readonly sentNotes: Map<string, SentNoteRecord>;
  readonly farSketches: Map<SessionId, FarSketchRecord>;
  prekeys: PrekeyRecord[];
  letterKeys: LetterKey[];
  ownCard: OwnCardRecord | undefined;
  nextSequence: number;
  /** Whether a record of this name is there. */
  has(record: ProfileRecord): boolean;
  put(record: ProfileRecord): Promise<void>;
  remove(record: ProfileRecord): void;
  /** Restores the order of time among what was loaded in the order of row keys. */
  sort(): void;
  clear(): void;
}

/** An empty state of this person. */
export function createProfileState(suite: Suite, identity: Identity): ProfileState {
  const staticKey: LetterKey = {
    id: keyIdFromPublicKey(suite, identity.staticKey.publicKey),
    privateKey: identity.staticKey,
  };
  const prekeyByCreation = new Map<number, { record: PrekeyRecord; key: LetterKey }>();

  function listPrekeys(): void {
    const sorted = [...prekeyByCreation.values()].sort(
      (a, b) => a.record.createdSlot - b.record.createdSlot,
    );
    state.prekeys = sorted.map(({ record }) => record);
    state.letterKeys = [staticKey, ...sorted.map(({ key }) => key)];
  }

  const state: ProfileState = {
    contacts: new Map(),
    invites: new Map(),
    outgoing: new Map(),
    tallies: new Map(),
    correspondences: new Map(),
    owedReceipts: new Map(),
    sentNotes: new Map(),
    farSketches: new Map(),
    prekeys: [],
    letterKeys: [staticKey],
    ownCard: undefined,
    nextSequence: 1,
    has(record) {
      switch (record.type) {
        case 'contact':
          return state.contacts.has(record.sessionId);
        case 'tally':
          return state.tallies.has(record.sessionId);
        case 'correspondence':
          return state.correspondences.has(record.sessionId);
        case 'owedReceipt':
          return state.owedReceipts.has(recordKey(record));
        case 'sentNote':
          return state.sentNotes.has(recordKey(record));
        case 'farSketch':
          return state.farSketches.has(record.sessionId);
        case 'invite':
          return state.invites.has(hex.encode(record.id));
        case 'outgoing':
          return state.outgoing.has(recordKey(record));
        case 'ownCard':
          return state.ownCard !== undefined;
        case 'prekey':
          return prekeyByCreation.has(record.createdSlot);
      }
    },
    async put(record) {
      switch (record.type) {
        case 'contact':
          state.contacts.set(record.sessionId, record);
          break;
        case 'tally':
          state.tallies.set(record.sessionId, record);
          break;
        case 'correspondence':
          eraseOldLanes(state.correspondences.get(record.sessionId), record);
          state.correspondences.set(record.sessionId, record);
          break;
        case 'owedReceipt':
          state.owedReceipts.set(recordKey(record), record);
          break;
        case 'sentNote':
          state.sentNotes.set(recordKey(record), record);
          break;
        case 'farSketch':
          state.farSketches.set(record.sessionId, record);
          break;
        case 'invite': {
          const id = hex.encode(record.id);
          // A used invite comes back without its one-time private half.
          if (record.oneTimeSeed === undefined) eraseInvite(state.invites.get(id), 'seed');
          state.invites.set(id, record);
          break;
        }
        case 'outgoing':
          state.outgoing.set(recordKey(record), record);
          break;
        case 'ownCard':
          state.ownCard = record;
          break;
        case 'prekey': {
          const privateKey = await suite.kem.privateKeyFromSeed(record.seed);
          const id = keyIdFromPublicKey(suite, privateKey.publicKey);
          prekeyByCreation.set(record.createdSlot, { record, key: { id, privateKey } });
          listPrekeys();
          break;
        }
      }
    },
    remove(record) {
      switch (record.type) {
        case 'contact':
          state.contacts.delete(record.sessionId);
          break;
        case 'tally':
          state.tallies.delete(record.sessionId);
          break;
        case 'correspondence':
          eraseOldLanes(record, undefined);
          state.correspondences.delete(record.sessionId);
          break;
        case 'owedReceipt':
          state.owedReceipts.delete(recordKey(record));
          break;
        case 'sentNote':
          state.sentNotes.delete(recordKey(record));
          break;
        case 'farSketch':
          state.farSketches.delete(record.sessionId);
          break;
        case 'invite':
          eraseInvite(record);
          state.invites.delete(hex.encode(record.id));
          break;
        case 'outgoing':
          state.outgoing.delete(recordKey(record));
          break;
        case 'ownCard':
          state.ownCard = undefined;
          break;
        case 'prekey':
          eraseBytes(record.seed);
          prekeyByCreation.delete(record.createdSlot);
          listPrekeys();
          break;
      }
    },
    sort() {
      const waiting = [...state.outgoing.values()].sort(
        (a, b) => a.sequence - b.sequence || a.createdAtMs - b.createdAtMs,
      );
      state.outgoing.clear();
      for (const record of waiting) state.outgoing.set(recordKey(record), record);
    },
    clear() {
      for (const invite of state.invites.values()) eraseInvite(invite);
      for (const { receiptKey } of state.outgoing.values()) eraseBytes(receiptKey);
      for (const { seed } of state.prekeys) eraseBytes(seed);
      for (const record of state.correspondences.values()) eraseOldLanes(record, undefined);
      state.contacts.clear();
      state.invites.clear();
      state.outgoing.clear();
      state.tallies.clear();
      state.correspondences.clear();
      state.owedReceipts.clear();
      state.sentNotes.clear();
      state.farSketches.clear();
      prekeyByCreation.clear();
      state.prekeys = [];
      state.letterKeys = [];
      state.ownCard = undefined;
    },
  };
  return state;
}

/** Secrets that the record in its place does not hold any more. */
function eraseOldLanes(
  before: CorrespondenceRecord | undefined,
  after: CorrespondenceRecord | undefined,
): void {
  const kept = new Set(after?.lanes.map(({ secret }) => secret));
  for (const { secret } of before?.lanes ?? []) if (!kept.has(secret)) eraseBytes(secret);
}

function eraseInvite(invite: InviteRecord | undefined, what: 'all' | 'seed' = 'all'): void {
  if (invite?.oneTimeSeed !== undefined) eraseBytes(invite.oneTimeSeed);
  if (invite !== undefined && what === 'all') eraseBytes(invite.secret);
}
