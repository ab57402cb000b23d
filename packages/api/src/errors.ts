/**
 * Failure codes of the local API (PIP-4000 §6). Codes of other packages
 * (`session/…`, `mesh/…`) travel through it unchanged.
 */
export type ApiErrorCode =
  /** The frame is no UTF-8 JSON. The caller is no Pars client, or the channel is damaged. */
  | 'api/parse-error'
  /** JSON, but no JSON-RPC 2.0 request. Fix the caller. */
  | 'api/invalid-request'
  /** JSON-RPC batches are not served. Send the requests one by one. */
  | 'api/batch-refused'
  /** No such method in this version. Compare `apiVersion` and update the older side. */
  | 'api/unknown-method'
  /** The parameters do not fit the method's schema; `meta.path` names the field, never its value. */
  | 'api/invalid-params'
  /** A bug of the node. The log of the node has the entry; report it. */
  | 'api/internal'
  /** The token is missing or wrong, or the first request was not `api.open`. The connection closes. Read the token file again. */
  | 'api/unauthorized'
  /** The client speaks another API version. The connection closes. Update the older side. */
  | 'api/version-mismatch'
  /** 64 requests of this connection are unanswered. Wait for answers, then send again. */
  | 'api/busy'
  /** 16 subscriptions of this connection are open. Close one first. */
  | 'api/too-many-subscriptions'
  /** No open subscription has this id. Nothing needs to be done. */
  | 'api/unknown-subscription'
  /** Subscription notice: 256 events waited for a consumer that did not read. Read what was missed, then watch again. */
  | 'api/slow-consumer'
  /** Subscription notice: the node ended it, for example because the identity was locked. Watch again afterwards. */
  | 'api/subscription-ended'
  /** A frame is larger than 1 MiB. The connection closes. Send less at a time. */
  | 'api/frame-too-large'
  /** The answer would be larger than 8 MiB. Ask with a smaller `limit`. */
  | 'api/result-too-large'
  /** Client side: the connection closed before the answer. Connect again; ask whether the call took effect. */
  | 'api/closed'
  /** Client side: the caller's signal ended the wait. The call may have taken effect. */
  | 'api/cancelled'
  /** Client side: the other end does not speak this protocol. Check what listens there. */
  | 'api/bad-response';

/** The integer that JSON-RPC 2.0 wants beside the stable code; -32000 stands for every code of another package. */
export function rpcNumberFromCode(code: string): number {
  return numberByCode.get(code) ?? -32_000;
}

const numberByCode: ReadonlyMap<string, number> = new Map<ApiErrorCode, number>([
  ['api/parse-error', -32_700],
  ['api/invalid-request', -32_600],
  ['api/batch-refused', -32_600],
  ['api/unknown-method', -32_601],
  ['api/invalid-params', -32_602],
  ['api/internal', -32_603],
  ['api/unauthorized', -32_001],
  ['api/version-mismatch', -32_002],
  ['api/busy', -32_003],
  ['api/too-many-subscriptions', -32_004],
  ['api/unknown-subscription', -32_005],
  ['api/slow-consumer', -32_006],
  ['api/subscription-ended', -32_009],
  ['api/frame-too-large', -32_007],
  ['api/result-too-large', -32_008],
]);
