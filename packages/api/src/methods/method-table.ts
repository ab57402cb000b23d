import * as v from 'valibot';
import { MAX_BUNDLE_CONTACTS, MAX_READ_LIMIT } from '../limits.ts';
import {
  addressSchema,
  countSchema,
  inviteSchema,
  messageTextSchema,
  millisecondsSchema,
  nameSchema,
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
  meshPeerSchema,
  messageStateSchema,
  nodeStatusSchema,
  nothingSchema,
} from './record-schemas.ts';

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
  'id.create': {
    summary: 'Makes a new person and shows the recovery phrase once.',
    params: v.strictObject({ name: nameSchema, password: passwordSchema }),
    result: v.strictObject({ sessionId: sessionIdSchema, phrase: phraseSchema }),
  },
  'id.restore': {
    summary: 'Brings a person back from the recovery phrase.',
    params: v.strictObject({ name: nameSchema, password: passwordSchema, phrase: phraseSchema }),
    result: v.strictObject({ sessionId: sessionIdSchema }),
  },
  'id.unlock': {
    summary: 'Opens the identity with its password.',
    params: v.strictObject({ password: passwordSchema }),
    result: v.strictObject({ sessionId: sessionIdSchema }),
  },
  'id.lock': {
    summary: 'Forgets the opened identity until the next unlock.',
    params: nothingSchema,
    result: nothingSchema,
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
    params: v.strictObject({ address: addressSchema }),
    result: meshPeerSchema,
  },
  'bundle.export.begin': {
    summary: 'Begins a bundle: one file with what waits and what is carried.',
    params: v.strictObject({
      to: v.exactOptional(v.pipe(v.array(sessionIdSchema), v.maxLength(MAX_BUNDLE_CONTACTS))),
      passphrase: v.exactOptional(passwordSchema),
      maxBytes: v.exactOptional(countSchema),
      carriedOnly: v.exactOptional(v.boolean()),
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
};
