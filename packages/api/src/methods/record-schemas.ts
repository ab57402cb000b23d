import * as v from 'valibot';
import {
  addressSchema,
  codeSchema,
  countSchema,
  detailSchema,
  meetingTextSchema,
  messageTextSchema,
  millisecondsSchema,
  nameSchema,
  nodeLinkSchema,
  opaqueIdSchema,
  pathSchema,
  pieceSchema,
  sessionIdSchema,
  sessionLinkSchema,
  transferIdSchema,
  versionSchema,
} from './field-schemas.ts';
import type {
  BundleExported,
  BundleImported,
  BundleInspected,
  BundlePiece,
  ChatMessage,
  Contact,
  DiagnosticCheck,
  IdentityInfo,
  KnownNode,
  MeshEvent,
  MeshMeeting,
  MeshPeer,
  MeshStatus,
  MessageState,
  NodeListInfo,
  NodeStatus,
  Nothing,
  RadioInfo,
  SecretKeeperKind,
  VaultStatus,
  VaultTier,
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
  vault: v.picklist(['none', 'locked', 'open']),
  identity: v.picklist(['none', 'locked', 'open']),
  carrying: v.exactOptional(
    v.strictObject({ parcels: countSchema, bytes: countSchema, capacityBytes: countSchema }),
  ),
});

/** Schema of {@link VaultTier}. */
export const vaultTierSchema: v.GenericSchema<unknown, VaultTier> = v.picklist(['S', 'L']);

/** Schema of {@link SecretKeeperKind}. */
export const secretKeeperSchema: v.GenericSchema<unknown, SecretKeeperKind> = v.picklist([
  'tpm',
  'keyring',
  'file',
]);

/** Schema of {@link VaultStatus}. */
export const vaultStatusSchema: v.GenericSchema<unknown, VaultStatus> = v.strictObject({
  state: v.picklist(['none', 'locked', 'open']),
  tier: v.exactOptional(vaultTierSchema),
  diskBytes: v.exactOptional(countSchema),
  keeper: v.exactOptional(secretKeeperSchema),
  idleLockMinutes: v.exactOptional(countSchema),
  room: v.exactOptional(v.strictObject({ usedBytes: countSchema, capacityBytes: countSchema })),
  unsaved: v.exactOptional(v.boolean()),
  extraFlushesLeft: v.exactOptional(countSchema),
  marginTicks: v.exactOptional(countSchema),
  marginAtUnlockTicks: v.exactOptional(countSchema),
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
  directOnly: v.exactOptional(v.literal(true)),
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
  storedBy: v.exactOptional(countSchema),
});

/** Schema of {@link MeshPeer}. */
export const meshPeerSchema: v.GenericSchema<unknown, MeshPeer> = v.strictObject({
  nodeId: opaqueIdSchema,
  address: addressSchema,
  direction: v.picklist(['inbound', 'outbound']),
  sinceMs: millisecondsSchema,
});

/** Schema of {@link BundlePiece}. */
export const bundlePieceSchema: v.GenericSchema<unknown, BundlePiece> = v.strictObject({
  data: pieceSchema,
  done: v.boolean(),
  packed: countSchema,
  toPack: countSchema,
  bytes: countSchema,
});

/** Schema of {@link BundleExported}. */
export const bundleExportedSchema: v.GenericSchema<unknown, BundleExported> = v.strictObject({
  bytes: countSchema,
  parcels: countSchema,
  omitted: countSchema,
  directOnly: v.pipe(v.array(sessionIdSchema), v.maxLength(10_000)),
  namesNode: v.exactOptional(v.literal(true)),
});

const bundleLossSchema = v.strictObject({
  lostChunks: countSchema,
  missingRecords: countSchema,
  untoldChunks: countSchema,
  truncated: v.boolean(),
  headDamaged: v.boolean(),
  excessBytes: countSchema,
});

/** Schema of {@link BundleImported}. */
export const bundleImportedSchema: v.GenericSchema<unknown, BundleImported> = v.strictObject({
  createdAtMs: millisecondsSchema,
  expiresAtMs: millisecondsSchema,
  bytes: countSchema,
  stored: countSchema,
  known: countSchema,
  nodes: v.exactOptional(countSchema),
  unplaced: countSchema,
  refused: v.pipe(
    v.array(v.strictObject({ code: codeSchema, count: countSchema })),
    v.maxLength(256),
  ),
  messages: v.exactOptional(countSchema),
  delivered: v.exactOptional(countSchema),
  loss: bundleLossSchema,
  failure: v.exactOptional(codeSchema),
});

/** Schema of {@link BundleInspected}. */
export const bundleInspectedSchema: v.GenericSchema<unknown, BundleInspected> = v.strictObject({
  createdAtMs: millisecondsSchema,
  expiresAtMs: millisecondsSchema,
  expired: v.boolean(),
  bytes: countSchema,
  parcels: countSchema,
  others: countSchema,
  loss: bundleLossSchema,
  failure: v.exactOptional(codeSchema),
});

/** Schema of {@link MeshStatus}. */
export const meshStatusSchema: v.GenericSchema<unknown, MeshStatus> = v.strictObject({
  role: v.picklist(['phone', 'desktop', 'bridge', 'relay']),
  metered: v.boolean(),
  island: v.boolean(),
  links: countSchema,
  linkTarget: countSchema,
  remembered: countSchema,
  lists: countSchema,
  lan: v.picklist(['off', 'on', 'failed']),
  keeper: v.boolean(),
  relay: v.strictObject({
    offers: v.boolean(),
    reservations: countSchema,
    connections: countSchema,
    reachableThrough: countSchema,
  }),
  spreading: countSchema,
  link: v.exactOptional(nodeLinkSchema),
});

/** Schema of {@link KnownNode}. */
export const knownNodeSchema: v.GenericSchema<unknown, KnownNode> = v.strictObject({
  address: addressSchema,
  source: v.picklist(['user', 'lan', 'list', 'bundle', 'answer']),
  linked: v.boolean(),
  lastLinkMs: v.exactOptional(millisecondsSchema),
});

/** Schema of {@link NodeListInfo}. */
export const nodeListInfoSchema: v.GenericSchema<unknown, NodeListInfo> = v.strictObject({
  key: opaqueIdSchema,
  nodes: countSchema,
  expiresAtMs: millisecondsSchema,
});

/** Schema of {@link MeshMeeting}. */
export const meshMeetingSchema: v.GenericSchema<unknown, MeshMeeting> = v.strictObject({
  meetingId: transferIdSchema,
  text: meetingTextSchema,
  expiresAtMs: millisecondsSchema,
});

/** Schema of {@link MeshEvent}. */
export const meshEventSchema: v.GenericSchema<unknown, MeshEvent> = v.variant('type', [
  v.strictObject({
    type: v.literal('link'),
    state: v.picklist(['up', 'down']),
    peer: meshPeerSchema,
  }),
  v.strictObject({
    type: v.literal('bundle-offered'),
    path: pathSchema,
    bytes: countSchema,
  }),
]);

/** Schema of {@link RadioInfo}. */
export const radioInfoSchema: v.GenericSchema<unknown, RadioInfo> = v.strictObject({
  device: pathSchema,
  state: v.picklist(['opening', 'open']),
  failure: v.exactOptional(codeSchema),
  neighbours: countSchema,
  framesSent: countSchema,
  framesHeard: countSchema,
  airtimeMs: countSchema,
});
