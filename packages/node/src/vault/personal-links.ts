import { err } from '@pars/base';
import type { MeshHost, NodeId } from '@pars/mesh';

/** Links that were opened for whoever is unlocked. */
export interface PersonalLinks {
  /** The same mesh, for whatever acts for a person. */
  readonly mesh: MeshHost;
  /** Ends the links that were opened through {@link mesh}, and those that are on their way. */
  end(): void;
}

/**
 * Remembers which links a person had opened, so that they end with the lock: a
 * link that nobody but a hidden contact explains would show in the list of
 * peers under the decoy (PIP-0003 §4.6). Links that were there before, or that
 * others opened, stay.
 */
export function createPersonalLinks(mesh: MeshHost, signal: AbortSignal): PersonalLinks {
  const opened = new Set<NodeId>();
  let ends = 0;
  const stop = mesh.onLink(({ peer, type }) => {
    if (type === 'down') opened.delete(peer.nodeId);
  });
  signal.addEventListener('abort', stop, { once: true });

  const dial: MeshHost['dial'] = async (address, until) => {
    const begun = ends;
    const before = new Set(mesh.peers().map(({ nodeId }) => nodeId));
    const dialled = await mesh.dial(address, until);
    if (!dialled.ok || before.has(dialled.value.nodeId)) return dialled;
    const { nodeId } = dialled.value;
    // The other side may have dialled meanwhile.
    if (dialled.value.direction === 'outbound') opened.add(nodeId);
    if (begun === ends) return dialled;
    if (opened.delete(nodeId)) mesh.drop(nodeId);
    return err('mesh/aborted');
  };

  return {
    mesh: {
      nodeId: mesh.nodeId,
      addresses: () => mesh.addresses(),
      dial,
      peers: () => mesh.peers(),
      onLink: (listener) => mesh.onLink(listener),
      drop: (nodeId) => mesh.drop(nodeId),
      openStream: (nodeId, protocol, until) => mesh.openStream(nodeId, protocol, until),
      handle: (protocol, handler) => mesh.handle(protocol, handler),
      [Symbol.asyncDispose]: () => mesh[Symbol.asyncDispose](),
    },
    end() {
      ends += 1;
      const ending = [...opened];
      opened.clear();
      for (const nodeId of ending) mesh.drop(nodeId);
    },
  };
}
