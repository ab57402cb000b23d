import { type Codec, err, type Failure, ok, type Result, type Scheduler } from '@pars/base';
import {
  checkRoute,
  type LinkPeer,
  linkAddressFromText,
  type MeshHost,
  type NodeId,
} from '@pars/mesh';
import type { Endpoint } from '@pars/session';
import { readFrame, withinTimeLimit, writeFrame } from './frame.ts';

/** An answer, or how far the request got. */
export type ExchangeOutcome<Answer> =
  | { readonly type: 'answer'; readonly answer: Answer }
  /** `sent`: the transport took the whole request, so the peer may have acted on it. */
  | { readonly type: 'failed'; readonly sent: boolean; readonly failure: Failure };

/** Sends one request over an open link and reads the answer (PIP-5000 §9). */
export async function exchangeWith<Request, Answer>(
  deps: { readonly mesh: MeshHost; readonly scheduler: Scheduler },
  call: {
    readonly nodeId: NodeId;
    readonly protocol: string;
    readonly requests: Codec<Request>;
    readonly answers: Codec<Answer>;
    readonly request: Request;
    readonly signal: AbortSignal;
  },
): Promise<ExchangeOutcome<Answer>> {
  const { mesh, scheduler } = deps;
  const opened = await mesh.openStream(call.nodeId, call.protocol, call.signal);
  if (!opened.ok) return { type: 'failed', sent: false, failure: opened.error };
  const stream = opened.value;
  let sent = false;
  const result = await withinTimeLimit(scheduler, stream, call.signal, async () => {
    const written = await writeFrame(stream, call.requests.encode(call.request));
    if (!written.ok) return written;
    sent = true;
    const frame = await readFrame(stream.source, call.answers.maxBytes);
    return frame.ok ? call.answers.decode(frame.value) : frame;
  });
  if (result.ok) {
    await stream[Symbol.asyncDispose]();
    return { type: 'answer', answer: result.value };
  }
  stream.abort();
  return { type: 'failed', sent, failure: result.error };
}

/**
 * A link to the node of an endpoint: the open one, or a new one to the first
 * address that leads to this very node. Codes: `mesh/…`.
 */
export async function linkTo(
  mesh: Pick<MeshHost, 'dial' | 'peers'>,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<Result<LinkPeer, Failure>> {
  const open = mesh.peers().find((peer) => peer.nodeId === endpoint.nodeId);
  if (open !== undefined) return ok(open);
  let failure: Failure = { code: 'mesh/unreachable' };
  for (const address of endpoint.addresses) {
    if (signal.aborted) break;
    const dialled = await dialContact(mesh, address, signal);
    if (dialled.ok && dialled.value.nodeId === endpoint.nodeId) return dialled;
    failure = dialled.ok ? { code: 'mesh/wrong-peer' } : dialled.error;
  }
  return { ok: false, error: failure };
}

/** A link to whatever node answers at the first of these addresses. Codes: `mesh/…`. */
export async function linkToAny(
  mesh: Pick<MeshHost, 'dial'>,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<Result<LinkPeer, Failure>> {
  let failure: Failure = { code: 'mesh/unreachable' };
  for (const address of addresses) {
    if (signal.aborted) return err('mesh/aborted');
    const dialled = await dialContact(mesh, address, signal);
    if (dialled.ok) return dialled;
    failure = dialled.error;
  }
  return { ok: false, error: failure };
}

/** Whoever is somebody's contact must not have requests sent to hosts behind his node. */
async function dialContact(
  mesh: Pick<MeshHost, 'dial'>,
  text: string,
  signal: AbortSignal,
): Promise<Result<LinkPeer, Failure>> {
  const address = linkAddressFromText(text);
  if (!address.ok) return address;
  const checked = checkRoute(address.value.route, 'contact');
  return checked.ok ? await mesh.dial(text, signal) : checked;
}
