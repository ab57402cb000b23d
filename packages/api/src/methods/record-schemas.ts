import * as v from 'valibot';
import {
  addressSchema,
  countSchema,
  detailSchema,
  messageTextSchema,
  millisecondsSchema,
  nameSchema,
  opaqueIdSchema,
  sessionIdSchema,
  sessionLinkSchema,
  versionSchema,
} from './field-schemas.ts';
import type {
  ChatMessage,
  Contact,
  DiagnosticCheck,
  IdentityInfo,
  MeshPeer,
  MessageState,
  NodeStatus,
  Nothing,
} from './method-types.ts';

/** Schema of {@link Nothing}: an object without keys. */
export const nothingSchema: v.GenericSchema<unknown, Nothing> = v.strictObject({});

/** Schema of {@link NodeStatus}. */
export const nodeStatusSchema: v.GenericSchema<unknown, NodeStatus> = v.strictObject({
  version: versionSchema,
  suite: v.literal(1),
  nodeId: opaqueIdSchema,
  addresses: v.pipe(v.array(addressSchema), v.maxLength(64)),
  peerCount: countSchema,
  uptimeMs: millisecondsSchema,
  identity: v.picklist(['none', 'locked', 'open']),
});

/** Schema of {@link DiagnosticCheck}. */
export const diagnosticCheckSchema: v.GenericSchema<unknown, DiagnosticCheck> = v.strictObject({
  name: opaqueIdSchema,
  ok: v.boolean(),
  detail: detailSchema,
});

/** Schema of {@link IdentityInfo}. */
export const identityInfoSchema: v.GenericSchema<unknown, IdentityInfo> = v.strictObject({
  sessionId: sessionIdSchema,
  link: sessionLinkSchema,
  name: nameSchema,
  createdAtMs: millisecondsSchema,
});

/** Schema of {@link Contact}. */
export const contactSchema: v.GenericSchema<unknown, Contact> = v.strictObject({
  sessionId: sessionIdSchema,
  name: nameSchema,
  addedAtMs: millisecondsSchema,
  state: v.picklist(['pending', 'confirmed']),
});

/** Schema of {@link MessageState}. */
export const messageStateSchema: v.GenericSchema<unknown, MessageState> = v.picklist([
  'queued',
  'handed-over',
  'delivered',
  'failed',
]);

/** Schema of {@link ChatMessage}. */
export const chatMessageSchema: v.GenericSchema<unknown, ChatMessage> = v.strictObject({
  messageId: opaqueIdSchema,
  sequence: v.pipe(countSchema, v.minValue(1)),
  with: sessionIdSchema,
  direction: v.picklist(['in', 'out']),
  text: messageTextSchema,
  sentAtMs: millisecondsSchema,
  state: messageStateSchema,
});

/** Schema of {@link MeshPeer}. */
export const meshPeerSchema: v.GenericSchema<unknown, MeshPeer> = v.strictObject({
  nodeId: opaqueIdSchema,
  address: addressSchema,
  direction: v.picklist(['inbound', 'outbound']),
  sinceMs: millisecondsSchema,
});
