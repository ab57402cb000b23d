import type {
  KnownNode,
  MeshEvent,
  MeshPeer,
  MethodHandlers,
  NodeListInfo,
  SubscriptionHandlers,
} from '@pars/api';
import { err, type Failure, ok, type Result } from '@pars/base';
import {
  type BookEntry,
  bestSource,
  keyFingerprint,
  type LinkPeer,
  meshErr,
  type NodeList,
} from '@pars/mesh';
import type { EngineContext } from '../engine-context.ts';
import { streamEvents } from '../event-stream.ts';
import type { MeetingTable } from '../mesh/meeting-table.ts';
import type { MeshServices } from '../mesh/mesh-services.ts';

/** The `mesh.…` methods. */
export type MeshMethods = Pick<
  MethodHandlers,
  | 'mesh.peers'
  | 'mesh.dial'
  | 'mesh.status'
  | 'mesh.discover'
  | 'mesh.lists'
  | 'mesh.list.add'
  | 'mesh.list.remove'
  | 'mesh.metered'
  | 'mesh.radio'
  | 'mesh.meet.offer'
  | 'mesh.meet.answer'
  | 'mesh.meet.finish'
  | 'mesh.meet.wait'
  | 'mesh.meet.cancel'
>;

/** The methods of the mesh, and what happens around the node. */
export function createMeshMethods(
  context: EngineContext,
): MeshMethods & Pick<SubscriptionHandlers, 'mesh.watch'> {
  const { mesh, meshServices, meshEvents, radios } = context;

  /** What `work` does with the services. Code: `node/mesh-off`. */
  async function withServices<T>(
    work: (services: MeshServices) => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>> {
    const services = await meshServices();
    return services === undefined ? err('node/mesh-off') : await work(services);
  }

  /** What `work` does with the meetings. Codes: `node/mesh-off`, `mesh/rtc-unavailable`. */
  function withMeetings<T>(
    work: (meetings: MeetingTable) => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>> {
    return withServices(async ({ meetings }) =>
      meetings === undefined ? meshErr('mesh/rtc-unavailable') : await work(meetings),
    );
  }

  function fingerprintOf({ nodeKey }: LinkPeer): string {
    return keyFingerprint(context.suite.symmetric, nodeKey);
  }

  return {
    async 'mesh.peers'() {
      return ok({ peers: mesh.peers().map(peerView) });
    },
    async 'mesh.dial'({ address }, { signal }) {
      const services = await meshServices();
      const dialled = await (services === undefined
        ? mesh.dial(address, signal)
        : services.discovery.addNode(address));
      return dialled.ok ? ok(peerView(dialled.value)) : dialled;
    },
    'mesh.status': () => withServices(async (services) => ok(services.status())),
    'mesh.discover': ({ search }, { signal }) =>
      withServices(async ({ discovery }) => {
        if (search) {
          const found = await discovery.closestNodes(
            context.random.bytes(PLACE_BYTES),
            SEARCH_WIDTH,
            signal,
          );
          if (!found.ok) return found;
        }
        const linked = new Set<string>(mesh.peers().map(fingerprintOf));
        const known = discovery.book().slice(0, MAX_NODES);
        return ok({ nodes: known.map((entry) => knownView(entry, linked.has(entry.fingerprint))) });
      }),
    'mesh.lists': () =>
      withServices(async ({ discovery }) => ok({ lists: discovery.lists().map(listView) })),
    'mesh.list.add': ({ text }) =>
      withServices(async ({ discovery }) => {
        const added = await discovery.addList(text);
        return added.ok ? ok(listView(added.value)) : added;
      }),
    'mesh.list.remove': ({ key }) =>
      withServices(async ({ discovery }) =>
        (await discovery.removeList(key)) ? ok({}) : err('node/no-list'),
      ),
    'mesh.metered': ({ metered }) =>
      withServices(async (services) => {
        services.setMetered(metered);
        return ok(services.status());
      }),
    async 'mesh.radio'() {
      return ok({ radios: radios() });
    },
    'mesh.meet.offer': (_params, { signal }) => withMeetings((meetings) => meetings.offer(signal)),
    'mesh.meet.answer': ({ offer }, { signal }) =>
      withMeetings((meetings) => meetings.answer(offer, signal)),
    'mesh.meet.finish': ({ answer, meetingId }) =>
      withMeetings(async (meetings) => viewOf(await meetings.finish(meetingId, answer))),
    'mesh.meet.wait': ({ meetingId }) =>
      withMeetings(async (meetings) => viewOf(await meetings.wait(meetingId))),
    'mesh.meet.cancel': ({ meetingId }) =>
      withMeetings(async (meetings) => {
        meetings.cancel(meetingId);
        return ok({});
      }),
    async 'mesh.watch'(_params, { signal }) {
      return ok(
        streamEvents<MeshEvent>((sink) => {
          const stops = [
            mesh.onLink(({ type: state, peer }) =>
              sink.push({ type: 'link', state, peer: peerView(peer) }),
            ),
            meshEvents(sink.push),
          ];
          return () => {
            for (const stop of stops) stop();
          };
        }, signal),
      );
    },
  };
}

function viewOf(linked: Result<LinkPeer, Failure>): Result<MeshPeer, Failure> {
  return linked.ok ? ok(peerView(linked.value)) : linked;
}

function peerView({ nodeId, address, direction, sinceMs }: LinkPeer): MeshPeer {
  return { nodeId, address, direction, sinceMs };
}

function knownView(entry: BookEntry, isLinked: boolean): KnownNode {
  const { fingerprint, routes, successMs } = entry;
  return {
    address: `${routes[0]?.route ?? ''}#${fingerprint}`,
    source: bestSource(entry),
    linked: isLinked,
    ...(successMs === 0 ? {} : { lastLinkMs: successMs }),
  };
}

function listView({ addresses, expiresMs, key }: NodeList): NodeListInfo {
  return { key, nodes: addresses.length, expiresAtMs: expiresMs };
}

const PLACE_BYTES = 32;
const SEARCH_WIDTH = 10;
const MAX_NODES = 1_024;
