import { err, type Failure, ok, type Result, type Scheduler } from '@pars/base';
import {
  type KeyFingerprint,
  type LinkPeer,
  lastingRoute,
  linkAddressFromText,
  type MeshHost,
} from '@pars/mesh';
import type { LinkedNodes } from './linked-nodes.ts';

/** A link, and the route that was dialled for it; `undefined` when the other side opened it. */
export interface DialledLink {
  readonly peer: LinkPeer;
  readonly route: string | undefined;
}

/** Opens links on behalf of discovery: few at a time, each within 8 s. */
export interface Dialler {
  /**
   * A link to the node with this fingerprint at the first of its addresses
   * that works. Without `isFresh` an open link does. Codes: `mesh/…`, `node/timeout`.
   */
  link(
    fingerprint: KeyFingerprint,
    addresses: readonly string[],
    isFresh?: boolean,
  ): Promise<Result<DialledLink, Failure>>;
  /** Where this node dialled the one that it is linked with. */
  routeOf(fingerprint: KeyFingerprint): string | undefined;
  /** A link was dialled there by somebody else: its endpoint is proven like that of an own dial. */
  note(fingerprint: KeyFingerprint, route: string): void;
  forget(fingerprint: KeyFingerprint): void;
}

/** A dialler with at most `maxAtOnce` dials under way; what comes above waits. */
export function createDialler(
  deps: {
    readonly mesh: MeshHost;
    readonly scheduler: Scheduler;
    readonly linked: LinkedNodes;
  },
  maxAtOnce: number,
  signal: AbortSignal,
): Dialler {
  const { linked, mesh, scheduler } = deps;
  const routeByFingerprint = new Map<KeyFingerprint, string>();
  const waiting: (() => void)[] = [];
  let underWay = 0;

  async function takeTurn(): Promise<void> {
    if (underWay >= maxAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    underWay += 1;
  }

  function endTurn(): void {
    underWay -= 1;
    waiting.shift()?.();
  }

  async function dial(address: string): Promise<Result<LinkPeer, Failure>> {
    await takeTurn();
    const ending = new AbortController();
    const end = () => ending.abort();
    const cancel = scheduler.schedule(DIAL_MS, end);
    signal.addEventListener('abort', end);
    try {
      if (signal.aborted) return err('mesh/aborted');
      return await mesh.dial(address, ending.signal);
    } finally {
      cancel();
      signal.removeEventListener('abort', end);
      endTurn();
    }
  }

  return {
    async link(fingerprint, addresses, isFresh = false) {
      const open = linked.get(fingerprint);
      if (open !== undefined && !isFresh) {
        return ok({ peer: open, route: routeByFingerprint.get(fingerprint) });
      }
      let failure: Failure = { code: 'mesh/unreachable' };
      for (const address of addresses) {
        const dialled = await dial(address);
        const read = linkAddressFromText(address);
        if (dialled.ok && read.ok && linked.fingerprintOf(dialled.value) === fingerprint) {
          const route = lastingRoute(read.value);
          routeByFingerprint.set(fingerprint, route);
          return ok({ peer: dialled.value, route });
        }
        failure = dialled.ok ? { code: 'mesh/wrong-peer' } : dialled.error;
        if (signal.aborted) break;
      }
      return { ok: false, error: failure };
    },
    routeOf: (fingerprint) => routeByFingerprint.get(fingerprint),
    note(fingerprint, route) {
      if (linked.get(fingerprint) !== undefined) routeByFingerprint.set(fingerprint, route);
    },
    forget: (fingerprint) => routeByFingerprint.delete(fingerprint),
  };
}

const DIAL_MS = 8_000;
