import { type Failure, type LogDep, ParsError, type Result, type SchedulerDep } from '@pars/base';
import {
  API_VERSION,
  MAX_PENDING_REQUESTS,
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES,
  MAX_SUBSCRIPTIONS,
  OPEN_TIMEOUT_MS,
} from '../limits.ts';
import type { ApiHandlers, CallContext } from '../methods/handlers.ts';
import { methodTable, subscriptionTable } from '../methods/method-table.ts';
import type { MethodName, SubscriptionName } from '../methods/method-types.ts';
import { checkOutput, checkParams } from './checked-values.ts';
import { pumpEvents } from './event-pump.ts';
import type { FrameChannel } from './frame-channel.ts';
import {
  endFrame,
  errorFrame,
  eventFrame,
  isCode,
  type RequestId,
  type RpcRequest,
  requestFromFrame,
  resultFrame,
} from './json-rpc.ts';
import { openParamsSchema, unsubscribeParamsSchema } from './system-schemas.ts';

/** What serving a connection needs. */
export interface ServeOptions {
  readonly handlers: ApiHandlers;
  /** Whether the token of `api.open` is right. Must compare in constant time. */
  readonly isToken: (token: string) => boolean;
  /** Ends the connection when the node stops. */
  readonly signal?: AbortSignal;
}

/**
 * Serves one connection until it ends (PIP-4000 §2 to §6). Never rejects,
 * whatever bytes arrive and whatever the handlers do; every refusal is coded.
 */
export async function serveChannel(
  channel: FrameChannel,
  deps: SchedulerDep & LogDep,
  options: ServeOptions,
): Promise<void> {
  await using connection = new Connection(channel, deps, options);
  await connection.run();
}

type Verdict = 'go-on' | 'close';

class Connection implements AsyncDisposable {
  readonly #channel: FrameChannel;
  readonly #deps: SchedulerDep & LogDep;
  readonly #options: ServeOptions;
  readonly #ended = new AbortController();
  readonly #pending = new Set<RequestId>();
  readonly #subscriptions = new Map<string, AbortController>();
  #isOpen = false;
  #subscriptionCount = 0;

  constructor(channel: FrameChannel, deps: SchedulerDep & LogDep, options: ServeOptions) {
    this.#channel = channel;
    this.#deps = deps;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    const hangUp = (): void => void this.#channel.close();
    const cancelTimeout = this.#deps.scheduler.schedule(OPEN_TIMEOUT_MS, () => {
      if (!this.#isOpen) hangUp();
    });
    signal?.addEventListener('abort', hangUp, { once: true });
    if (signal?.aborted === true) hangUp();
    try {
      for await (const frame of this.#channel.source) {
        if ((await this.#take(frame)) === 'close') break;
      }
    } catch {
      this.#deps.log.write('debug', 'api/channel-failed');
    } finally {
      cancelTimeout();
      signal?.removeEventListener('abort', hangUp);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    for (const subscription of this.#subscriptions.values()) subscription.abort();
    await this.#channel.close();
  }

  async #take(frame: Uint8Array): Promise<Verdict> {
    if (frame.length > MAX_REQUEST_BYTES) return this.#refuse(null, 'api/frame-too-large');
    const parsed = requestFromFrame(frame);
    if (!this.#isOpen) return parsed.ok ? this.#open(parsed.value) : this.#refuseStranger(null);
    if (!parsed.ok) {
      await this.#send(errorFrame(parsed.error.id ?? null, { code: parsed.error.code }));
      return 'go-on';
    }
    const { id } = parsed.value;
    // A notification asks for no answer, and no method makes sense without one.
    if (id === undefined) return 'go-on';
    if (this.#pending.has(id)) {
      await this.#send(errorFrame(null, { code: 'api/invalid-request' }));
    } else if (this.#pending.size >= MAX_PENDING_REQUESTS) {
      // Waiting here for the answer to be taken is the back-pressure on a flood.
      await this.#send(errorFrame(id, { code: 'api/busy' }));
    } else {
      this.#pending.add(id);
      void this.#answer(id, parsed.value);
    }
    return 'go-on';
  }

  /** The first request proves that the caller may talk to this node at all. */
  async #open(request: RpcRequest): Promise<Verdict> {
    const { id, method, params } = request;
    if (id === undefined || method !== 'api.open') return this.#refuseStranger(id ?? null);
    const checked = checkParams(openParamsSchema, params);
    if (!checked.ok || !this.#options.isToken(checked.value.token)) return this.#refuseStranger(id);
    if (checked.value.apiVersion !== API_VERSION) return this.#refuse(id, 'api/version-mismatch');
    this.#isOpen = true;
    await this.#send(resultFrame(id, { apiVersion: API_VERSION }));
    return 'go-on';
  }

  #refuseStranger(id: RequestId | null): Promise<Verdict> {
    this.#deps.log.write('warn', 'api/unauthorized');
    return this.#refuse(id, 'api/unauthorized');
  }

  async #refuse(id: RequestId | null, code: string): Promise<Verdict> {
    await this.#send(errorFrame(id, { code }));
    return 'close';
  }

  async #answer(id: RequestId, request: RpcRequest): Promise<void> {
    try {
      const { method, params } = request;
      if (isMethodName(method)) await this.#call(id, method, params);
      else if (isSubscriptionName(method)) await this.#subscribe(id, method, params);
      else if (method === 'api.unsubscribe') await this.#unsubscribe(id, params);
      else await this.#send(errorFrame(id, { code: 'api/unknown-method' }));
    } finally {
      this.#pending.delete(id);
    }
  }

  async #call<M extends MethodName>(
    id: RequestId,
    method: M,
    params: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const definition = methodTable[method];
    const checked = checkParams(definition.params, params);
    const result = checked.ok
      ? await this.#guard(method, () =>
          this.#options.handlers.methods[method](checked.value, this.#context(this.#ended.signal)),
        )
      : checked;
    if (!result.ok) return this.#send(errorFrame(id, result.error));
    const output = checkOutput(definition.result, result.value);
    if (output === undefined) return this.#send(errorFrame(id, this.#bug('bad-result', method)));
    const frame = resultFrame(id, output);
    if (frame.length > MAX_RESPONSE_BYTES) {
      return this.#send(errorFrame(id, { code: 'api/result-too-large' }));
    }
    return this.#send(frame);
  }

  async #subscribe<S extends SubscriptionName>(
    id: RequestId,
    method: S,
    params: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const definition = subscriptionTable[method];
    const checked = checkParams(definition.params, params);
    if (!checked.ok) return this.#send(errorFrame(id, checked.error));
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS) {
      return this.#send(errorFrame(id, { code: 'api/too-many-subscriptions' }));
    }
    this.#subscriptionCount += 1;
    const subscription = `s${this.#subscriptionCount}`;
    const controller = new AbortController();
    this.#subscriptions.set(subscription, controller);
    if (this.#ended.signal.aborted) controller.abort();
    const started = await this.#guard(method, () =>
      this.#options.handlers.subscriptions[method](checked.value, this.#context(controller.signal)),
    );
    if (!started.ok) {
      this.#subscriptions.delete(subscription);
      return this.#send(errorFrame(id, started.error));
    }
    await this.#send(resultFrame(id, { subscription }));
    void this.#pump(method, subscription, started.value, controller);
  }

  async #pump<S extends SubscriptionName>(
    method: S,
    subscription: string,
    events: AsyncIterable<unknown>,
    controller: AbortController,
  ): Promise<void> {
    const end = await pumpEvents({
      events,
      signal: controller.signal,
      send: (frame) => this.#channel.send(frame),
      frameFromEvent: (event) => {
        const output = checkOutput(subscriptionTable[method].event, event);
        return output === undefined ? undefined : eventFrame(method, subscription, output);
      },
    });
    this.#subscriptions.delete(subscription);
    controller.abort();
    if (end === undefined) return;
    if (end.code === 'api/internal') this.#bug('bad-event', method);
    await this.#send(endFrame(method, subscription, end));
  }

  async #unsubscribe(id: RequestId, params: Readonly<Record<string, unknown>>): Promise<void> {
    const checked = checkParams(unsubscribeParamsSchema, params);
    if (!checked.ok) return this.#send(errorFrame(id, checked.error));
    const controller = this.#subscriptions.get(checked.value.subscription);
    if (controller === undefined) {
      return this.#send(errorFrame(id, { code: 'api/unknown-subscription' }));
    }
    this.#subscriptions.delete(checked.value.subscription);
    controller.abort();
    return this.#send(resultFrame(id, {}));
  }

  /** Runs a handler; whatever it throws becomes a coded failure and a log entry. */
  async #guard<T>(
    method: string,
    handler: () => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>> {
    try {
      const result = await handler();
      if (result.ok || isCode(result.error.code)) return result;
      return { ok: false, error: this.#bug('bad-code', method) };
    } catch (error) {
      const code = error instanceof ParsError && isCode(error.code) ? error.code : 'unknown';
      return { ok: false, error: this.#bug('handler-threw', method, code) };
    }
  }

  #bug(event: string, method: string, code?: string): Failure {
    const fields = code === undefined ? { method } : { method, code };
    this.#deps.log.write('error', `api/${event}`, fields);
    return { code: 'api/internal' };
  }

  #context(signal: AbortSignal): CallContext {
    return { signal };
  }

  /** An answer that finds nobody any more is dropped: the caller learns of the end itself. */
  async #send(frame: Uint8Array): Promise<void> {
    try {
      await this.#channel.send(frame);
    } catch {
      this.#ended.abort();
    }
  }
}

function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(methodTable, name);
}

function isSubscriptionName(name: string): name is SubscriptionName {
  return Object.hasOwn(subscriptionTable, name);
}
