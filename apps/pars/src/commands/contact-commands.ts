import type { Contact } from '@pars/api/client';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { readText } from '../input/secret-input.ts';
import { withNode } from '../node-connection.ts';
import { report, reportFailure, talk } from '../report.ts';
import { visibleText } from '../visible-text.ts';

/** Options of `pars contact add`. */
export interface AddFlags extends CommonFlags {
  readonly name?: string;
}

/** `pars contact invite`. */
export async function makeInvite(this: CliContext, flags: CommonFlags): Promise<void> {
  const made = await withNode(this, flags, (client, signal) =>
    client.call('contact.invite', {}, signal),
  );
  if (made.ok && !flags.json) {
    talk(this, 'Hand this to one person, on a way that you trust:');
  }
  report(this, flags, made, ({ invite }) => [invite]);
}

/** `pars contact add INVITE`; `-` reads the invite from standard input. */
export async function addContact(this: CliContext, flags: AddFlags, invite: string): Promise<void> {
  const text = await readText(this, 'invite', invite);
  if (!text.ok) return reportFailure(this, flags, text.error);
  const params =
    flags.name === undefined
      ? { invite: text.value.trim() }
      : { invite: text.value.trim(), name: flags.name };
  const added = await withNode(this, flags, (client, signal) =>
    client.call('contact.add', params, signal),
  );
  report(this, flags, added, (contact) => [lineFromContact(contact)]);
}

/** `pars contact list`. */
export async function listContacts(this: CliContext, flags: CommonFlags): Promise<void> {
  const listed = await withNode(this, flags, (client, signal) =>
    client.call('contact.list', {}, signal),
  );
  report(this, flags, listed, ({ contacts }) => contacts.map(lineFromContact));
}

function lineFromContact({ directOnly, sessionId, name, state }: Contact): string {
  const reach = directOnly === true ? '  (direct link only: a new invite lets letters travel)' : '';
  return `${sessionId}  ${state.padEnd(9)}  ${visibleText(name)}${reach}`;
}
