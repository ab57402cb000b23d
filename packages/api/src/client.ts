export type { ApiErrorCode } from './errors.ts';
export {
  API_VERSION,
  MAX_BUNDLE_PIECE,
  MAX_READ_LIMIT,
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES,
} from './limits.ts';
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
  NodeStatus,
  SubscriptionEvent,
  SubscriptionName,
  SubscriptionParams,
  VaultChange,
  VaultPasswords,
  VaultStatus,
} from './methods/method-types.ts';
export { type ApiClient, type EventStream, type OpenOptions, openApiClient } from './rpc/client.ts';
export type { FrameChannel } from './rpc/frame-channel.ts';
