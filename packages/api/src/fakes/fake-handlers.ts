import { err, type Failure, ok, type Result } from '@pars/base';
import type { ApiHandlers, MethodHandlers } from '../methods/handlers.ts';
import type { ChatMessage, MeshEvent, MeshStatus } from '../methods/method-types.ts';
import { EventQueue } from '../rpc/event-queue.ts';

/** Handlers with canned answers, for tests of dispatcher, carriers and clients. */
export interface FakeHandlers extends ApiHandlers {
  /** Names of the methods called so far. */
  readonly calls: readonly string[];
  /** Sends a message to all open `chat.watch` subscriptions. */
  emit(message: ChatMessage): void;
  /** Subscriptions that are open. */
  watcherCount(): number;
  /** Ends all subscriptions from the node's side. */
  endWatchers(): void;
}

/** Makes {@link FakeHandlers}; `overrides` replace single methods. */
export function createFakeHandlers(overrides: Partial<MethodHandlers> = {}): FakeHandlers {
  const calls: string[] = [];
  const watchers = new Set<EventQueue<ChatMessage>>();
  const answer =
    <T>(method: string, value: T) =>
    async (): Promise<Result<T, Failure>> => {
      calls.push(method);
      return ok(value);
    };
  const sessionId = `05${'ab'.repeat(32)}`;
  const transferId = '0f'.repeat(16);
  const meeting = { meetingId: transferId, expiresAtMs: 1 };
  const contact = { sessionId, name: 'Roya', addedAtMs: 1, state: 'pending' } as const;
  const peer = {
    nodeId: '12D3KooWfake',
    address: '/ip4/127.0.0.1/tcp/1',
    direction: 'outbound',
    sinceMs: 1,
  } as const;
  const meshStatus: MeshStatus = {
    role: 'desktop',
    metered: false,
    island: true,
    links: 0,
    linkTarget: 8,
    remembered: 0,
    lists: 0,
    lan: 'off',
    keeper: true,
    relay: { offers: false, reservations: 0, connections: 0, reachableThrough: 0 },
    spreading: 0,
  };
  const methods: MethodHandlers = {
    'node.status': answer('node.status', {
      version: '0.1.0',
      suite: 1,
      nodeId: '12D3KooWfake',
      addresses: [],
      peerCount: 0,
      uptimeMs: 1,
      vault: 'none',
      identity: 'locked',
    } as const),
    'node.diagnose': answer('node.diagnose', { checks: [] }),
    'node.stop': answer('node.stop', {}),
    'vault.status': answer('vault.status', { state: 'none' } as const),
    'vault.create': answer('vault.create', { state: 'locked' } as const),
    'vault.unlock': async () => err('vault/wrong-password'),
    'vault.lock': answer('vault.lock', {}),
    'vault.passwd': answer('vault.passwd', { oldSecretErased: true }),
    'vault.grow': answer('vault.grow', { oldDestroyed: true }),
    'vault.check': answer('vault.check', { checks: [] }),
    'vault.panic': answer('vault.panic', { secretDestroyed: true, erased: false }),
    'id.create': answer('id.create', { sessionId, phrase: 'twenty four words' }),
    'id.restore': answer('id.restore', { sessionId }),
    'id.show': answer('id.show', {
      sessionId,
      link: `pars://session/${sessionId}`,
      name: 'Me',
      createdAtMs: 1,
    }),
    'contact.invite': answer('contact.invite', { invite: 'invite', expiresAtMs: 1 }),
    'contact.add': answer('contact.add', contact),
    'contact.list': answer('contact.list', { contacts: [contact] }),
    'chat.send': answer('chat.send', { messageId: 'm1', state: 'queued' } as const),
    'chat.read': answer('chat.read', { messages: [] }),
    'mesh.peers': answer('mesh.peers', { peers: [peer] }),
    'mesh.dial': answer('mesh.dial', peer),
    'mesh.status': answer('mesh.status', meshStatus),
    'mesh.discover': answer('mesh.discover', { nodes: [] }),
    'mesh.lists': answer('mesh.lists', { lists: [] }),
    'mesh.list.add': answer('mesh.list.add', { key: 'key', nodes: 1, expiresAtMs: 1 }),
    'mesh.list.remove': answer('mesh.list.remove', {}),
    'mesh.metered': answer('mesh.metered', { ...meshStatus, metered: true }),
    'mesh.radio': answer('mesh.radio', { radios: [] }),
    'mesh.meet.offer': answer('mesh.meet.offer', { ...meeting, text: 'pars://rtc/offer' }),
    'mesh.meet.answer': answer('mesh.meet.answer', { ...meeting, text: 'pars://rtc/answer' }),
    'mesh.meet.finish': answer('mesh.meet.finish', peer),
    'mesh.meet.wait': answer('mesh.meet.wait', peer),
    'mesh.meet.cancel': answer('mesh.meet.cancel', {}),
    'bundle.export.begin': answer('bundle.export.begin', { transferId }),
    'bundle.read': answer('bundle.read', { data: '', done: true, packed: 0, toPack: 0, bytes: 0 }),
    'bundle.export.end': answer('bundle.export.end', {
      bytes: 0,
      parcels: 0,
      omitted: 0,
      directOnly: [],
    }),
    'bundle.import.begin': answer('bundle.import.begin', { transferId }),
    'bundle.inspect.begin': answer('bundle.inspect.begin', { transferId }),
    'bundle.write': answer('bundle.write', { done: false }),
    'bundle.import.end': async () => err('mesh/bundle-not-ours'),
    'bundle.inspect.end': async () => err('mesh/bundle-not-ours'),
    'bundle.cancel': answer('bundle.cancel', {}),
    ...overrides,
  };
  return {
    calls,
    methods,
    subscriptions: {
      'chat.watch': async (_params, { signal }) => {
        const queue = new EventQueue<ChatMessage>(100_000);
        watchers.add(queue);
        signal.addEventListener('abort', () => {
          watchers.delete(queue);
          queue.end(undefined);
        });
        return ok(queue);
      },
      'mesh.watch': async (_params, { signal }) => {
        const queue = new EventQueue<MeshEvent>(100_000);
        signal.addEventListener('abort', () => queue.end(undefined));
        return ok(queue);
      },
    },
    emit: (message) => {
      for (const queue of watchers) queue.push(message);
    },
    watcherCount: () => watchers.size,
    endWatchers: () => {
      for (const queue of watchers) queue.end(undefined);
    },
  };
}
