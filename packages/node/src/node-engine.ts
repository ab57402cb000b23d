import type { ApiHandlers, MethodHandlers } from '@pars/api';
import type { Cancel } from '@pars/base';
import type { ParcelId } from '@pars/mesh';
import { forgetFarSketches } from './bundles/far-sketches.ts';
import { createCarrier } from './carrier/carrier.ts';
import { startCarrierUpkeep } from './carrier/carrier-upkeep.ts';
import { createIslandPolicy } from './carrier/sync-policy.ts';
import { startSyncService } from './carrier/sync-service.ts';
import { createParcelPost, type ParcelPost } from './correspondence/parcel-post.ts';
import { createDelivery, type Delivery } from './delivery/delivery.ts';
import type { EngineContext } from './engine-context.ts';
import type { NodeEngineDeps, NodeEngineOptions } from './engine-deps.ts';
import { createEventHub, type NodeEvent } from './event-hub.ts';
import { createIdentityKeeper } from './identity-keeper.ts';
import { answerNewcomer } from './inbound/card-service.ts';
import { receiveLetter } from './inbound/letter-service.ts';
import { createBundleMethods } from './methods/bundle-methods.ts';
import { createChatMethods } from './methods/chat-methods.ts';
import { createContactMethods } from './methods/contact-methods.ts';
import { createIdentityMethods } from './methods/identity-methods.ts';
import { createNodeMethods } from './methods/node-methods.ts';
import { refreshKeys } from './profile/key-schedule.ts';
import type { Profile } from './profile/profile.ts';
import {
  CARD_PROTOCOL,
  cardAnswerCodec,
  cardRequestCodec,
  MAX_CARD_FRAME,
} from './protocols/card-protocol.ts';
import {
  LETTER_PROTOCOL,
  letterAnswerCodec,
  letterRequestCodec,
  MAX_LETTER_FRAME,
} from './protocols/letter-protocol.ts';
import { serveProtocol } from './protocols/protocol-server.ts';
import { createRateLimiter } from './rate-limiter.ts';
import { answerOrLater, tellStorageFailures } from './storage-failure.ts';
import { createTaskSet } from './task-set.ts';

/** Everything of a node except I/O: the API's methods over a person, their contacts and a mesh. */
export interface NodeEngine extends AsyncDisposable {
  /** All methods of the API but `node.stop`, which belongs to whoever runs the process. */
  readonly methods: Omit<MethodHandlers, 'node.stop'>;
  readonly subscriptions: ApiHandlers['subscriptions'];
  /** Calls `listener` for each event until the returned function is called. */
  subscribe(listener: (event: NodeEvent) => void): () => void;
}

/**
 * Creates the engine and serves its protocols on the mesh at once. The person
 * is locked until `id.unlock`. Disposing locks, stops all work and leaves the
 * ports to their owner.
 */
export function createNodeEngine(deps: NodeEngineDeps, options: NodeEngineOptions): NodeEngine {
  const { clock, log, scheduler } = deps;
  const stopping = new AbortController();
  const events = createEventHub(log);
  const tasks = createTaskSet(log);
  const carrier = options.carry === undefined ? undefined : createCarrier(deps, options.carry);
  let delivery: Delivery | undefined;
  let post: ParcelPost | undefined;
  let cancelUpkeep: Cancel | undefined;

  const keeper = createIdentityKeeper(deps, options, {
    async onOpen(profile) {
      delivery = createDelivery({ ...deps, events, tasks }, profile);
      await delivery.expire();
      delivery.kickAll();
      if (carrier !== undefined)
        post = createParcelPost({ ...deps, carrier, events, tasks }, profile);
      scheduleUpkeep(profile, delivery);
      events.publish({ type: 'identity', state: 'open' });
    },
    onClose() {
      cancelUpkeep?.();
      delivery = undefined;
      post = undefined;
      events.publish({ type: 'identity', state: 'locked' });
    },
  });

  const context: EngineContext = {
    ...deps,
    version: options.version,
    startedMs: clock.monotonicMs(),
    events,
    keeper,
    delivery: () => delivery,
    carrier,
    post: () => post,
    stopping: stopping.signal,
  };

  /** Every hour: what time asks of keys, invites and letters. */
  function scheduleUpkeep(profile: Profile, ofProfile: Delivery): void {
    cancelUpkeep = scheduler.schedule(UPKEEP_MS, () => {
      if (profile.signal.aborted) return;
      scheduleUpkeep(profile, ofProfile);
      tasks.start('node/upkeep-failed', async () => {
        if (await refreshKeys(deps, profile)) ofProfile.kickAll();
        await ofProfile.expire();
        await forgetFarSketches(profile, clock.nowMs());
        post?.inbox.refresh();
        post?.outbox.kick();
      });
    });
  }

  if (carrier !== undefined) {
    const policy = options.syncPolicy ?? createIslandPolicy(keeper.current);
    const isAwaited = (id: ParcelId) => post?.outbox.isAwaited(id) === true;
    const onSynced = (given: ReadonlySet<string>) => {
      tasks.start('node/packing-failed', async () => post?.outbox.markHandedOver(given));
    };
    startSyncService({ ...deps, carrier, policy, tasks, isAwaited, onSynced }, stopping.signal);
    startCarrierUpkeep({ ...deps, carrier, tasks }, stopping.signal);
    // A new contact may have written before; a contact that was confirmed can be written to.
    events.subscribe(({ type }) => {
      if (type !== 'contact') return;
      post?.inbox.refresh();
      post?.outbox.kick();
    });
  }
  serveProtocol(
    { ...deps, signal: stopping.signal },
    {
      name: CARD_PROTOCOL,
      maxFrameBytes: MAX_CARD_FRAME,
      requests: cardRequestCodec,
      answers: cardAnswerCodec,
      limiter: createRateLimiter(clock, { perSource: 10, total: 60 }),
      respond: (request, peer) =>
        answerOrLater(log, () =>
          answerNewcomer({ ...deps, events }, keeper.current(), request, peer),
        ),
    },
  );
  serveProtocol(
    { ...deps, signal: stopping.signal },
    {
      name: LETTER_PROTOCOL,
      maxFrameBytes: MAX_LETTER_FRAME,
      requests: letterRequestCodec,
      answers: letterAnswerCodec,
      limiter: createRateLimiter(clock, { perSource: 120, total: 1_200 }),
      respond: ({ letter }) =>
        answerOrLater(log, () => receiveLetter({ ...deps, events }, keeper.current(), letter)),
    },
  );

  const bundles = createBundleMethods(context);
  const { 'chat.watch': watch, ...chat } = createChatMethods(context);
  return {
    methods: tellStorageFailures({
      ...createNodeMethods(context),
      ...createIdentityMethods(keeper),
      ...createContactMethods(context),
      ...chat,
      ...bundles,
    }),
    subscriptions: tellStorageFailures({ 'chat.watch': watch }),
    subscribe: events.subscribe,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await keeper.close();
      await tasks.settle();
    },
  };
}

const UPKEEP_MS = 3_600_000;
