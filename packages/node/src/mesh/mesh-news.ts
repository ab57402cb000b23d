import type { MeshEvent } from '@pars/api';

/** What carriers found, for whoever watches the mesh now or later. */
export interface MeshNews {
  /** Tells it to all who listen; a bundle that is offered also to those who come later. */
  tell(event: MeshEvent): void;
  /** The bundles in this folder are there no more: nobody else is told of them. */
  forgetBundles(folder: string): void;
  /** Calls `listener` for the bundles that are there, then for each event, until the returned function is called. */
  listen(listener: (event: MeshEvent) => void): () => void;
}

/** Keeps the latest 64 offered bundles, each path once. */
export function createMeshNews(): MeshNews {
  const listeners = new Set<(event: MeshEvent) => void>();
  const offeredByPath = new Map<string, MeshEvent>();
  return {
    tell(event) {
      if (event.type === 'bundle-offered') {
        offeredByPath.delete(event.path);
        offeredByPath.set(event.path, event);
        const [oldest] = offeredByPath.keys();
        if (offeredByPath.size > MAX_OFFERED && oldest !== undefined) offeredByPath.delete(oldest);
      }
      for (const listener of [...listeners]) listener(event);
    },
    forgetBundles(folder) {
      for (const path of [...offeredByPath.keys()]) {
        if (path.startsWith(`${folder}/`)) offeredByPath.delete(path);
      }
    },
    listen(listener) {
      // The same function may listen twice.
      const entry = (event: MeshEvent): void => listener(event);
      for (const event of offeredByPath.values()) entry(event);
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
  };
}

const MAX_OFFERED = 64;
