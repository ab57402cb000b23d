export { type ApiErrorCode, rpcNumberFromCode } from './errors.ts';
export {
  API_VERSION,
  MAX_BUNDLE_CONTACTS,
  MAX_BUNDLE_PIECE,
  MAX_INVITE_LENGTH,
  MAX_PENDING_REQUESTS,
  MAX_QUEUED_EVENTS,
  MAX_READ_LIMIT,
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES,
  MAX_SUBSCRIPTIONS,
  MAX_TEXT_LENGTH,
} from './limits.ts';
export type {
  ApiHandlers,
  CallContext,
  MethodHandler,
  MethodHandlers,
  SubscriptionHandler,
  SubscriptionHandlers,
} from './methods/handlers.ts';
export {
  type MethodDefinition,
  methodTable,
  type SubscriptionDefinition,
  subscriptionTable,
} from './methods/method-table.ts';
export type {
  BundleExported,
  BundleImported,
  BundleInspected,
  BundleLoss,
  BundlePiece,
  CarriedParcels,
  ChatMessage,
  Contact,
  DiagnosticCheck,
  IdentityInfo,
  IdentityState,
  MeshPeer,
  MessageState,
  MethodName,
  MethodParams,
  MethodResult,
  Methods,
  NodeStatus,
  Nothing,
  RefusedCount,
  SubscriptionEvent,
  SubscriptionName,
  SubscriptionParams,
  Subscriptions,
} from './methods/method-types.ts';
export { type ApiClient, type EventStream, type OpenOptions, openApiClient } from './rpc/client.ts';
export { type ServeOptions, serveChannel } from './rpc/dispatcher.ts';
export { EventQueue } from './rpc/event-queue.ts';
export type { FrameChannel } from './rpc/frame-channel.ts';
