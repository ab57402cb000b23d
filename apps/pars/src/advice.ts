import type { Failure } from '@pars/base';

/** One sentence or two in plain words: what happened, and what to do about it. */
export function adviceFromFailure(failure: Failure): string {
  const { code, meta = {} } = failure;
  const text = adviceByCode.get(code);
  if (text === undefined) return `This did not work (${code}). \`pars doctor\` may tell why.`;
  return text.replaceAll(/\{(\w+)\}/g, (_, key: string) => String(meta[key] ?? ''));
}

const adviceByCode: ReadonlyMap<string, string> = new Map([
  ['api/busy', 'The node has too much to do at once. Wait a moment and try again.'],
  ['api/cancelled', 'The node did not answer in time. Try again; `pars doctor` may tell why.'],
  ['api/closed', 'The node closed the connection. Is it being stopped? Start it with `parsd`.'],
  ['api/frame-too-large', 'That is too long to send at once. Shorten it.'],
  ['api/internal', 'The node has a bug here. Please report it with the last lines of its log.'],
  [
    'api/invalid-params',
    'The value of `{path}` is not usable: too long, empty, or of a wrong form.',
  ],
  ['api/result-too-large', 'The answer is too large. Ask for less with `--limit`.'],
  [
    'api/slow-consumer',
    'Output was read too slowly. Run the command again to see what was missed.',
  ],
  [
    'api/subscription-ended',
    'The node ended the stream: the identity was locked. Run `pars id unlock`.',
  ],
  [
    'api/unauthorized',
    'The node refused the token of this data folder. Is another node using its socket? Restart `parsd`.',
  ],
  ['api/unknown-method', 'The node is older than this command. Update and restart `parsd`.'],
  [
    'api/version-mismatch',
    'The node and this command are of different versions. Update the older one and restart `parsd`.',
  ],
  [
    'cli/ambiguous-contact',
    'Several contacts fit. Give more of the session id; `pars contact list` shows them.',
  ],
  ['cli/bad-input', 'The {what} is not usable. Check it and try again.'],
  ['cli/no-contact', 'Nobody in your contacts fits. `pars contact list` shows them.'],
  [
    'cli/no-input',
    'The {what} is missing. Give it with a file option, on standard input, or at a terminal.',
  ],
  ['cli/send-failed', 'The message could not be sent and will not be tried again. Write it again.'],
  ['cli/undelivered', 'Not delivered yet. The node keeps the message and goes on trying.'],
  [
    'mesh/bad-address',
    'This is no address that the node can dial. It looks like /ip4/192.0.2.1/tcp/4001.',
  ],
  [
    'mesh/handshake-closed',
    'The other node closed the connection: it refused, is full, or the path broke. Try again.',
  ],
  [
    'mesh/handshake-timeout',
    'The other node did not finish the handshake in time. Try again later.',
  ],
  ['mesh/key-changed', 'A known node showed another key. Do not trust it; ask its owner.'],
  ['mesh/self-dial', 'This is the address of your own node. Dial another one.'],
  ['mesh/unknown-suite', 'What answers there is no Pars node, or a newer one.'],
  ['mesh/unreachable', 'Nothing answers at this address. Check it, or try later.'],
  ['mesh/wrong-peer', 'Another node answers at this address. Ask for a newer address.'],
  ['node/locked', 'The identity is locked. Run `pars id unlock`.'],
  ['node/peer-later', 'The other node cannot take it now: it is locked, busy or full. Try later.'],
  ['node/stopped', 'The node is stopping. Start it again with `parsd`.'],
  ['node/timeout', 'The other node did not answer in time. Try later.'],
  [
    'rpc/bad-token-file',
    'The token file of this data folder is damaged. Stop the node, delete the file `api-token` and start it again.',
  ],
  [
    'rpc/not-permitted',
    'You may not use this data folder. Run this as the user that runs the node.',
  ],
  [
    'rpc/unreachable',
    'No node runs on this data folder. Start one with `parsd`, or name the folder with `--data-dir`.',
  ],
  ['session/ambiguous-contact', 'Several contacts fit. Give the whole session id.'],
  ['session/bad-name', 'This name is not usable: empty, too long, or with control characters.'],
  ['session/bad-password', 'This password is not usable: empty or too long.'],
  ['session/bad-session-id', 'This is no session id. It is 05 and 64 hex digits.'],
  ['session/bad-text', 'The text is empty or too long. Shorten or split it.'],
  [
    'session/contact-name-taken',
    'Another contact has this name already. Choose another one with `--name`.',
  ],
  [
    'session/identity-exists',
    'This node belongs to somebody already. Use another `--data-dir` for another person.',
  ],
  ['session/invite-expired', 'The invite is too old. Ask for a new one.'],
  [
    'session/invite-malformed',
    'This is no invite, or a part of it is missing. Copy the whole of it.',
  ],
  [
    'session/invite-mismatch',
    'The node that answered is not the one of the invite. Somebody interferes, or the invite is old. Ask for a new one on another way.',
  ],
  [
    'session/invite-no-address',
    'The invite names no address that this node can dial. Ask for a new one.',
  ],
  ['session/invite-own', 'This is your own invite. Hand it to somebody else.'],
  ['session/invite-refused', 'The invite was used already or is unknown there. Ask for a new one.'],
  ['session/no-contact', 'Nobody in your contacts fits. `pars contact list` shows them.'],
  ['session/no-identity', 'Nobody was created on this node yet. Run `pars id create --name NAME`.'],
  ['session/outbox-full', 'Too many messages wait for delivery. Send again later.'],
  ['session/too-many-contacts', 'You have as many contacts as the node can keep.'],
  ['session/too-many-invites', 'Too many invites are open. Wait until one is used or expires.'],
  ['session/wrong-password', 'The password is wrong. The identity stays locked.'],
]);
