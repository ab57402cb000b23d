import type { DiagnosticCheck, MethodHandlers } from '@pars/api';
import { ok, ParsError } from '@pars/base';
import type { CarriedAmount } from '../carrier/carrier.ts';
import type { EngineContext } from '../engine-context.ts';
import { codeOf } from '../task-set.ts';

/** `node.status` and `node.diagnose`. */
export function createNodeMethods(
  context: EngineContext,
): Pick<MethodHandlers, 'node.status' | 'node.diagnose'> {
  const { clock, keeper, mesh } = context;
  return {
    async 'node.status'() {
      return ok({
        version: context.version,
        suite: 1,
        nodeId: mesh.nodeId,
        addresses: mesh.addresses().slice(0, 64),
        peerCount: mesh.peers().length,
        uptimeMs: Math.max(0, Math.floor(clock.monotonicMs() - context.startedMs)),
        vault: await keeper.vaultState(),
        identity: keeper.identityState(),
        ...(await carryingOf(context)),
      });
    },
    async 'node.diagnose'() {
      const checks = [await checkIdentity(context), checkAddresses(context), checkPeers(context)];
      return ok({ checks: [...checks, await checkStore(context), checkWaiting(context)] });
    },
  };
}

/** A disk that refuses is no reason to tell nothing. */
async function carryingOf({
  carrier,
  log,
}: EngineContext): Promise<{ readonly carrying?: CarriedAmount }> {
  try {
    return carrier === undefined ? {} : { carrying: await carrier.amount() };
  } catch (error) {
    log.write('warn', 'node/carrier-not-open', { code: codeOf(error) });
    return {};
  }
}

async function checkIdentity({ keeper }: EngineContext): Promise<DiagnosticCheck> {
  const state = keeper.identityState();
  const detail = {
    none: 'The vault is open, and nobody was created in it yet.',
    locked:
      (await keeper.vaultState()) === 'none'
        ? 'There is no vault yet.'
        : 'Locked: letters wait at their senders.',
    open: 'Open.',
  }[state];
  // Nothing is wrong with a node that carries for others, or whose person is away.
  return { name: 'identity', ok: true, detail };
}

function checkAddresses({ mesh }: EngineContext): DiagnosticCheck {
  const count = mesh.addresses().length;
  const detail =
    count > 0
      ? `Others can dial this node at ${count} ${count === 1 ? 'address' : 'addresses'}.`
      : 'This node has no address to be dialled at. It can still dial others.';
  return { name: 'addresses', ok: count > 0, detail };
}

function checkPeers({ mesh }: EngineContext): DiagnosticCheck {
  const count = mesh.peers().length;
  const detail =
    count > 0 ? `Linked with ${count} ${count === 1 ? 'node' : 'nodes'}.` : 'No link is open now.';
  // Nothing is wrong with a node that nobody needs at the moment.
  return { name: 'peers', ok: true, detail };
}

/** The store of what is carried: writes and deletes, since a full disk can still be read. */
async function checkStore({ store }: EngineContext): Promise<DiagnosticCheck> {
  try {
    await store.write([{ key: PROBE_KEY, value: PROBE_KEY }]);
    await store.write([{ key: PROBE_KEY }]);
    return { name: 'store', ok: true, detail: 'Reads and writes.' };
  } catch (error) {
    const reason = error instanceof ParsError ? error.meta['reason'] : undefined;
    const why = reason === undefined ? '' : ` (${String(reason)})`;
    const detail = `The disk refuses${why}: nothing new can be kept. Make room, or look after the disk.`;
    return { name: 'store', ok: false, detail };
  }
}

function checkWaiting({ keeper }: EngineContext): DiagnosticCheck {
  const profile = keeper.current();
  if (profile === undefined) {
    return { name: 'waiting', ok: true, detail: 'Not known while locked.' };
  }
  const count = profile.outgoing.size;
  const detail =
    count === 0
      ? 'Nothing waits for delivery.'
      : `${count} ${count === 1 ? 'letter waits' : 'letters wait'} for delivery.`;
  return { name: 'waiting', ok: true, detail };
}

const PROBE_KEY = new TextEncoder().encode('pars-node-probe');
