import { firstMailboxes, type MailboxNetwork } from '@pars/mesh';
import { FIRST_NETWORK } from '../carrier/first-network.ts';

/** The first network with its mailboxes (PIP-1006 §2), until its genesis sets the values. */
export const FIRST_MAILBOX_NETWORK: MailboxNetwork = { ...FIRST_NETWORK, mailbox: firstMailboxes };
