import type { SigningPublicKeyBytes } from '@pars/crypto';
import type { NodeId } from '../mesh-host.ts';
import type { KeyFingerprint } from '../node-id.ts';

/** Which end of a link. */
export type LinkRole = 'initiator' | 'responder';

/** Who the other side says it is. */
export interface LinkClaim {
  readonly nodeKey: SigningPublicKeyBytes;
  readonly nodeId: NodeId;
  readonly fingerprint: KeyFingerprint;
}
