import type { ApiHandlers, MeshEvent, MethodHandlers } from '@pars/api';
import type { Cancel } from '@pars/base';
import { forgetFarSketches } from './bundles/far-sketches.ts';
import { type Carrier, createCarrier } from './carrier/carrier.ts';
import { startCarrierUpkeep } from './carrier/carrier-upkeep.ts';
import { islandPolicy } from './carrier/sync-policy.ts';
import { startSyncService } from './carrier/sync-service.ts';
import { radioView } from './carriers/radio-plan.ts';
import { startRadioService } from './carriers/radio-service.ts';
import { createParcelPost, type ParcelPost } from './correspondence/parcel-post.ts';
import { createDelivery, type Delivery } from './delivery/delivery.ts';
import { createReceiptCourier, type ReceiptCourier } from './delivery/receipt-courier.ts';
import type { EngineContext } from './engine-context.ts';
import type { NodeEngineDeps, NodeEngineOptions } from './engine-deps.ts';
import { createEventHub, type NodeEvent } from './event-hub.ts';
import { answerNewcomer } from './inbound/card-service.ts';
import { receiveLetter } from './inbound/letter-service.ts';
import { takeReceipts } from './inbound/receipt-service.ts';
import { FIRST_MAILBOX_NETWORK } from './mailbox/first-mailboxes.ts';
import type { MailboxClient } from './mailbox/mailbox-client.ts';
import { createMeshNews } from './mesh/mesh-news.ts';
import { type MeshServices, startMeshServices } from './mesh/mesh-services.ts';
import { createBundleMethods } from './methods/bundle-methods.ts';
import { createChatMethods } from './methods/chat-methods.ts';
import { createContactMethods } from './methods/contact-methods.ts';
import { createIdentityMethods } from './methods/identity-methods.ts';
import { createMeshMethods } from './methods/mesh-methods.ts';
import { createNodeMethods } from './methods/node-methods.ts';
import { createVaultMethods } from './methods/vault-methods.ts';
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
import { codeOf, createTaskSet } from './task-set.ts';
import { createIdleLock } from './vault/idle-lock.ts';
import { noteUse, noteWatching } from './vault/note-use.ts';
import { createPersonalLinks } from './vault/personal-links.ts';
import { quietPorts } from './vault/quiet-ports.ts';
import { createVaultKeeper } from './vault/vault-keeper.ts';

/** Everything of a node except I/O: the API's methods over a person, their contacts and a mesh. */
export interface NodeEngine extends AsyncDisposable {
  /** All methods of the API but `node.stop`, which belongs to whoever runs the process. */
  readonly methods: Omit<MethodHandlers, 'node.stop'>;
  readonly subscriptions: ApiHandlers['subscriptions'];
  /** Calls `listener` for each event until the returned function is called. */
  subscribe(listener: (event: NodeEvent) => void): () => void;
  /** Tells whoever watches the mesh what a carrier found; of bundles also who begins to watch later. */
  tellMesh(event: MeshEvent): void;
  /** The bundles that were told of in this folder are there no more. */
  forgetBundles(folder: string): void;
}

/**
 * Creates the engine and serves its protocols on the mesh at once. The vault
 * is locked until `vault.unlock`. Disposing locks, stops all work and leaves the
 * ports to their owner.
 */
export function createNodeEngine(deps: NodeEngineDeps, options: NodeEngineOptions): NodeEngine {
  const { clock, log, scheduler } = deps;
  const stopping = new AbortController();
  const events = createEventHub(log);
  const tasks = createTaskSet(log);
  const links = createPersonalLinks(deps.mesh, stopping.signal);
  /** For whatever acts for a person. */
  const personal: NodeEngineDeps = { ...deps, ...quietPorts(deps), mesh: links.mesh };
  const carrier = options.carry === undefined ? undefined : createCarrier(deps, options.carry);
  const news = createMeshNews();
  let delivery: Delivery | undefined;
  let courier: ReceiptCourier | undefined;
  let post: ParcelPost | undefined;
  let cancelUpkeep: Cancel | undefined;

  const { idleLockMinutes = IDLE_LOCK_MINUTES } = options;
  const idle = createIdleLock(deps, idleLockMinutes, () => {
    tasks.start('node/idle-lock-failed', async () => void (await keeper.lock()));
  });
  const keeper = createVaultKeeper(deps, {
    onUnlock: idle.arm,
    async onOpen(profile) {
      const brings = createDelivery({ ...personal, events, tasks }, profile);
      delivery = brings;
      courier = createReceiptCourier({ ...personal, tasks }, profile);
      await delivery.expire();
      delivery.kickAll();
      if (carrier !== undefined)
        post = createParcelPost(
          {
            ...personal,
            carrier,
            events,
            tasks,
            mailbox: ownMailbox(),
            heldForMs: brings.heldForMs,
          },
          profile,
        );
      scheduleUpkeep(profile, delivery);
      events.publish({ type: 'identity', state: 'open' });
    },
    onNobody() {
      events.publish({ type: 'identity', state: 'none' });
    },
    onLock() {
      idle.disarm();
      cancelUpkeep?.();
      delivery = undefined;
      courier = undefined;
      post = undefined;
      links.end();
      events.publish({ type: 'identity', state: 'locked' });
    },
    onPanic() {
      stopping.abort();
    },
  });

  const context: EngineContext = {
    ...deps,
    version: options.version,
    startedMs: clock.monotonicMs(),
    events,
    keeper,
    idleLockMinutes,
    delivery: () => delivery,
    carrier,
    post: () => post,
    meshServices: () => meshServices,
    meshEvents: news.listen,
    radios: () => radios.map(({ plan, radio }) => radioView(plan, radio)),
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
        await courier?.expire();
        await forgetFarSketches(profile, clock.nowMs());
        post?.inbox.refresh();
        post?.outbox.kick();
      });
    });
  }

  /** Another node has these parcels. */
  function onTaken(ids: ReadonlySet<string>): void {
    tasks.start('node/packing-failed', async () => post?.outbox.markHandedOver(ids));
  }

  if (carrier !== undefined) {
    const policy = options.syncPolicy ?? islandPolicy;
    const awaited = () => post?.outbox.awaited() ?? [];
    startSyncService(
      { ...deps, carrier, policy, tasks, awaited, onSynced: onTaken },
      stopping.signal,
    );
    startCarrierUpkeep({ ...deps, carrier, tasks }, stopping.signal);
    // A new contact may have written before; a contact that was confirmed can be written to.
    events.subscribe(({ type }) => {
      if (type !== 'contact') return;
      post?.inbox.refresh();
      post?.outbox.kick();
    });
  }
  const meshServices = startServices();
  const radios = (carrier === undefined ? [] : (options.radios ?? [])).map((plan) => {
    const radioDeps = {
      ...deps,
      carrier: carrier as Carrier,
      tasks,
      openDevice: plan.openDevice,
      onTaken: (id: string) => onTaken(new Set([id])),
    };
    return { plan, radio: startRadioService(radioDeps, plan, stopping.signal) };
  });

  async function ownMailbox(): Promise<MailboxClient | undefined> {
    return (await meshServices)?.mailbox;
  }

  /** A disk that refuses leaves a node that is only what its person dials. */
  async function startServices(): Promise<MeshServices | undefined> {
    const { meshService } = deps;
    if (meshService === undefined) return undefined;
    const { meshService: asked = { role: 'desktop', offersRelay: false } } = options;
    const carried = carrier === undefined ? undefined : { carrier, network: FIRST_MAILBOX_NETWORK };
    try {
      const shared = { ...deps, ...meshService, tasks, carried };
      return await startMeshServices(shared, asked, stopping.signal);
    } catch (error) {
      log.write('error', 'node/mesh-not-started', { code: codeOf(error) });
      return undefined;
    }
  }

  /** Receipts go back over links after the flush, and in parcels where none comes. */
  const onOwed = (): void => {
    courier?.kick();
    post?.outbox.kick();
  };
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
          answerNewcomer({ ...personal, events }, keeper.current(), request, peer),
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
      respond: (request, peer) =>
        answerOrLater(log, () => {
          const profile = keeper.current();
          return request.type === 'letter'
            ? receiveLetter({ ...personal, events, onOwed }, profile, request.letter)
            : takeReceipts({ ...personal, events }, profile, request.receipts, peer);
        }),
    },
  );

  const bundles = createBundleMethods(context);
  const { 'vault.status': vaultStatus, ...ofVault } = createVaultMethods(context);
  const { 'chat.watch': watch, ...chat } = createChatMethods(context);
  const { 'mesh.watch': watchMesh, ...ofMesh } = createMeshMethods(context);
  return {
    methods: tellStorageFailures({
      ...createNodeMethods(context),
      ...ofMesh,
      ...noteUse(idle, {
        ...createIdentityMethods(keeper),
        ...createContactMethods({ ...context, ...personal }),
        ...chat,
        ...bundles,
        ...ofVault,
      }),
      'vault.status': vaultStatus,
    }),
    subscriptions: tellStorageFailures({
      'chat.watch': noteWatching(idle, watch),
      'mesh.watch': watchMesh,
    }),
    subscribe: events.subscribe,
    tellMesh: news.tell,
    forgetBundles: news.forgetBundles,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      try {
        await keeper.close();
      } finally {
        // A vault that cannot be written must not leave work behind that uses what is closed next.
        await (await meshServices)?.[Symbol.asyncDispose]();
        await tasks.settle();
      }
    },
  };
}

const UPKEEP_MS = 3_600_000;
const IDLE_LOCK_MINUTES = 15;
