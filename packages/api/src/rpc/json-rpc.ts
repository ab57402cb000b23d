import { err, type Failure, ok, type Result } from '@pars/base/result';
import { rpcNumberFromCode } from '../errors.ts';
import { MAX_REQUEST_ID_LENGTH } from '../limits.ts';

/** The id of a request: a safe integer, or text of 1 to 64 code units. */
export type RequestId = string | number;

/** A request of PIP-4000 §3, its parameters not yet checked. */
export interface RpcRequest {
  /** Absent in a notification, which is never answered. */
  readonly id: RequestId | undefined;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A request that cannot be served, with the id to answer to where one could be read. */
export interface RefusedRequest extends Failure {
  readonly id?: RequestId;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The object in a frame. Total: any bytes give an object or `api/parse-error`, `api/batch-refused`, `api/invalid-request`. */
export function decodeFrame(
  frame: Uint8Array,
): Result<Readonly<Record<string, unknown>>, RefusedRequest> {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(frame));
  } catch {
    return err('api/parse-error');
  }
  if (Array.isArray(value)) return err('api/batch-refused');
  return isRecord(value) ? ok(value) : err('api/invalid-request');
}

/** Reads one request. Total; the codes are those of {@link decodeFrame}. */
export function requestFromFrame(frame: Uint8Array): Result<RpcRequest, RefusedRequest> {
  const decoded = decodeFrame(frame);
  if (!decoded.ok) return decoded;
  const { jsonrpc, id, method, params = {}, ...rest } = decoded.value;
  const known = isRequestId(id) ? { id } : {};
  const isRequest =
    jsonrpc === '2.0' &&
    (id === undefined || isRequestId(id)) &&
    typeof method === 'string' &&
    isRecord(params) &&
    Object.keys(rest).length === 0;
  if (!isRequest) return { ok: false, error: { code: 'api/invalid-request', ...known } };
  return ok({ id, method, params });
}

/** A frame from an object that JSON can carry. */
export function encodeFrame(value: Readonly<Record<string, unknown>>): Uint8Array {
  return encoder.encode(JSON.stringify({ jsonrpc: '2.0', ...value }));
}

/** The frame that answers `id` with a result. */
export function resultFrame(id: RequestId, result: unknown): Uint8Array {
  return encodeFrame({ id, result });
}

/** The frame that answers `id` (null when it could not be read) with a coded failure. */
export function errorFrame(id: RequestId | null, failure: Failure): Uint8Array {
  const { code, meta } = failure;
  return encodeFrame({
    id,
    error: { code: rpcNumberFromCode(code), message: code, data: dataFromFailure(code, meta) },
  });
}

/** The frame of one event of a subscription. */
export function eventFrame(method: string, subscription: string, event: unknown): Uint8Array {
  return encodeFrame({ method, params: { subscription, event } });
}

/** The last frame of a subscription that the node ends. */
export function endFrame(method: string, subscription: string, failure: Failure): Uint8Array {
  const end = dataFromFailure(failure.code, failure.meta);
  return encodeFrame({ method, params: { subscription, end } });
}

/** Reads `{ code, meta }` as another node or process wrote it; `undefined` when it is none. */
export function failureFromData(data: unknown): Failure | undefined {
  if (!isRecord(data)) return undefined;
  const { code, meta = {} } = data;
  if (!isCode(code) || !isRecord(meta)) return undefined;
  const fields = Object.entries(meta).filter(isLoggable);
  return fields.length === 0 ? { code } : { code, meta: Object.fromEntries(fields) };
}

/** Whether a value is a stable code, `package/reason`. */
export function isCode(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 64 && /^[a-z0-9-]+\/[a-z0-9-]+$/.test(value);
}

/** Whether a value is an object with string keys (no array, not null). */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRequestId(value: unknown): value is RequestId {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return typeof value === 'string' && value.length >= 1 && value.length <= MAX_REQUEST_ID_LENGTH;
}

function isLoggable(entry: [string, unknown]): entry is [string, string | number | boolean] {
  return ['string', 'number', 'boolean'].includes(typeof entry[1]);
}

function dataFromFailure(code: string, meta: Failure['meta']): Record<string, unknown> {
  return meta === undefined ? { code } : { code, meta };
}
