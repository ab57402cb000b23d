import type { IntroductionRecord, MessageRecord, ProfileRecord } from './records.ts';

/**
 * Changes that happen together or not at all, and that no crash takes apart.
 * Reading sees the state before the transaction.
 */
export interface Transaction {
  /** Adds or replaces a record. */
  put(record: ProfileRecord): void;
  remove(record: ProfileRecord): void;
  /** Appends a message and returns its sequence number. */
  appendMessage(message: MessageRecord): number;
  /** Changes the state of the message with this sequence number. */
  setMessageState(sequence: number, state: MessageRecord['state']): void;
  putIntroduction(contact: string, introduction: IntroductionRecord): void;
  removeIntroduction(contact: string): void;
  /** Runs when the changes are made, before anybody else sees the profile. They may not be durable yet. */
  afterwards(effect: () => void): void;
}
