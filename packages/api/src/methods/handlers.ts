import type { Failure, Result } from '@pars/base';
import type {
  MethodName,
  MethodParams,
  MethodResult,
  SubscriptionEvent,
  SubscriptionName,
  SubscriptionParams,
} from './method-types.ts';

/** What a handler is told about its call. */
export interface CallContext {
  /** Aborted when the connection closes or the subscription ends. */
  readonly signal: AbortSignal;
}

/**
 * Does what a method says. Parameters were checked against the schema; the
 * result is checked before it leaves. Expected failures are returned with
 * their own codes; what is thrown becomes `api/internal`.
 */
export type MethodHandler<M extends MethodName> = (
  params: MethodParams<M>,
  context: CallContext,
) => Promise<Result<MethodResult<M>, Failure>>;

/**
 * Starts a subscription. When it resolves, no later event may be missed. The
 * dispatcher reads the events as fast as they come, keeps up to 256 for a slow
 * consumer, and calls `return()` at the end.
 */
export type SubscriptionHandler<S extends SubscriptionName> = (
  params: SubscriptionParams<S>,
  context: CallContext,
) => Promise<Result<AsyncIterable<SubscriptionEvent<S>>, Failure>>;

/** One handler a method. */
export type MethodHandlers = { readonly [M in MethodName]: MethodHandler<M> };
/** One handler a subscription. */
export type SubscriptionHandlers = { readonly [S in SubscriptionName]: SubscriptionHandler<S> };

/** Everything behind the API: what the node engine provides and the dispatcher serves. */
export interface ApiHandlers {
  readonly methods: MethodHandlers;
  readonly subscriptions: SubscriptionHandlers;
}
