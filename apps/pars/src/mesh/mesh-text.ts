import type {
  KnownNode,
  MeshEvent,
  MeshPeer,
  MeshStatus,
  NodeListInfo,
  RadioInfo,
} from '@pars/api/client';
import { adviceFromFailure } from '../advice.ts';
import { shellWord } from '../shell-word.ts';
import { textFromBytes } from '../size-text.ts';
import { visibleLine } from '../visible-text.ts';
import { wallTime } from '../wall-time.ts';

/** `3 nodes`, `1 node`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** What `pars mesh status` shows. */
export function linesFromMesh(mesh: MeshStatus): readonly string[] {
  const { links, linkTarget, lists, remembered, spreading } = mesh;
  return [
    `role           ${ROLE_TEXT[mesh.role]}`,
    `links          ${links}; it looks for ${linkTarget} of its own`,
    `reach          ${reachText(mesh)}`,
    `local network  ${LAN_TEXT[mesh.lan]}`,
    `keeper         ${mesh.keeper ? KEEPER_TEXT : 'no: it keeps no mailboxes of others'}`,
    `reached by     ${reachedText(mesh)}`,
    `lends          ${lentText(mesh)}`,
    `spreading      ${spreading === 0 ? 'nothing: no neighbour for emergencies' : `emergencies, with ${counted(spreading, 'node')}`}`,
    `metered        ${mesh.metered ? 'yes: half the links, a third of the visits to keepers' : 'no'}`,
    `remembers      ${counted(remembered, 'node')}, ${counted(lists, 'list')} of nodes`,
    `own link       ${mesh.link === undefined ? 'none: it has no address to be dialled at' : visibleLine(mesh.link)}`,
  ];
}

/** What the local network knows of this node, in words. */
export const LAN_TEXT: Readonly<Record<MeshStatus['lan'], string>> = {
  on: 'on: it is announced there, and finds others',
  off: 'off: it is not announced there, and finds nobody by itself',
  failed:
    'failed: no network interface let it announce itself (multicast is refused, or port 5353 is taken alone by another program)',
};

const ROLE_TEXT: Readonly<Record<MeshStatus['role'], string>> = {
  phone: 'phone: few links, answers nobody',
  desktop: 'desktop',
  bridge: 'bridge: many links, for a network with one way out',
  relay: 'relay: most links, for whoever cannot be dialled',
};

const KEEPER_TEXT = 'yes: it keeps parcels of others where it is asked to';

function reachText({ island, links }: MeshStatus): string {
  if (links === 0) return 'nobody is linked now';
  return island
    ? 'an island: nobody beyond the local network is linked'
    : 'beyond the local network';
}

function reachedText({ relay }: MeshStatus): string {
  const { reachableThrough } = relay;
  return reachableThrough === 0
    ? 'its own addresses alone'
    : `${counted(reachableThrough, 'relay')} as well`;
}

function lentText({ relay }: MeshStatus): string {
  if (!relay.offers) return 'nothing: nobody is reached through it';
  const { connections, reservations } = relay;
  return `itself as a relay: ${counted(reservations, 'node')} waiting, ${counted(connections, 'connection')}`;
}

/** One line of `pars mesh peers`. */
export function lineFromPeer({ nodeId, direction, address }: MeshPeer): string {
  return `${visibleLine(nodeId)}  ${direction.padEnd(8)}  ${visibleLine(address)}`;
}

/** What `pars mesh discover` shows. */
export function linesFromNodes(nodes: readonly KnownNode[]): readonly string[] {
  if (nodes.length === 0) return ['no other node is remembered'];
  return [
    'known from     linked  last link         address',
    ...nodes.map(({ address, lastLinkMs, linked, source }) => {
      const last = lastLinkMs === undefined ? 'never' : wallTime(new Date(lastLinkMs));
      const words = [SOURCE_TEXT[source].padEnd(13), (linked ? 'yes' : 'no').padEnd(6)];
      return [...words, last.padEnd(16), visibleLine(address)].join('  ');
    }),
  ];
}

const SOURCE_TEXT: Readonly<Record<KnownNode['source'], string>> = {
  user: 'you',
  lan: 'local network',
  list: 'a list',
  bundle: 'a bundle',
  answer: 'another node',
};

/** One line of `pars mesh list show`. */
export function lineFromList({ expiresAtMs, key, nodes }: NodeListInfo): string {
  const until = wallTime(new Date(expiresAtMs));
  return `${visibleLine(key)}  ${counted(nodes, 'node')}, until ${until}`;
}

/** What `pars mesh radio` shows. */
export function linesFromRadios(radios: readonly RadioInfo[]): readonly string[] {
  if (radios.length === 0) return ['no radio; `parsd --radio DEVICE --radio-key FILE` runs one'];
  return radios.flatMap(
    ({ airtimeMs, device, failure, framesHeard, framesSent, neighbours, state }) => [
      `${shellWord(device)}  ${state === 'open' ? 'on' : 'not open yet, it is tried again'}`,
      ...(failure === undefined ? [] : [`  ${adviceFromFailure({ code: failure })} [${failure}]`]),
      `  ${counted(neighbours, 'station')} heard lately; ${counted(framesSent, 'frame')} sent, ${framesHeard} heard; ${(airtimeMs / 1_000).toFixed(1)} s on the air`,
    ],
  );
}

/** What `pars mesh watch` shows of an event; `importCommand` is how bundles are taken in here. */
export function linesFromEvent(event: MeshEvent, nowMs: number, importCommand: string): string[] {
  const time = wallTime(new Date(nowMs));
  if (event.type === 'link') {
    return [`${time}  link ${event.state.padEnd(4)}  ${lineFromPeer(event.peer)}`];
  }
  const path = shellWord(event.path);
  return [
    `${time}  bundle found, ${textFromBytes(event.bytes)}: ${path}`,
    `  nothing was taken from it yet; to do so: ${importCommand} ${path}`,
  ];
}
