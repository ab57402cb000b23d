import * as v from 'valibot';
import { MAX_BUNDLE_CONTACTS, MAX_READ_LIMIT } from '../limits.ts';
import {
  countSchema,
  dialTargetSchema,
  inviteSchema,
  meetingTextSchema,
  messageTextSchema,
  millisecondsSchema,
  nameSchema,
  nodeListSchema,
  opaqueIdSchema,
  passwordSchema,
  phraseSchema,
  pieceSchema,
  sessionIdSchema,
  transferIdSchema,
} from './field-schemas.ts';
import type {
  MethodName,
  MethodParams,
  MethodResult,
  SubscriptionEvent,
  SubscriptionName,
  SubscriptionParams,
} from './method-types.ts';
import {
  bundleExportedSchema,
  bundleImportedSchema,
  bundleInspectedSchema,
  bundlePieceSchema,
  chatMessageSchema,
  contactSchema,
  diagnosticCheckSchema,
  identityInfoSchema,
  knownNodeSchema,
  meshEventSchema,
  meshMeetingSchema,
  meshPeerSchema,
  meshStatusSchema,
  messageStateSchema,
  nodeListInfoSchema,
  nodeStatusSchema,
  nothingSchema,
  radioInfoSchema,
  secretKeeperSchema,
  vaultStatusSchema,
  vaultTierSchema,
} from './record-schemas.ts';

const vaultPasswordEntries = {
  decoy: passwordSchema,
  hidden: v.exactOptional(passwordSchema),
  duress: v.exactOptional(passwordSchema),
} as const;
const vaultChangeEntries = {
  current: passwordSchema,
  next: v.strictObject(vaultPasswordEntries),
  mayDestroyHidden: v.exactOptional(v.literal(true)),
} as const;
const transferSchema = v.strictObject({ transferId: transferIdSchema });
const passphraseOnlySchema = v.strictObject({ passphrase: v.exactOptional(passwordSchema) });

/** The schemas of one method. */
export interface MethodDefinition<M extends MethodName> {
  /** One line for people. */
  readonly summary: string;
  readonly params: v.GenericSchema<unknown, MethodParams<M>>;
  readonly result: v.GenericSchema<unknown, MethodResult<M>>;
}

/** The schemas of one subscription. */
export interface SubscriptionDefinition<S extends SubscriptionName> {
  /** One line for people. */
  readonly summary: string;
  readonly params: v.GenericSchema<unknown, SubscriptionParams<S>>;
  readonly event: v.GenericSchema<unknown, SubscriptionEvent<S>>;
}

/** Every method of the local API (PIP-4000 §7). Unknown keys are refused everywhere. */
export const methodTable: { readonly [M in MethodName]: MethodDefinition<M> } = {
  'node.status': {
    summary: 'How the node is doing.',
    params: nothingSchema,
    result: nodeStatusSchema,
  },
  'node.diagnose': {
    summary: 'Checks of the node by itself, in plain words.',
    params: nothingSchema,
    result: v.strictObject({ checks: v.pipe(v.array(diagnosticCheckSchema), v.maxLength(64)) }),
  },
  'node.stop': {
    summary: 'Answers, then shuts the node down in order.',
    params: nothingSchema,
    result: nothingSchema,
  },
  'vault.status': {
    summary: 'The vault of this node.',
    params: nothingSchema,
    result: vaultStatusSchema,
  },
  'vault.create': {
    summary: 'Makes the vault: all passwords at once.',
    params: v.strictObject({
      ...vaultPasswordEntries,
      tier: vaultTierSchema,
      keeper: v.exactOptional(secretKeeperSchema),
    }),
    result: vaultStatusSchema,
  },
  'vault.unlock': {
    summary: 'Opens what the password opens.',
    params: v.strictObject({ password: passwordSchema }),
    result: v.strictObject({ identity: v.picklist(['none', 'open']) }),
  },
  'vault.lock': {
    summary: 'Writes what waits and forgets the keys.',
    params: nothingSchema,
    result: nothingSchema,
  },
  'vault.passwd': {
    summary: 'Replaces all passwords.',
    params: v.strictObject(vaultChangeEntries),
    result: v.strictObject({ oldSecretErased: v.boolean() }),
  },
  'vault.grow': {
    summary: 'Moves everything into a larger vault.',
    params: v.strictObject({ ...vaultChangeEntries, tier: vaultTierSchema }),
    result: v.strictObject({ oldDestroyed: v.boolean() }),
  },
  'vault.check': {
    summary: 'Reads everything that is open and tells what is damaged.',
    params: nothingSchema,
    result: v.strictObject({ checks: v.pipe(v.array(diagnosticCheckSchema), v.maxLength(64)) }),
  },
  'vault.panic': {
    summary: 'Destroys the erasable secret, or everything, and ends the node.',
    params: v.strictObject({ everything: v.boolean() }),
    result: v.strictObject({ secretDestroyed: v.boolean(), erased: v.boolean() }),
  },
  'id.create': {
    summary: 'Makes a new person and shows the recovery phrase once.',
    params: v.strictObject({ name: nameSchema }),
    result: v.strictObject({ sessionId: sessionIdSchema, phrase: phraseSchema }),
  },
  'id.restore': {
    summary: 'Brings a person back from the recovery phrase.',
    params: v.strictObject({ name: nameSchema, phrase: phraseSchema }),
    result: v.strictObject({ sessionId: sessionIdSchema }),
  },
  'id.show': {
    summary: 'Who this node belongs to.',
    params: nothingSchema,
    result: identityInfoSchema,
  },
  'contact.invite': {
    summary: 'Makes an invite to hand to one other person.',
    params: nothingSchema,
    result: v.strictObject({ invite: inviteSchema, expiresAtMs: millisecondsSchema }),
  },
  'contact.add': {
    summary: 'Adds the person who made the invite.',
    params: v.strictObject({ invite: inviteSchema, name: v.exactOptional(nameSchema) }),
    result: contactSchema,
  },
  'contact.list': {
    summary: 'Everybody this person can write to.',
    params: nothingSchema,
    result: v.strictObject({ contacts: v.pipe(v.array(contactSchema), v.maxLength(10_000)) }),
  },
  'chat.send': {
    summary: 'Seals a text to a contact and keeps it until it is delivered.',
    params: v.strictObject({ to: sessionIdSchema, text: messageTextSchema }),
    result: v.strictObject({ messageId: opaqueIdSchema, state: messageStateSchema }),
  },
  'chat.read': {
    summary: 'Messages after a sequence number, or the newest, oldest first.',
    params: v.strictObject({
      with: v.exactOptional(sessionIdSchema),
      after: v.exactOptional(countSchema),
      limit: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_READ_LIMIT)),
    }),
    result: v.strictObject({
      messages: v.pipe(v.array(chatMessageSchema), v.maxLength(MAX_READ_LIMIT)),
    }),
  },
  'mesh.peers': {
    summary: 'The nodes that are linked now.',
    params: nothingSchema,
    result: v.strictObject({ peers: v.pipe(v.array(meshPeerSchema), v.maxLength(10_000)) }),
  },
  'mesh.dial': {
    summary: 'Opens a link to a node, or returns the one that is open.',
    params: v.strictObject({ address: dialTargetSchema }),
    result: meshPeerSchema,
  },
  'mesh.status': {
    summary: "The node's part in the mesh.",
    params: nothingSchema,
    result: meshStatusSchema,
  },
  'mesh.discover': {
    summary: 'The nodes that are remembered, after a search when it is asked for.',
    params: v.strictObject({ search: v.boolean() }),
    result: v.strictObject({ nodes: v.pipe(v.array(knownNodeSchema), v.maxLength(1_024)) }),
  },
  'mesh.lists': {
    summary: 'The lists of nodes that were taken in.',
    params: nothingSchema,
    result: v.strictObject({ lists: v.pipe(v.array(nodeListInfoSchema), v.maxLength(64)) }),
  },
  'mesh.list.add': {
    summary: 'Takes in a signed list of nodes.',
    params: v.strictObject({ text: nodeListSchema }),
    result: nodeListInfoSchema,
  },
  'mesh.list.remove': {
    summary: 'Forgets a list of nodes.',
    params: v.strictObject({ key: opaqueIdSchema }),
    result: nothingSchema,
  },
  'mesh.metered': {
    summary: 'Uses a paid or weak connection sparingly, or not.',
    params: v.strictObject({ metered: v.boolean() }),
    result: meshStatusSchema,
  },
  'mesh.radio': {
    summary: 'The radios of this node.',
    params: nothingSchema,
    result: v.strictObject({ radios: v.pipe(v.array(radioInfoSchema), v.maxLength(16)) }),
  },
  'mesh.meet.offer': {
    summary: 'Begins a meeting over WebRTC: a text to hand over.',
    params: nothingSchema,
    result: meshMeetingSchema,
  },
  'mesh.meet.answer': {
    summary: 'Answers the text of a meeting with another.',
    params: v.strictObject({ offer: meetingTextSchema }),
    result: meshMeetingSchema,
  },
  'mesh.meet.finish': {
    summary: 'Takes the answer to an offer, and links.',
    params: v.strictObject({ meetingId: transferIdSchema, answer: meetingTextSchema }),
    result: meshPeerSchema,
  },
  'mesh.meet.wait': {
    summary: 'Waits for the link after an answer.',
    params: v.strictObject({ meetingId: transferIdSchema }),
    result: meshPeerSchema,
  },
  'mesh.meet.cancel': {
    summary: 'Gives a meeting up.',
    params: v.strictObject({ meetingId: transferIdSchema }),
    result: nothingSchema,
  },
  'bundle.export.begin': {
    summary: 'Begins a bundle: one file with what waits and what is carried.',
    params: v.strictObject({
      to: v.exactOptional(v.pipe(v.array(sessionIdSchema), v.maxLength(MAX_BUNDLE_CONTACTS))),
      passphrase: v.exactOptional(passwordSchema),
      maxBytes: v.exactOptional(countSchema),
      carriedOnly: v.exactOptional(v.boolean()),
      ownNode: v.exactOptional(v.boolean()),
    }),
    result: transferSchema,
  },
  'bundle.read': {
    summary: 'The next bytes of a bundle that is exported.',
    params: transferSchema,
    result: bundlePieceSchema,
  },
  'bundle.export.end': {
    summary: 'Ends an export after its last piece.',
    params: transferSchema,
    result: bundleExportedSchema,
  },
  'bundle.import.begin': {
    summary: 'Begins to take in a bundle.',
    params: passphraseOnlySchema,
    result: transferSchema,
  },
  'bundle.inspect.begin': {
    summary: 'Begins to look at a bundle without taking anything from it.',
    params: passphraseOnlySchema,
    result: transferSchema,
  },
  'bundle.write': {
    summary: 'The next bytes of a bundle that is imported or inspected.',
    params: v.strictObject({ transferId: transferIdSchema, data: pieceSchema }),
    result: v.strictObject({ done: v.boolean() }),
  },
  'bundle.import.end': {
    summary: 'Says that the file has ended, and tells what came of it.',
    params: transferSchema,
    result: bundleImportedSchema,
  },
  'bundle.inspect.end': {
    summary: 'Says that the file has ended, and tells what it holds.',
    params: transferSchema,
    result: bundleInspectedSchema,
  },
  'bundle.cancel': {
    summary: 'Gives up a transfer.',
    params: transferSchema,
    result: nothingSchema,
  },
};

/** Every subscription of the local API (PIP-4000 §7). */
export const subscriptionTable: { readonly [S in SubscriptionName]: SubscriptionDefinition<S> } = {
  'chat.watch': {
    summary: 'Every new message, and every message whose state changed, from now on.',
    params: v.strictObject({ with: v.exactOptional(sessionIdSchema) }),
    event: chatMessageSchema,
  },
  'mesh.watch': {
    summary:
      'The bundles that are offered; then links that come and go, and bundles that are found.',
    params: nothingSchema,
    event: meshEventSchema,
  },
};
