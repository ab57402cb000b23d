import { type ByteStream, type Failure, ok, type Result, type Scheduler } from '@pars/base';
import { meshErr } from '../errors.ts';
import { type LinkAddress, linkAddressToText } from '../link-address.ts';
import type { LinkAdopter } from '../link-adopter.ts';
import type { LinkPeer, MeshHost, NodeId } from '../mesh-host.ts';
import { readAhead } from './read-ahead.ts';
import {
  decodeRelayGrant,
  encodeRelayRequest,
  grantLength,
  judgeAnswer,
  type RelayGrant,
  type RelayRequest,
  relayProtocol,
} from './relay-message.ts';
import { relayOfRoute } from './relay-route.ts';
import { withinTime } from './within-time.ts';

/** What asking a relay needs. */
export interface RelayAskerDeps {
  readonly host: MeshHost & LinkAdopter;
  readonly scheduler: Scheduler;
}

/** How long a relay may take with its answer: it may have to wait for the target itself. */
export const relayAnswerMs = 15_000;

/**
 * Asks a linked relay for a reservation. Codes: `mesh/relay-full`,
 * `mesh/relay-busy`, `mesh/relay-refused`, `mesh/relay-silent`,
 * `mesh/bad-relay-message`, those of `openStream`.
 */
export async function askReservation(
  { host, scheduler }: RelayAskerDeps,
  relayId: NodeId,
  signal?: AbortSignal,
): Promise<Result<RelayGrant, Failure>> {
  const asked = await ask({ host, scheduler }, relayId, { kind: 'reserve' }, grantLength, signal);
  if (!asked.ok) return asked;
  await asked.value.stream[Symbol.asyncDispose]();
  return decodeRelayGrant(asked.value.rest);
}

/**
 * Links with a node through the relay of its address; the handshake inside
 * proves who is there, whatever the relay does. Codes: those of
 * {@link askReservation}, `mesh/relay-no-target`, those of `dial`.
 */
export async function dialRelayed(
  deps: RelayAskerDeps,
  address: LinkAddress,
  signal?: AbortSignal,
): Promise<Result<LinkPeer, Failure>> {
  const { host } = deps;
  const { route, nodeId: target, fingerprint } = address;
  const relay = relayOfRoute(route);
  if (relay === undefined || target === undefined) return meshErr('mesh/bad-address');
  const relayPeer = await host.dial(linkAddressToText(relay), signal);
  if (!relayPeer.ok) return relayPeer;
  const asked = await ask(deps, relay.nodeId, { kind: 'connect', target }, 0, signal);
  if (!asked.ok) return asked;
  const expected = { nodeId: target, fingerprint };
  return host.adopt(asked.value.stream, {
    direction: 'outbound',
    address: route,
    expected,
    signal,
  });
}

interface Answer {
  /** The bytes of the answer behind its first. */
  readonly rest: Uint8Array;
  /** What comes after them. */
  readonly stream: ByteStream;
}

async function ask(
  { host, scheduler }: RelayAskerDeps,
  relayId: NodeId,
  request: RelayRequest,
  restLength: number,
  signal: AbortSignal | undefined,
): Promise<Result<Answer, Failure>> {
  const bytes = encodeRelayRequest(request);
  if (!bytes.ok) return bytes;
  const opened = await host.openStream(relayId, relayProtocol, signal);
  if (!opened.ok) return opened;
  const stream = opened.value;
  const ahead = readAhead(stream);
  const answer = await withinTime(
    scheduler,
    relayAnswerMs,
    stream,
    async () => {
      await stream.write(bytes.value, signal);
      const first = await ahead.read(1);
      if (first === undefined) return meshErr('mesh/stream-broken');
      const judged = judgeAnswer(first[0]);
      if (!judged.ok) return judged;
      const rest = await ahead.read(restLength);
      return rest === undefined ? meshErr('mesh/bad-relay-message') : ok(rest);
    },
    signal,
  );
  if (answer.ok) return ok({ rest: answer.value, stream: ahead.rest() });
  stream.abort();
  return answer;
}
