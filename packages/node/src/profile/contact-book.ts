import { err, type Failure, foldPersian, ok, type Result } from '@pars/base';
import {
  type ContactCard,
  checkCardSuccession,
  type Endpoint,
  type SessionId,
} from '@pars/session';
import { MAX_CONTACTS } from '../limits.ts';
import type { ContactRecord } from './records.ts';

/** The contact that a text means: a session id, a prefix of 8 or more characters, or an exact name. */
export function resolveContact(
  contacts: ReadonlyMap<SessionId, ContactRecord>,
  text: string,
): Result<ContactRecord, Failure> {
  const exact = contacts.get(text as SessionId);
  if (exact !== undefined) return ok(exact);
  const found = [...contacts.values()].filter(
    ({ name, sessionId }) =>
      name === text || (text.length >= MIN_PREFIX_LENGTH && sessionId.startsWith(text)),
  );
  const [first] = found;
  if (first === undefined) return err('session/no-contact');
  return found.length === 1 ? ok(first) : err('session/ambiguous-contact');
}

/**
 * What the contact list says after a verified card came in: a new contact, or
 * the known one with the newer card. `known` is the card of the contact, if
 * there is one. Codes: `session/card-changed`,
 * `session/too-many-contacts`, `session/contact-name-taken`.
 */
export function mergeContact(
  contacts: ReadonlyMap<SessionId, ContactRecord>,
  known: ContactCard | undefined,
  incoming: {
    readonly card: ContactCard;
    readonly endpoint: Endpoint;
    readonly confirmed: boolean;
    readonly nowMs: number;
    /** The name that this person gives the contact. */
    readonly name?: string;
  },
): Result<ContactRecord, Failure> {
  const { card, endpoint, name } = incoming;
  const existing = contacts.get(card.sessionId);
  if (name !== undefined && isNameTaken(contacts, name, card.sessionId)) {
    return err('session/contact-name-taken');
  }
  if (existing === undefined || known === undefined) {
    if (contacts.size >= MAX_CONTACTS) return err('session/too-many-contacts');
    return ok({
      type: 'contact',
      sessionId: card.sessionId,
      name: name ?? defaultName(contacts, card),
      addedAtMs: incoming.nowMs,
      confirmed: incoming.confirmed,
      card: card.bytes,
      endpoint,
    });
  }
  const newer = newestCard(existing, known, card);
  if (!newer.ok) return newer;
  return ok({
    ...existing,
    name: name ?? existing.name,
    confirmed: existing.confirmed || incoming.confirmed,
    card: newer.value,
    endpoint,
  });
}

function newestCard(
  existing: ContactRecord,
  known: ContactCard,
  card: ContactCard,
): Result<Uint8Array, Failure> {
  const succession = checkCardSuccession(known, card);
  if (succession.ok) return ok(card.bytes);
  if (succession.error.code !== 'session/card-not-newer') return succession;
  // Somebody may be restored within the slot in which the lost device issued its card.
  return ok(card.issuedSlot === known.issuedSlot ? card.bytes : existing.card);
}

/**
 * A stranger chooses the name on their card, so it must not make an existing
 * name ambiguous, nor look like the beginning of somebody's session id, nor
 * be invisible.
 */
function defaultName(contacts: ReadonlyMap<SessionId, ContactRecord>, card: ContactCard): string {
  const short = card.sessionId.slice(0, SHORT_ID_LENGTH);
  const { name } = card;
  if (name === undefined || foldPersian(name) === '') return short;
  if (LIKE_SESSION_ID.test(name)) return short;
  if (!isNameTaken(contacts, name, card.sessionId)) return name;
  // 64 code units are the limit of a name; a surrogate pair is not cut in half.
  return `${name.slice(0, 64 - short.length - 3).toWellFormed()} (${short})`;
}

/** Whether another contact has this name, or one that looks the same to a person. */
function isNameTaken(
  contacts: ReadonlyMap<SessionId, ContactRecord>,
  name: string,
  except: SessionId,
): boolean {
  const folded = foldPersian(name);
  return [...contacts.values()].some(
    (contact) => contact.sessionId !== except && foldPersian(contact.name) === folded,
  );
}

const MIN_PREFIX_LENGTH = 8;
const SHORT_ID_LENGTH = 12;
const LIKE_SESSION_ID = /^(pars:|05[0-9a-f]{4})/i;
