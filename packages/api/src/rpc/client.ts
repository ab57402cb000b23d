import { err, type Failure, ok, type Result } from '@pars/base/result';
import { API_VERSION, MAX_QUEUED_EVENTS } from '../limits.ts';
import type {
  MethodName,
  MethodParams,
  MethodResult,
  SubscriptionEvent,
  SubscriptionName,
  SubscriptionParams,
} from '../methods/method-types.ts';
import { EventQueue } from './event-queue.ts';
import type { FrameChannel } from './frame-channel.ts';
import { decodeFrame, encodeFrame, failureFromData, isRecord } from './json-rpc.ts';

/** Events of a subscription. The last item is a failure when the node or the connection ended it. */
export type EventStream<T> = AsyncIterable<Result<T, Failure>>;

/** A connection to a node. Dispose of it to close. */
export interface ApiClient extends AsyncDisposable {
  /** Resolves when the connection ended, from either side. */
  readonly closed: Promise<void>;
  /**
   * Calls a method. Fails with the node's code, or `api/closed`,
   * `api/cancelled`, `api/bad-response`. The node is trusted to keep to its
   * schemas: it checks every result before it leaves.
   */
  call<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
    signal?: AbortSignal,
  ): Promise<Result<MethodResult<M>, Failure>>;
  /**
   * Subscribes. Leaving the loop, or the signal, unsubscribes. At most 256
   * events wait for the reader; then the stream ends with `api/slow-consumer`.
   */
  watch<S extends SubscriptionName>(
    method: S,
    params: SubscriptionParams<S>,
    signal?: AbortSignal,
  ): Promise<Result<EventStream<SubscriptionEvent<S>>, Failure>>;
}

/** How to open a connection. */
export interface OpenOptions {
  /** From the token file of the node; `''` where the carrier asks for none. */
  readonly token: string;
  readonly signal?: AbortSignal;
}

/**
 * Opens the API over a channel (PIP-4000 §2). Fails with `api/unauthorized`,
 * `api/version-mismatch`, `api/closed`, `api/cancelled` or `api/bad-response`;
 * the channel is closed then.
 */
export async function openApiClient(
  channel: FrameChannel,
  options: OpenOptions,
): Promise<Result<ApiClient, Failure>> {
  const connection = new ClientConnection(channel);
  const { token, signal } = options;
  const opened = await connection.request('api.open', { apiVersion: API_VERSION, token }, signal);
  if (opened.ok) return ok(connection);
  await connection[Symbol.asyncDispose]();
  return opened;
}

type Answer = Result<unknown, Failure>;
type Queue = EventQueue<Result<unknown, Failure>>;

/** A request that waits, and the queue to fill from its answer on when it subscribes. */
interface Waiting {
  readonly answer: (answer: Answer) => void;
  readonly queue?: Queue | undefined;
}

class ClientConnection implements ApiClient {
  readonly closed: Promise<void>;
  readonly #channel: FrameChannel;
  readonly #waitingById = new Map<number, Waiting>();
  readonly #queueById = new Map<string, Queue>();
  #lastId = 0;
  #end: Failure | undefined;

  constructor(channel: FrameChannel) {
    this.#channel = channel;
    this.closed = this.#read();
  }

  async call<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
    signal?: AbortSignal,
  ): Promise<Result<MethodResult<M>, Failure>> {
    return (await this.request(method, params, signal)) as Result<MethodResult<M>, Failure>;
  }

  async watch<S extends SubscriptionName>(
    method: S,
    params: SubscriptionParams<S>,
    signal?: AbortSignal,
  ): Promise<Result<EventStream<SubscriptionEvent<S>>, Failure>> {
    const queue: Queue = new EventQueue(MAX_QUEUED_EVENTS);
    const started = await this.request(method, params, signal, queue);
    if (!started.ok) return started;
    const subscription = subscriptionFromResult(started.value);
    if (subscription === undefined) return err('api/bad-response');
    return ok(this.#follow(subscription, queue, signal) as EventStream<SubscriptionEvent<S>>);
  }

  /** Sends any request; the typed methods above are the way in. */
  async request(
    method: string,
    params: object,
    signal?: AbortSignal,
    queue?: Queue,
  ): Promise<Answer> {
    if (this.#end !== undefined) return { ok: false, error: this.#end };
    if (signal?.aborted === true) return err('api/cancelled');
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const cancel = (): void => resolve(err('api/cancelled'));
    signal?.addEventListener('abort', cancel, { once: true });
    this.#waitingById.set(id, { answer: resolve, queue });
    this.#channel.send(encodeFrame({ id, method, params })).catch(() => this.#finish('api/closed'));
    const answer = await promise;
    this.#waitingById.delete(id);
    signal?.removeEventListener('abort', cancel);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#finish('api/closed');
    await this.#channel.close();
  }

  async #read(): Promise<void> {
    try {
      for await (const frame of this.#channel.source) {
        if (!this.#take(frame)) {
          this.#finish('api/bad-response');
          await this.#channel.close();
          return;
        }
      }
    } catch {
      // The carrier broke: the same as its end.
    }
    this.#finish('api/closed');
  }

  /** Whether the frame made sense. */
  #take(frame: Uint8Array): boolean {
    const decoded = decodeFrame(frame);
    if (!decoded.ok) return false;
    const { id, result, error, method, params } = decoded.value;
    if (method !== undefined) return this.#takeEvent(params);
    if (error === undefined) {
      if (typeof id !== 'number' || result === undefined) return false;
      const waiting = this.#waitingById.get(id);
      const subscription = subscriptionFromResult(result);
      // Events may follow the answer in the same breath: their queue must be known by then.
      if (waiting?.queue !== undefined && subscription !== undefined) {
        this.#queueById.set(subscription, waiting.queue);
      }
      waiting?.answer(ok(result));
      return true;
    }
    const failure = isRecord(error) ? failureFromData(error['data']) : undefined;
    if (failure === undefined) return false;
    if (typeof id === 'number') this.#waitingById.get(id)?.answer({ ok: false, error: failure });
    // Without an id it concerns the connection: a node that refuses us before our first answer.
    else this.#finish(failure.code);
    return true;
  }

  #takeEvent(params: unknown): boolean {
    if (!isRecord(params) || typeof params['subscription'] !== 'string') return false;
    const { subscription, event, end } = params;
    const queue = this.#queueById.get(subscription);
    if (queue === undefined) return true;
    const failure = end === undefined ? undefined : failureFromData(end);
    if (end !== undefined && failure === undefined) return false;
    if (failure === undefined && queue.push(ok(event))) return true;
    queue.end({ ok: false, error: failure ?? { code: 'api/slow-consumer' } });
    this.#queueById.delete(subscription);
    if (failure === undefined) this.#unsubscribe(subscription);
    return true;
  }

  async *#follow(
    subscription: string,
    queue: Queue,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Result<unknown, Failure>, void, undefined> {
    const cancel = (): void => queue.end(undefined);
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted === true) cancel();
    try {
      yield* queue;
    } finally {
      signal?.removeEventListener('abort', cancel);
      if (this.#queueById.delete(subscription)) this.#unsubscribe(subscription);
    }
  }

  #unsubscribe(subscription: string): void {
    void this.request('api.unsubscribe', { subscription });
  }

  #finish(code: string): void {
    if (this.#end !== undefined) return;
    const failure: Failure = { code };
    this.#end = failure;
    for (const { answer } of this.#waitingById.values()) answer({ ok: false, error: failure });
    for (const queue of this.#queueById.values()) queue.end({ ok: false, error: failure });
    this.#waitingById.clear();
    this.#queueById.clear();
  }
}

function subscriptionFromResult(result: unknown): string | undefined {
  const subscription = isRecord(result) ? result['subscription'] : undefined;
  return typeof subscription === 'string' ? subscription : undefined;
}
