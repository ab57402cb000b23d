import type { MeshEvent, RadioInfo } from '@pars/api';
import type { Carrier } from './carrier/carrier.ts';
import type { ParcelPost } from './correspondence/parcel-post.ts';
import type { Delivery } from './delivery/delivery.ts';
import type { NodeEngineDeps } from './engine-deps.ts';
import type { EventHub } from './event-hub.ts';
import type { MeshServices } from './mesh/mesh-services.ts';
import type { VaultKeeper } from './vault/vault-keeper.ts';

/** What the parts of one engine share. */
export interface EngineContext extends NodeEngineDeps {
  readonly version: string;
  /** Monotonic milliseconds when the engine was created. */
  readonly startedMs: number;
  readonly events: EventHub;
  readonly keeper: VaultKeeper;
  /** 0 for never. */
  readonly idleLockMinutes: number;
  /** Delivery of the open profile, or `undefined` while there is none. */
  readonly delivery: () => Delivery | undefined;
  /** What this node carries; `undefined` when it carries nothing. */
  readonly carrier: Carrier | undefined;
  /** The parcels of the open profile, or `undefined` while there is none, or nothing is carried. */
  readonly post: () => ParcelPost | undefined;
  /** The node's part in the mesh, once it has started; `undefined` where it has none. */
  readonly meshServices: () => Promise<MeshServices | undefined>;
  /** Calls `listener` for what carriers find, until the returned function is called. */
  readonly meshEvents: (listener: (event: MeshEvent) => void) => () => void;
  readonly radios: () => readonly RadioInfo[];
  /** Aborted when the engine stops. */
  readonly stopping: AbortSignal;
}
