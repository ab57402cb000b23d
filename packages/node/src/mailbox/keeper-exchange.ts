import { base32, equalBytes, err, type Failure, ok, type Result, type Scheduler } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import type { KeyFingerprint, LinkPeer, MeshHost } from '@pars/mesh';
import type { LinkedNodes } from '../discovery/linked-nodes.ts';
import { readFrame, withinTimeLimit, writeFrame } from '../protocols/frame.ts';
import { type KeeperContact, keeperIdOf } from './keeper-directory.ts';

/** Name of the protocol on a link (PIP-1006 §5): one question and one answer a stream. */
export const KEEPER_PROTOCOL: string = '/pars/keeper/1';

/** Addresses that are tried of one keeper. */
const MAX_ADDRESSES = 4;

/** What talking to a keeper takes. */
export interface ExchangeDeps {
  readonly symmetric: SymmetricPrimitives;
  readonly mesh: MeshHost;
  readonly scheduler: Scheduler;
  /** The addresses of keepers bear no node id, so that the host cannot tell that one is linked. */
  readonly linked: Pick<LinkedNodes, 'get'>;
}

/** A link to this very keeper: the open one or a new one. Codes: `mesh/…`. */
export async function linkToKeeper(
  { linked, mesh, symmetric }: ExchangeDeps,
  contact: KeeperContact,
  signal: AbortSignal,
): Promise<Result<LinkPeer, Failure>> {
  const open = linked.get(base32.encode(contact.id) as KeyFingerprint);
  if (open !== undefined) return ok(open);
  let failure: Failure = { code: 'mesh/unreachable' };
  for (const address of contact.addresses.slice(0, MAX_ADDRESSES)) {
    if (signal.aborted) return err('mesh/aborted');
    const dialled = await mesh.dial(address, signal);
    if (dialled.ok && equalBytes(keeperIdOf(symmetric, dialled.value), contact.id)) return dialled;
    failure = dialled.ok ? { code: 'mesh/wrong-peer' } : dialled.error;
  }
  return { ok: false, error: failure };
}

/**
 * Asks one question and reads the answer, of at most `maxBytes`, within 30 s.
 * Codes: `mesh/…`, `node/bad-frame`, `node/timeout`.
 */
export async function askKeeper(
  { mesh, scheduler }: ExchangeDeps,
  { nodeId }: LinkPeer,
  message: Uint8Array,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Result<Uint8Array, Failure>> {
  const opened = await mesh.openStream(nodeId, KEEPER_PROTOCOL, signal);
  if (!opened.ok) return opened;
  const stream = opened.value;
  const answer = await withinTimeLimit(scheduler, stream, signal, async () => {
    const written = await writeFrame(stream, message);
    return written.ok ? await readFrame(stream.source, maxBytes) : written;
  });
  if (answer.ok) await stream[Symbol.asyncDispose]();
  else stream.abort();
  return answer;
}
