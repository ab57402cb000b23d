import type { Failure, Redacted, Result } from '@pars/base';
import type {
  HybridKem,
  HybridSignature,
  HybridSignerKey,
  SymmetricPrimitives,
} from '@pars/crypto';
import type { MeshFailure } from '../errors.ts';
import type { LinkClaim, LinkRole } from './link-claim.ts';

/** What a handshake machine needs: Suite 1 and this node's key. */
export interface LinkDeps {
  readonly suite: {
    readonly symmetric: SymmetricPrimitives;
    readonly kem: HybridKem;
    readonly signature: HybridSignature;
  };
  /** The hybrid node key; its Ed25519 half is the key behind the node id. */
  readonly identity: HybridSignerKey;
  /** A last word on who may be linked with, e.g. {@link NodeKeyPins}; all when absent. */
  readonly accept?: (peer: LinkClaim) => Result<void, MeshFailure>;
}

/** An authenticated link: who is there, and the roots of both frame chains (PIP-1000 §7). */
export interface LinkSession {
  readonly role: LinkRole;
  /** The other side, proven. */
  readonly peer: LinkClaim;
  /** Root of the frames that this side sends. */
  readonly sendRoot: Redacted<Uint8Array>;
  /** Root of the frames that this side receives. */
  readonly receiveRoot: Redacted<Uint8Array>;
}

/** What the owner of a machine does next. */
export type LinkStep =
  /** Nothing to send; read the other side's message. */
  | { readonly kind: 'wait' }
  /** Send this message, then read the other side's. */
  | { readonly kind: 'send'; readonly message: Uint8Array }
  /** The link is up; send `message` first if there is one. */
  | {
      readonly kind: 'done';
      readonly message: Uint8Array | undefined;
      readonly session: LinkSession;
    }
  /** Close the connection without a word. The machine is dead. */
  | { readonly kind: 'fail'; readonly failure: Failure };

/**
 * One end of one handshake (PIP-1000 §6). It does no I/O and keeps no time.
 * Any input that its state does not allow ends it with a coded failure; an
 * ended machine stays ended.
 */
export interface LinkMachine {
  readonly role: LinkRole;
  /** The state's name, for logs and tests. */
  readonly stateName: string;
  /** Called once, first. */
  start(): Promise<LinkStep>;
  /**
   * Length in bytes of the message whose first three bytes these are, so that
   * a reader never holds more than one message. A refused header ends the machine.
   */
  expect(header: Uint8Array): Result<number>;
  /** Takes one whole message. One call at a time. */
  receive(message: Uint8Array): Promise<LinkStep>;
}
