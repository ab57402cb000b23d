import type { ApiClient, Contact } from '@pars/api/client';
import { err, type Failure, ok, type Result } from '@pars/base/result';
import type { CliErrorCode } from './errors.ts';

const SESSION_ID = /^05[0-9a-f]{64}$/;
const SHORTEST_PREFIX = 6;

/**
 * The session id of a contact named as people do: by session id or link, by
 * the contact's exact name, by the first six or more digits of the id, or by
 * the name as somebody with another keyboard would type it (ي for ی, no ZWNJ).
 * Codes: `cli/no-contact`, `cli/ambiguous-contact` and those of `contact.list`.
 */
export async function resolveContact(
  client: ApiClient,
  reference: string,
  signal: AbortSignal,
): Promise<Result<string, Failure>> {
  const id = reference.replace(/^pars:\/\/session\//, '');
  if (SESSION_ID.test(id)) return ok(id);
  const listed = await client.call('contact.list', {}, signal);
  if (!listed.ok) return listed;
  const picked = pickContact(listed.value.contacts, id);
  if (picked.ok || picked.error.code !== 'cli/no-contact') return picked;
  // Loaded here and not above: the command line starts faster without it.
  const { foldPersian } = await import('@pars/base');
  const folded = listed.value.contacts.map((each) => ({ ...each, name: foldPersian(each.name) }));
  return pickContact(folded, foldPersian(id));
}

function pickContact(
  contacts: readonly Contact[],
  reference: string,
): Result<string, Failure<CliErrorCode>> {
  const named = contacts.filter(({ name }) => name === reference);
  const isPrefix = reference.length >= SHORTEST_PREFIX;
  const begun = contacts.filter(({ sessionId }) => isPrefix && sessionId.startsWith(reference));
  const found = new Set([...named, ...begun].map(({ sessionId }) => sessionId));
  const [first] = found;
  if (first === undefined) return err('cli/no-contact');
  return found.size === 1 ? ok(first) : err('cli/ambiguous-contact');
}
