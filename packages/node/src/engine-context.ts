import type { Carrier } from './carrier/carrier.ts';
import type { ParcelPost } from './correspondence/parcel-post.ts';
import type { Delivery } from './delivery/delivery.ts';
import type { NodeEngineDeps } from './engine-deps.ts';
import type { EventHub } from './event-hub.ts';
import type { IdentityKeeper } from './identity-keeper.ts';

/** What the parts of one engine share. */
export interface EngineContext extends NodeEngineDeps {
  readonly version: string;
  /** Monotonic milliseconds when the engine was created. */
  readonly startedMs: number;
  readonly events: EventHub;
  readonly keeper: IdentityKeeper;
  /** Delivery of the open profile, or `undefined` while there is none. */
  readonly delivery: () => Delivery | undefined;
  /** What this node carries; `undefined` when it carries nothing. */
  readonly carrier: Carrier | undefined;
  /** The parcels of the open profile, or `undefined` while there is none, or nothing is carried. */
  readonly post: () => ParcelPost | undefined;
  /** Aborted when the engine stops. */
  readonly stopping: AbortSignal;
}
