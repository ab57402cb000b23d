import { ParsError } from '@pars/base';
import type { SessionId } from '@pars/session';
import type { SqlReader, SqlRow, SqlWriter } from '@pars/vault/sql';
import type { MessageRecord } from './records.ts';

/** A message with its place in the order of this node. */
export interface NumberedMessage {
  readonly sequence: number;
  readonly message: MessageRecord;
}

/** Which messages are asked for. */
export interface MessageRange {
  /** Those of one conversation; everybody's when absent. */
  readonly with?: SessionId;
  /** Above this sequence, oldest first. Without it: the newest ones, newest first. */
  readonly after?: number;
  readonly limit: number;
}

/** The next free sequence; 1 for the first message. */
export function nextSequence(sql: SqlReader): number {
  return Number(sql.get('SELECT max(sequence) AS last FROM message')?.['last'] ?? 0) + 1;
}

/** Adds a message under this sequence. */
export function insertMessage(sql: SqlWriter, sequence: number, message: MessageRecord): void {
  sql.run('INSERT OR IGNORE INTO correspondent (session_id) VALUES (?)', [message.with]);
  sql.run(
    `INSERT INTO message (sequence, correspondent, direction, state, message_id, sent_at_ms, text)
     SELECT ?, id, ?, ?, ?, ?, ? FROM correspondent WHERE session_id = ?`,
    [
      sequence,
      DIRECTIONS.indexOf(message.direction),
      STATES.indexOf(message.state),
      message.messageId,
      message.sentAtMs,
      message.text,
      message.with,
    ],
  );
}

/** Changes the state of the message with this sequence, nothing else of it. */
export function updateMessageState(
  sql: SqlWriter,
  sequence: number,
  state: MessageRecord['state'],
): void {
  sql.run('UPDATE message SET state = ? WHERE sequence = ?', [STATES.indexOf(state), sequence]);
}

/** The message with this sequence, if there is one. */
export function selectMessage(sql: SqlReader, sequence: number): MessageRecord | undefined {
  const row = sql.get(`${SELECT} WHERE sequence = ?`, [sequence]);
  return row === undefined ? undefined : messageFrom(row);
}

/** The sequence of the message that came from this contact under this id, if it did. */
export function findIncoming(
  sql: SqlReader,
  from: SessionId,
  messageId: Uint8Array,
): number | undefined {
  const row = sql.get(
    `SELECT sequence FROM message
     WHERE correspondent = (SELECT id FROM correspondent WHERE session_id = ?)
       AND message_id = ? AND direction = 0`,
    [from, messageId],
  );
  return row === undefined ? undefined : Number(row['sequence']);
}

/** The messages of a range; never opens others than those that it gives. */
export function selectMessages(sql: SqlReader, range: MessageRange): readonly NumberedMessage[] {
  const { after, limit } = range;
  const one = range.with;
  const conditions = [
    ...(one === undefined
      ? []
      : ['correspondent = (SELECT id FROM correspondent WHERE session_id = ?)']),
    ...(after === undefined ? [] : ['sequence > ?']),
  ];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const order = after === undefined ? 'DESC' : 'ASC';
  const rows = sql.all(`${SELECT} ${where} ORDER BY sequence ${order} LIMIT ?`, [
    ...(one === undefined ? [] : [one]),
    ...(after === undefined ? [] : [after]),
    limit,
  ]);
  return rows.map((row) => ({ sequence: Number(row['sequence']), message: messageFrom(row) }));
}

function messageFrom(row: SqlRow): MessageRecord {
  const direction = DIRECTIONS[Number(row['direction'])];
  const state = STATES[Number(row['state'])];
  const messageId = row['message_id'];
  if (direction === undefined || state === undefined || !(messageId instanceof Uint8Array)) {
    throw new ParsError('node/row-damaged', { table: 'message' });
  }
  return {
    messageId,
    with: String(row['session_id']) as SessionId,
    direction,
    text: String(row['text']),
    sentAtMs: Number(row['sent_at_ms']),
    state,
  };
}

/** By their numbers in the rows (PIP-5000 §11). */
const DIRECTIONS: readonly MessageRecord['direction'][] = ['in', 'out'];
const STATES: readonly MessageRecord['state'][] = ['queued', 'handed-over', 'delivered', 'failed'];

const SELECT = `SELECT sequence, session_id, direction, state, message_id, sent_at_ms, text
  FROM message JOIN correspondent ON correspondent.id = correspondent`;
