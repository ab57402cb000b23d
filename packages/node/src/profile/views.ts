import type { ChatMessage, Contact } from '@pars/api';
import { hex } from '@pars/base';
import type { ContactRecord, MessageRecord } from './records.ts';

/** A message as the API shows it; `storedBy` keepers have proved to have it while it waits. */
export function messageView(
  sequence: number,
  record: MessageRecord,
  storedBy: number = 0,
): ChatMessage {
  return {
    messageId: hex.encode(record.messageId),
    sequence,
    with: record.with,
    direction: record.direction,
    text: record.text,
    sentAtMs: record.sentAtMs,
    state: record.state,
    ...(storedBy === 0 ? {} : { storedBy }),
  };
}

/** A contact as the API shows it; `isDirectOnly` when no parcel can be made for them. */
export function contactView(record: ContactRecord, isDirectOnly = false): Contact {
  return {
    sessionId: record.sessionId,
    name: record.name,
    addedAtMs: record.addedAtMs,
    state: record.confirmed ? 'confirmed' : 'pending',
    ...(isDirectOnly ? { directOnly: true } : {}),
  };
}
