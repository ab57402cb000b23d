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
