import type { Failure } from '@pars/base';

/** One sentence or two in plain words: what happened, and what to do about it. */
export function adviceFromFailure(failure: Failure): string {
  const { code, meta = {} } = failure;
  const text = adviceByCode.get(code);
  if (text === undefined) return adviceFromPackage(code);
  return text
    .replaceAll(/\{(\w+)\}/g, (_, key: string) => String(meta[key] ?? ''))
    .replaceAll(/\{(\w+) from 1\}/g, (_, key: string) => String(Number(meta[key]) + 1));
}

/** For the many ways in which something from another node can be wrong. */
function adviceFromPackage(code: string): string {
  if (code.startsWith('mesh/')) {
    return 'The link to the other node failed. Try again; if it stays so, ask its owner for a newer address.';
  }
  if (code.startsWith('session/card-')) {
    return 'The contact card that came is not valid. Check the clock of this machine, and ask for a new invite.';
  }
  return `This did not work (${code}). \`pars doctor\` may tell why.`;
}

const adviceByCode: ReadonlyMap<string, string> = new Map([
  [
    'api/bad-response',
    'What answers on the socket of this data folder does not speak like a node. Update and restart `parsd`.',
  ],
  ['api/busy', 'The node has too much to do at once. Wait a moment and try again.'],
  ['api/cancelled', 'The node did not answer in time. Try again; `pars doctor` may tell why.'],
  ['api/closed', 'The node closed the connection. Is it being stopped? Start it again.'],
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
    'The node ended the stream: the vault was locked. Run `pars vault unlock`.',
  ],
  [
    'api/unauthorized',
    'The node refused the token of this data folder. Is another node using its socket? Restart `parsd`.',
  ],
  ['api/too-many-subscriptions', 'Too much is being followed at once. End another one first.'],
  ['api/unknown-method', 'The node is older than this command. Update and restart `parsd`.'],
  [
    'api/version-mismatch',
    'The node and this command are of different versions. Update the older one and restart `parsd`.',
  ],
  [
    'cli/ambiguous-contact',
    'Several contacts fit. Give more of the session id; `pars contact list` shows them.',
  ],
  [
    'cli/bad-list-address',
    'Address number {index from 1} cannot stand in a list: it needs its fingerprint (`#…`), and has to be one that everybody can dial. The public ones are in `pars node status`, and all of them in the link of `pars mesh status`.',
  ],
  [
    'cli/bad-list-key',
    'The file {path} holds no key for lists of nodes, and is not overwritten. Name another one.',
  ],
  [
    'cli/bundle-incomplete',
    'Parts of {path} did not come through. What did was used; ask for another copy of the rest.',
  ],
  ['cli/file-exists', 'There is a file {path} already. Choose another name, or say `--force`.'],
  [
    'cli/input-taken',
    'Standard input cannot be both the bundle and the passphrase. Give `--passphrase-file`.',
  ],
  ['cli/not-read', 'The file {path} cannot be read. Check its name, and whether the stick is in.'],
  ['cli/to-terminal', 'A bundle is no text. Name a file, or send it into a pipe.'],
  ['cli/demo-broken', 'The demonstration did not go as it must: {what} Please report it.'],
  ['cli/declined', 'Nothing was done.'],
  [
    'cli/moved-to-vault',
    'A profile opens and closes with the vault: `pars vault unlock` and `pars vault lock`.',
  ],
  ['cli/not-confirmed', 'Nothing was done: this cannot be undone. Say `--yes`.'],
  [
    'cli/panic-incomplete',
    'Not everything could be destroyed (secret: {secretDestroyed}, vault: {erased}). Run it again, or destroy the data folder by other means.',
  ],
  ['cli/bad-input', 'The {what} is not usable. Check it and try again.'],
  ['cli/no-contact', 'Nobody in your contacts fits. `pars contact list` shows them.'],
  [
    'cli/no-input',
    'The {what} is missing. Give it with a file option, on standard input, or at a terminal.',
  ],
  [
    'cli/lint-errors',
    '{name} has {errors} errors. `pars pip lint` shows them; correct them first.',
  ],
  ['cli/no-number', 'All numbers of the category {category} are taken.'],
  ['cli/no-proposal', 'There is no proposal {name}. `pars pip list` shows all.'],
  [
    'cli/no-proposals',
    'There is no folder of proposals at {where}. Name it with `--folder`, or go to where the folder PIPs is.',
  ],
  ['cli/not-a-draft', '{name} has a number already, or is not in Draft any more.'],
  [
    'cli/not-written',
    'The file {path} could not be written. Is the disk full, or the folder closed?',
  ],
  ['cli/proposal-exists', 'There is a file {path} already. Choose another title.'],
  ['git/no-revision', 'There is no such revision in git, or the proposal was not there yet.'],
  ['git/too-much', 'The git history is too large to be read.'],
  ['git/unavailable', 'Git is not installed, or the folder is in no repository.'],
  ['cli/secrets-differ', 'What was typed differed each time. Run the command again.'],
  ['cli/send-failed', 'The message could not be sent and will not be tried again. Write it again.'],
  ['cli/undelivered', 'Not delivered yet. The node keeps the message and goes on trying.'],
  [
    'crypto/phrase-checksum',
    'A word of the recovery phrase is wrong, or two are swapped. Compare it with the paper.',
  ],
  ['crypto/phrase-length', 'A recovery phrase has 24 words; this has {words}. Give all of them.'],
  [
    'crypto/phrase-word',
    'Word number {index from 1} of the recovery phrase is none of the list. Compare it with the paper.',
  ],
  [
    'mesh/bad-address',
    'This is no address that the node can dial. It looks like /ip4/192.0.2.1/tcp/4001.',
  ],
  ['mesh/aborted', 'The dial was broken off. Try again.'],
  [
    'mesh/address-refused',
    'The word of whoever gave this address is not enough to dial it: it is none of the public internet. Dial it yourself if you trust it.',
  ],
  [
    'mesh/bad-node-link',
    'This is no link of a node, or a part of it is missing. It begins with pars://node/; copy the whole of it.',
  ],
  [
    'mesh/bad-node-list',
    'This is no signed list of nodes, or it was changed. Ask whoever made it for it again.',
  ],
  [
    'mesh/bad-radio-key',
    'This is no key of a radio group. It begins with pars://radio/; copy or type the whole of it.',
  ],
  [
    'mesh/bad-signature',
    'Whoever answers at this address claims a key that is not theirs. Do not trust it; ask its owner for the address on another way.',
  ],
  [
    'mesh/decrypt-failed',
    'The connection was changed on its way, or the other node is faulty. Try again on another network.',
  ],
  ['mesh/find-refused', 'The nodes that were asked answer nobody now. Try later.'],
  ['mesh/outdated-node-list', 'A newer list of the same key is here already. Nothing was changed.'],
  [
    'mesh/puzzle-too-hard',
    'The other node is under attack and asks for too much work. Try another node, or later.',
  ],
  [
    'mesh/relay-busy',
    'The relay of this address has given this node its share. Try later, or ask for another address.',
  ],
  [
    'mesh/relay-full',
    'The relay of this address has no room. Try later, or ask for another address.',
  ],
  [
    'mesh/relay-no-target',
    'The other node is not at this relay any more. Ask its owner for a newer address.',
  ],
  [
    'mesh/relay-refused',
    'This relay relays no more. Ask the owner of the node for a newer address.',
  ],
  [
    'mesh/relay-silent',
    'The relay of this address does not answer. Try later, or ask for another address.',
  ],
  [
    'mesh/relay-spent',
    'The relayed connection has used up what the relay gives to one. Dial again.',
  ],
  [
    'mesh/stale-node-list',
    'This list of nodes is too old, or from the future. Ask for a newer one, and check the clock of this machine.',
  ],
  ['mesh/stopped', 'The node is stopping. Start it again.'],
  [
    'mesh/too-many-links',
    'The node has as many links as it may, in all or with this node. Wait, or stop something that holds them.',
  ],
  [
    'mesh/unknown-version',
    'What answers there is a newer or an older Pars. Update the older of the two.',
  ],
  [
    'mesh/bundle-bad-signature',
    'The bundle was changed, or made wrongly. What came before was used; ask for another copy.',
  ],
  [
    'mesh/bundle-contradiction',
    'The bundle contradicts itself. What came before was used; do not trust who made it.',
  ],
  ['mesh/bundle-expired', 'The bundle is too old. Nothing of it was used; ask for a newer one.'],
  [
    'mesh/bundle-forged',
    'Somebody who could open the bundle changed it. What came before was used; ask its maker for another copy.',
  ],
  [
    'mesh/bundle-future-dated',
    'The bundle says that it comes from the future. Check the clock of this machine.',
  ],
  [
    'mesh/bundle-not-ours',
    'Nothing here opens this file: it is for somebody else, has another passphrase (`--passphrase`), or is no bundle, or too damaged. If it is for you, run `pars vault unlock` first.',
  ],
  ['mesh/bundle-too-large', 'The bundle is larger than any may be. The rest of it was left out.'],
  ['mesh/bad-bundle-record', 'a part of the bundle was malformed.'],
  ['mesh/bad-node-record', 'what a node says of itself was damaged or forged.'],
  ['mesh/stale-node-record', 'what a node says of itself is too old. Is the clock right?'],
  ['mesh/bad-length', 'a parcel of a size that no parcel has.'],
  ['mesh/bad-parcel', 'a parcel that was damaged or malformed.'],
  ['mesh/bad-postage', 'a parcel whose postage was not paid.'],
  ['mesh/underpaid', 'a parcel with too little postage.'],
  ['mesh/parcel-expired', 'a parcel whose time is over.'],
  ['mesh/parcel-too-long-lived', 'a parcel that would live for too long. Is the clock right?'],
  [
    'mesh/parcel-over-quota',
    'too much from one source, and more important parcels keep the room. Give more with `parsd --carry`.',
  ],
  [
    'mesh/parcel-store-full',
    'the room for parcels is full of more important ones. Give more with `parsd --carry`.',
  ],
  ['mesh/token-spent', 'a parcel whose stamp was used before.'],
  ['mesh/token-limit', 'a parcel with one stamp too many.'],
  [
    'mesh/handshake-closed',
    'The other node closed the connection: it refused, is full, or the path broke. Try again.',
  ],
  [
    'mesh/handshake-timeout',
    'The other node did not finish the handshake in time. Try again later.',
  ],
  ['mesh/key-changed', 'A known node showed another key. Do not trust it; ask its owner.'],
  ['mesh/self-dial', 'This leads to your own node. Name another one.'],
  ['mesh/unknown-suite', 'What answers there is no Pars node, or a newer one.'],
  ['mesh/unreachable', 'Nothing answers at this address. Check it, or try later.'],
  [
    'mesh/bad-signal',
    'This is no text of a meeting, or a part of it is missing or mistyped. Copy the whole of it, from `pars://rtc/` on.',
  ],
  [
    'mesh/signal-expired',
    'The texts of a meeting are good for ten minutes, and these are older. Begin anew: both texts are made again.',
  ],
  [
    'mesh/signal-mismatch',
    'This text does not belong to this meeting: whoever begins runs `pars mesh meet`, the other one `pars mesh meet TEXT` with what that prints, and hands back what that prints.',
  ],
  [
    'mesh/signal-replayed',
    'This text was used already, and is good for one meeting alone. Begin anew with `pars mesh meet`.',
  ],
  [
    'mesh/too-many-signals',
    'Too many meetings are under way. End some of the waiting `pars mesh meet`, or wait ten minutes.',
  ],
  [
    'mesh/rtc-failed',
    'The connection of the meeting could not be made. Begin anew with `pars mesh meet`; both texts are made again.',
  ],
  [
    'mesh/rtc-unavailable',
    'This node has no WebRTC: nothing is installed for this kind of machine. Meet in another way: `pars mesh dial`, or a bundle.',
  ],
  ['mesh/wrong-peer', 'Another node answers at this address. Ask for a newer address.'],
  [
    'node/bad-frame',
    'The other node broke off or answered what makes no sense. Try later, or ask its owner to update.',
  ],
  [
    'node/bad-bundle-size',
    'A bundle has at least 262,144 bytes (256 KiB) and at most 64 GiB. Choose another `--max-size`.',
  ],
  ['node/bad-piece', 'The command sent what the node cannot read. Update the older of the two.'],
  ['node/carries-nothing', 'This node has no room for parcels. Restart `parsd` with `--carry`.'],
  [
    'node/direct-only',
    'Letters to this contact travel over a direct link only. Exchange a new invite to let them travel as parcels.',
  ],
  ['node/no-recipient', 'Say who shall open the bundle: `--to CONTACT`, `--passphrase`, or both.'],
  [
    'node/parcels-used-up',
    'Too many letters to this contact travel as parcels today. The rest can go tomorrow.',
  ],
  ['node/too-many-transfers', 'Other bundles are being read or written. Wait until they are done.'],
  [
    'node/transfer-ended',
    'The transfer ended: the node was locked or stopped, or nothing came for a minute. Begin again; nothing is lost.',
  ],
  ['node/locked', 'The vault is locked. Run `pars vault unlock`.'],
  [
    'node/peer-later',
    'The other node cannot take it now: it is locked, busy or full, or the invite is not of the person who is there. Try later, or ask for a new invite.',
  ],
  [
    'node/row-damaged',
    'What the node keeps on disk is damaged. Stop it and restore a copy of the data folder.',
  ],
  [
    'node/slow-watcher',
    'Output was read too slowly. Run the command again to see what was missed.',
  ],
  ['node/stopped', 'The node is stopping. Start it again.'],
  [
    'node/storage-failed',
    'The disk of the node refuses ({reason}). Nothing of this was done and nothing older is lost: make room, or look after the disk, and try again.',
  ],
  ['node/timeout', 'The other node did not answer in time. Try later.'],
  [
    'node/vault-busy',
    'As much waits to be written as the vault takes at once. Nothing of this was done; try again in half a minute.',
  ],
  [
    'node/vault-full',
    'This profile is full. Nothing of this was done: delete something, or run `pars vault grow`.',
  ],
  ['node/busy-finding', 'Too many searches for nodes are under way. Try again in a moment.'],
  [
    'node/mesh-off',
    'This node takes no part in the mesh: its disk refused when it started. `pars doctor` tells more; start it again afterwards.',
  ],
  [
    'node/no-meeting',
    'This meeting is over. Begin a new one with `pars mesh meet`; the texts of the old one are good for nothing any more.',
  ],
  ['node/no-list', 'No list of nodes has this key. `pars mesh list show` shows them.'],
  [
    'node/radio-gone',
    'The modem went away, or takes nothing any more. It is opened again when it is back.',
  ],
  [
    'node/too-many-lists',
    'The node keeps as many lists of nodes as it may: 8. Remove one with `pars mesh list remove`.',
  ],
  ['node/too-many-watchers', 'Too much is being followed at once. End another one first.'],
  [
    'discovery/no-multicast',
    'No network interface lets the node announce itself. Find others by link: `pars mesh dial`.',
  ],
  [
    'metrics/cannot-listen',
    'The port of the metrics is taken. Choose another one with `parsd --metrics-port`.',
  ],
  [
    'serial/gone',
    'The modem went away, or takes nothing any more. It is opened again when it is back.',
  ],
  ['serial/in-use', 'Another program uses the serial port. Stop that one.'],
  ['serial/not-found', 'There is no such device. Plug the modem in, or name another one.'],
  [
    'serial/not-permitted',
    'The user of the node may not use the serial port. Join the group that may (often `dialout`), log in anew, and start the node again.',
  ],
  ['serial/unsupported', 'Serial ports do not work on this system. Run the radio on another one.'],
  [
    'serial/unusable',
    'The serial port does not open, or not at this rate. Look at the modem, and at `parsd --radio-baud`.',
  ],
  [
    'stick/bad-name',
    'A bundle may be named with letters, digits, `.`, `-` and `_` only. Rename it.',
  ],
  ['stick/changed', 'The file on the stick is another one than was found. Look at it again.'],
  ['stick/exists', 'A file of that name is on the stick already. Choose another name.'],
  ['stick/full', 'The stick is full, and nothing was left on it. Take another one, or write less.'],
  ['stick/gone', 'The stick was pulled out. What was taken in stays; plug it in and begin again.'],
  ['stick/not-a-file', 'What lies there is no plain file, and is not opened.'],
  ['stick/read-only', 'The stick cannot be written. Unlock it, or take another one.'],
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
    'No node runs on this data folder. Start one (`npm start` in a clone, else `parsd`), or name the folder with `--data-dir`.',
  ],
  ['session/ambiguous-contact', 'Several contacts fit. Give the whole session id.'],
  ['session/bad-name', 'This name is not usable: empty, too long, or with control characters.'],
  ['session/bad-session-id', 'This is no session id. It is 05 and 64 hex digits.'],
  ['session/bad-text', 'The text is empty or too long. Shorten or split it.'],
  [
    'session/card-changed',
    'This contact showed OTHER KEYS than before. Do not go on: ask them on another way whether it is really them.',
  ],
  [
    'session/contact-name-taken',
    'Another contact has this name, or one that looks like it. Choose another one with `--name`.',
  ],
  [
    'session/identity-exists',
    'This profile belongs to somebody already. Use another `--data-dir` for another person.',
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
  ['session/no-identity', 'Nobody is in this profile yet. Run `pars id create --name NAME`.'],
  ['session/outbox-full', 'Too many messages wait for delivery. Send again later.'],
  ['session/too-many-contacts', 'You have as many contacts as the node can keep.'],
  ['session/too-many-invites', 'Too many invites are open. Wait until one is used or expires.'],
  ['session/unknown-suite', 'This comes from a newer Pars, or from nobody. Update Pars.'],
  ['session/unknown-version', 'This comes from a newer Pars. Update Pars.'],
  [
    'secret-keeper/nothing-there',
    'Where the secret of the vault should be, there is none. Nothing is made anew; is it another user, or another machine?',
  ],
  [
    'secret-keeper/unavailable',
    'What keeps the secret of the vault does not answer. Log in, unlock the keyring or plug in the TPM, and try again.',
  ],
  ['sql/busy', 'Too much waits to be written. Wait half a minute and try again.'],
  [
    'sql/closed',
    'The vault was locked in the middle of this. Run `pars vault unlock`, and try again.',
  ],
  ['sql/newer-schema', 'A newer Pars wrote this vault. Update Pars.'],
  ['sql/outside', 'The node has a bug in its database. Please report it.'],
  ['sql/transaction-too-large', 'That is too much to write at once. Split it.'],
  ['sql/constraint', 'What the node wanted to write contradicts what it has. Please report it.'],
  ['sql/damaged', 'The database in the vault is damaged. `pars vault check` tells more.'],
  ['sql/full', 'The vault is full. Delete something, or run `pars vault grow`.'],
  ['sql/statement', 'The node has a bug in its database. Please report it.'],
  ['sql/value', 'The node has a bug in its database. Please report it.'],
  [
    'vault/bad-passwords',
    'Two of the passwords are the same, or one is too long. Choose passwords that differ, of at most 1,024 bytes.',
  ],
  [
    'vault/bad-size',
    'The file `vault` has not the size that it should: it was cut, or is none. Restore a copy of it; a vault can grow and never shrink.',
  ],
  ['vault/chunk-missing', 'A part of this file is gone. Ask for the file again.'],
  [
    'vault/exists',
    'There is a vault here already. Unlock it with `pars vault unlock`. It is never overwritten; `pars panic --everything` destroys it.',
  ],
  [
    'vault/hidden-password-needed',
    'Nothing was changed. Without the hidden password, both now and anew, a hidden profile is lost for ever if there is one. Give it, or say `--forget-hidden`.',
  ],
  ['vault/locked', 'The vault is locked. Run `pars vault unlock`.'],
  [
    'vault/medium-failed',
    'The file of the vault cannot be used ({reason}): it is gone, not yours alone, or the disk fails. The vault is locked and as it was at the last tick.',
  ],
  [
    'vault/no-extra-flush',
    'The vault was written out of turn 64 times today, which is all that a day has. Try again in half a minute, or tomorrow.',
  ],
  [
    'vault/no-room',
    'The disk has too little room for a vault: 324 MB for tier S, 647 MB for tier L. Make room, or choose another folder.',
  ],
  ['vault/none', 'There is no vault here yet. Run `pars vault create`; it asks for its passwords.'],
  [
    'vault/page-damaged',
    'A part of what the vault holds cannot be read any more. `pars vault check` tells more.',
  ],
  ['vault/queue-full', 'Too much waits to be written. Wait half a minute and try again.'],
  [
    'vault/secret-unavailable',
    'What keeps the secret of the vault (TPM, keyring or file) is locked or gone. Nothing is made anew. Log in, unlock the keyring, and try again.',
  ],
  ['vault/slab-full', 'There is no room for more files. Delete some.'],
  ['vault/transaction-too-large', 'That is too much to write at once. Split it.'],
  [
    'vault/volume-damaged',
    'The vault is damaged: what can be read is shown, and nothing can be written. Restore a copy, or use the recovery phrase on a new vault.',
  ],
  [
    'vault/wrong-password',
    'The password opens nothing here. It is wrong, or there is nothing that it would open.',
  ],
]);
