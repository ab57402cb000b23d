/**
 * What travels through the local API (PIP-4000 §7), as types. The schemas in
 * this folder are checked against them by the compiler, so the two cannot
 * drift apart. Numbers ending in `Ms` are milliseconds; `…AtMs` and `sinceMs`
 * count from 1970-01-01 UTC.
 */

/** No parameters, or nothing to say in return. */
export type Nothing = Readonly<Record<never, never>>;

/** `none`: nobody was created yet. `locked`: `id.unlock` is needed. */
export type IdentityState = 'none' | 'locked' | 'open';

/** How the node is doing. */
export interface NodeStatus {
  /** Version of the software, `major.minor.patch`. */
  readonly version: string;
  /** The cryptographic suite (PIP-2000). There is one. */
  readonly suite: 1;
  readonly nodeId: string;
  /** Where other nodes can dial this one. */
  readonly addresses: readonly string[];
  readonly peerCount: number;
  readonly uptimeMs: number;
  readonly identity: IdentityState;
  /** What the node carries for its person and for others; absent when it carries nothing. */
  readonly carrying?: CarriedParcels;
}

/** Parcels on the disk of this node, whoever they are for. */
export interface CarriedParcels {
  readonly parcels: number;
  readonly bytes: number;
  readonly capacityBytes: number;
}

/** One thing that `node.diagnose` looked at. `detail` is plain English without secrets. */
export interface DiagnosticCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** The person who uses this node. */
export interface IdentityInfo {
  /** `05` and 64 hex digits. */
  readonly sessionId: string;
  /** `pars://session/05…`. */
  readonly link: string;
  readonly name: string;
  readonly createdAtMs: number;
}

/** Somebody this person can write to. */
export interface Contact {
  readonly sessionId: string;
  readonly name: string;
  readonly addedAtMs: number;
  /** `pending` until something of theirs was received and verified. */
  readonly state: 'pending' | 'confirmed';
  /** Present when letters to this contact travel over a direct link only, and in no parcel or bundle. */
  readonly directOnly?: true;
}

/**
 * `queued`: kept here. `handed-over`: a carrier took it. `delivered`: the
 * recipient's node acknowledged it. `failed`: it will not be tried again.
 */
export type MessageState = 'queued' | 'handed-over' | 'delivered' | 'failed';

/** One message of a conversation. */
export interface ChatMessage {
  readonly messageId: string;
  /** Grows with each message of this node, across conversations. 1 or more. */
  readonly sequence: number;
  /** The session id of the other person. */
  readonly with: string;
  readonly direction: 'in' | 'out';
  readonly text: string;
  readonly sentAtMs: number;
  readonly state: MessageState;
}

/** A node at the other end of a link. */
export interface MeshPeer {
  readonly nodeId: string;
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
  readonly sinceMs: number;
}

/** What one call of `bundle.read` gives. */
export interface BundlePiece {
  /** Bytes of the file, as base64url; empty while parcels are made. */
  readonly data: string;
  /** Nothing follows. */
  readonly done: boolean;
  /** Letters and receipts that were made into parcels so far, for this bundle. */
  readonly packed: number;
  /** Those that wait to be. */
  readonly toPack: number;
  /** Bytes of the file so far. */
  readonly bytes: number;
}

/** What an export put into its file. */
export interface BundleExported {
  readonly bytes: number;
  /** Parcels in the file. */
  readonly parcels: number;
  /** Parcels that had no room in the file or in the store. */
  readonly omitted: number;
  /** Session ids of contacts for whom letters wait that travel in no parcel. */
  readonly directOnly: readonly string[];
}

/** How many were refused for the same reason. */
export interface RefusedCount {
  /** A stable code. */
  readonly code: string;
  readonly count: number;
}

/** What of a bundle did not come through. */
export interface BundleLoss {
  readonly lostChunks: number;
  /** Records that stood in lost chunks, as far as the bundle tells. */
  readonly missingRecords: number;
  /** Lost chunks of whose content nothing is known. */
  readonly untoldChunks: number;
  /** The file ends too early. */
  readonly truncated: boolean;
  readonly headDamaged: boolean;
  /** Bytes behind the end, which were ignored. */
  readonly excessBytes: number;
}

/** What an import did. */
export interface BundleImported {
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly bytes: number;
  /** Parcels that are new here, for whomever. */
  readonly stored: number;
  readonly known: number;
  /** Parts that have no place on this node. */
  readonly unplaced: number;
  readonly refused: readonly RefusedCount[];
  /** New messages that were found; absent while nobody is unlocked: they are found then. */
  readonly messages?: number;
  /** Own messages that are now known to be delivered; absent while nobody is unlocked. */
  readonly delivered?: number;
  readonly loss: BundleLoss;
  /** Why reading ended early; what was stored before stays. */
  readonly failure?: string;
}

/** What can be told of a bundle without taking anything from it. */
export interface BundleInspected {
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly expired: boolean;
  readonly bytes: number;
  readonly parcels: number;
  /** Records of other kinds. */
  readonly others: number;
  readonly loss: BundleLoss;
  readonly failure?: string;
}

/** Parameters and result of every method. */
export interface Methods {
  'node.status': { readonly params: Nothing; readonly result: NodeStatus };
  'node.diagnose': {
    readonly params: Nothing;
    readonly result: { readonly checks: readonly DiagnosticCheck[] };
  };
  /** Answers, then shuts the node down in order. */
  'node.stop': { readonly params: Nothing; readonly result: Nothing };
  /** Makes a new person; the phrase is shown this once. */
  'id.create': {
    readonly params: { readonly name: string; readonly password: string };
    readonly result: { readonly sessionId: string; readonly phrase: string };
  };
  'id.restore': {
    readonly params: { readonly name: string; readonly password: string; readonly phrase: string };
    readonly result: { readonly sessionId: string };
  };
  'id.unlock': {
    readonly params: { readonly password: string };
    readonly result: { readonly sessionId: string };
  };
  'id.lock': { readonly params: Nothing; readonly result: Nothing };
  'id.show': { readonly params: Nothing; readonly result: IdentityInfo };
  'contact.invite': {
    readonly params: Nothing;
    readonly result: { readonly invite: string; readonly expiresAtMs: number };
  };
  'contact.add': {
    readonly params: { readonly invite: string; readonly name?: string };
    readonly result: Contact;
  };
  'contact.list': {
    readonly params: Nothing;
    readonly result: { readonly contacts: readonly Contact[] };
  };
  'chat.send': {
    readonly params: { readonly to: string; readonly text: string };
    readonly result: { readonly messageId: string; readonly state: MessageState };
  };
  /** Messages with a sequence above `after`, oldest first; without `after`, the newest `limit`, oldest first. */
  'chat.read': {
    readonly params: { readonly with?: string; readonly after?: number; readonly limit: number };
    readonly result: { readonly messages: readonly ChatMessage[] };
  };
  'mesh.peers': {
    readonly params: Nothing;
    readonly result: { readonly peers: readonly MeshPeer[] };
  };
  'mesh.dial': { readonly params: { readonly address: string }; readonly result: MeshPeer };
  /**
   * Begins a bundle for these contacts and for whoever knows the passphrase.
   * What waits for the contacts, or for everybody when there are none, is made
   * into parcels and goes first; `carriedOnly` leaves that out and needs nobody
   * to be unlocked.
   */
  'bundle.export.begin': {
    readonly params: {
      readonly to?: readonly string[];
      readonly passphrase?: string;
      readonly maxBytes?: number;
      readonly carriedOnly?: boolean;
    };
    readonly result: { readonly transferId: string };
  };
  /** The next bytes of the file, at most 262,144. Each answer is waited for before the next call. */
  'bundle.read': { readonly params: { readonly transferId: string }; readonly result: BundlePiece };
  /** Ends an export after its last piece: letters in it are shown as handed over from now on. */
  'bundle.export.end': {
    readonly params: { readonly transferId: string };
    readonly result: BundleExported;
  };
  'bundle.import.begin': {
    readonly params: { readonly passphrase?: string };
    readonly result: { readonly transferId: string };
  };
  'bundle.inspect.begin': {
    readonly params: { readonly passphrase?: string };
    readonly result: { readonly transferId: string };
  };
  /** The next bytes of the file. Answered when they were taken in. `done`: nothing more is read. */
  'bundle.write': {
    readonly params: { readonly transferId: string; readonly data: string };
    readonly result: { readonly done: boolean };
  };
  'bundle.import.end': {
    readonly params: { readonly transferId: string };
    readonly result: BundleImported;
  };
  'bundle.inspect.end': {
    readonly params: { readonly transferId: string };
    readonly result: BundleInspected;
  };
  /** Gives up. What was imported before stays. */
  'bundle.cancel': { readonly params: { readonly transferId: string }; readonly result: Nothing };
}

/** Parameters and event of every subscription. */
export interface Subscriptions {
  /** Every new message, and every message whose state changed, from now on. */
  'chat.watch': { readonly params: { readonly with?: string }; readonly event: ChatMessage };
}

/** The name of a method. */
export type MethodName = keyof Methods;
/** What a method takes. */
export type MethodParams<M extends MethodName> = Methods[M]['params'];
/** What a method answers. */
export type MethodResult<M extends MethodName> = Methods[M]['result'];
/** The name of a subscription. */
export type SubscriptionName = keyof Subscriptions;
/** What a subscription takes. */
export type SubscriptionParams<S extends SubscriptionName> = Subscriptions[S]['params'];
/** What a subscription sends. */
export type SubscriptionEvent<S extends SubscriptionName> = Subscriptions[S]['event'];
