import type { IntroductionRecord, MessageRecord, ProfileRecord } from './records.ts';

/**
 * Changes that become durable together or not at all. Reading sees the state
 * before the transaction.
 */
export interface Transaction {
  /** Adds or replaces a record. */
  put(record: ProfileRecord): void;
  remove(record: ProfileRecord): void;
  /** Appends a message and returns its sequence number. */
  appendMessage(message: MessageRecord): number;
  /** Replaces the message with this sequence number. */
  replaceMessage(sequence: number, message: MessageRecord): void;
  putIntroduction(contact: string, introduction: IntroductionRecord): void;
  removeIntroduction(contact: string): void;
  /** Runs when the changes are durable, before anybody else sees the profile. */
  afterwards(effect: () => void): void;
}
