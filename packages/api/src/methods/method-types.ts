/**
 * What travels through the local API (PIP-4000 §7), as types. The schemas in
 * this folder are checked against them by the compiler, so the two cannot
 * drift apart. Numbers ending in `Ms` are milliseconds; `…AtMs` and `sinceMs`
 * count from 1970-01-01 UTC.
 */

/** No parameters, or nothing to say in return. */
export type Nothing = Readonly<Record<never, never>>;

/** `none`: nobody was created in what is unlocked. `locked`: `vault.unlock` is needed, or there is no vault yet. */
export type IdentityState = 'none' | 'locked' | 'open';

/** `none`: this node has no vault yet. */
export type VaultState = 'none' | 'locked' | 'open';

/** Size of a vault (PIP-3000 §2): for a phone, or for a desktop. */
export type VaultTier = 'S' | 'L';

/**
 * Where the erasable secret lies (PIP-3000 §9.3). In a `file` its erasing is
 * best effort: a solid-state disk or a backup may keep it.
 */
export type SecretKeeperKind = 'tpm' | 'keyring' | 'file';

/** The vault of this node. What is said does not depend on what it hides, except while that is open. */
export interface VaultStatus {
  readonly state: VaultState;
  readonly tier?: VaultTier;
  /** Bytes of the container and of the slab on the disk. */
  readonly diskBytes?: number;
  readonly keeper?: SecretKeeperKind;
  /** Minutes without a call after which it locks itself; 0 for never. */
  readonly idleLockMinutes?: number;
  /** The rest is present while it is open. Pages of the profile that is used, and what it may have. */
  readonly room?: { readonly usedBytes: number; readonly capacityBytes: number };
  /** Whether something was changed that a crash could still undo; the next tick writes it. */
  readonly unsaved?: boolean;
  /** Extra flushes that are left today (PIP-3000 §8). */
  readonly extraFlushesLeft?: number;
  /** How many more ticks without this profile everything in it survives; absent where nothing else could overwrite it. */
  readonly marginTicks?: number;
  /** The margin that was left when it was unlocked. */
  readonly marginAtUnlockTicks?: number;
}

/** All passwords that a vault has from now on. What is left out exists no more, or is made worthless. */
export interface VaultPasswords {
  /** Opens the profile that may be shown. */
  readonly decoy: string;
  /** Opens both profiles. */
  readonly hidden?: string;
  /** Opens the decoy and destroys the way into the hidden profile. */
  readonly duress?: string;
}

/** A change that needs all passwords anew. */
export interface VaultChange {
  /** The password that opens most. */
  readonly current: string;
  readonly next: VaultPasswords;
  /** The owner was told that a hidden profile, if there is one, is lost for ever, and agreed. */
  readonly mayDestroyHidden?: true;
}

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
  readonly vault: VaultState;
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
  /** Keepers of mailboxes that have proved to have it; present while it waits there for the recipient (PIP-1006). */
  readonly storedBy?: number;
}

/** A node at the other end of a link. */
export interface MeshPeer {
  readonly nodeId: string;
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
  readonly sinceMs: number;
}

/** What a node is to the mesh (PIP-4001). */
export type MeshRole = 'phone' | 'desktop' | 'bridge' | 'relay';

/** A node's part in the mesh. Numbers only, but for the link that its owner hands out. */
export interface MeshStatus {
  readonly role: MeshRole;
  /** Fewer links, no searches that only refresh, fewer visits to keepers. */
  readonly metered: boolean;
  /** Nobody beyond the local network is linked: everything spreads. */
  readonly island: boolean;
  readonly links: number;
  /** Links that it keeps on its own account. */
  readonly linkTarget: number;
  /** Other nodes that it remembers. */
  readonly remembered: number;
  /** Lists of nodes that its owner took in. */
  readonly lists: number;
  /** Whether it is announced in the local network. */
  readonly lan: 'off' | 'on' | 'failed';
  /** Whether it keeps parcels of its shards for others (PIP-1006). */
  readonly keeper: boolean;
  readonly relay: {
    /** Whether others may be reached through it. */
    readonly offers: boolean;
    readonly reservations: number;
    readonly connections: number;
    /** Relays through which it can be reached itself. */
    readonly reachableThrough: number;
  };
  /** Nodes with which it spreads emergencies. */
  readonly spreading: number;
  /** `pars://node/…`, for whoever is to link with it; absent while it has no address. */
  readonly link?: string;
}

/** A node that is remembered, and how it is known. */
export interface KnownNode {
  /** An address with fingerprint. */
  readonly address: string;
  readonly source: 'user' | 'lan' | 'list' | 'bundle' | 'answer';
  readonly linked: boolean;
  /** The last link that this node opened to it; absent when there was none. */
  readonly lastLinkMs?: number;
}

/** A signed list of nodes that the owner took in. */
export interface NodeListInfo {
  /** Names its signer; for `mesh.list.remove`. */
  readonly key: string;
  readonly nodes: number;
  readonly expiresAtMs: number;
}

/** A meeting over WebRTC that was begun (PIP-1000 §10). It ends with its connection. */
export interface MeshMeeting {
  readonly meetingId: string;
  /** `pars://rtc/…`, to hand to whoever is to be met: an offer or an answer. */
  readonly text: string;
  /** When the text is good for nothing any more. */
  readonly expiresAtMs: number;
}

/** What happens around the node, for whoever watches it. */
export type MeshEvent =
  | { readonly type: 'link'; readonly state: 'up' | 'down'; readonly peer: MeshPeer }
  /** A bundle was found on a stick or in a watched folder. It is imported only on request. */
  | {
      readonly type: 'bundle-offered';
      readonly path: string;
      readonly bytes: number;
    };

/** A radio that this node runs. */
export interface RadioInfo {
  readonly device: string;
  readonly state: 'opening' | 'open';
  readonly failure?: string;
  /** Stations that were heard lately. */
  readonly neighbours: number;
  readonly framesSent: number;
  readonly framesHeard: number;
  readonly airtimeMs: number;
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
  /** Present when whoever opens the file learns where this node can be reached. */
  readonly namesNode?: true;
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
  /** Nodes that the bundle tells where to reach, which are remembered; absent when there are none. */
  readonly nodes?: number;
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
  'vault.status': { readonly params: Nothing; readonly result: VaultStatus };
  /** Makes the vault of this node; it is locked afterwards. Takes seconds, more for a slow disk. */
  'vault.create': {
    readonly params: VaultPasswords & {
      readonly tier: VaultTier;
      /** Where the erasable secret is to lie; the best that answers when absent. */
      readonly keeper?: SecretKeeperKind;
    };
    readonly result: VaultStatus;
  };
  /** Opens what the password opens. A wrong one takes as long. */
  'vault.unlock': {
    readonly params: { readonly password: string };
    readonly result: { readonly identity: 'none' | 'open' };
  };
  /** Writes what waits, and forgets the keys. */
  'vault.lock': { readonly params: Nothing; readonly result: Nothing };
  /** Replaces all passwords; locks first, and is locked afterwards. */
  'vault.passwd': {
    readonly params: VaultChange;
    readonly result: { readonly oldSecretErased: boolean };
  };
  /** Moves everything into a larger vault; locks first, and is locked afterwards. */
  'vault.grow': {
    readonly params: VaultChange & { readonly tier: VaultTier };
    readonly result: { readonly oldDestroyed: boolean };
  };
  /** Reads everything that is open and tells what is damaged. */
  'vault.check': {
    readonly params: Nothing;
    readonly result: { readonly checks: readonly DiagnosticCheck[] };
  };
  /**
   * Destroys the erasable secret at once, forgets all keys and ends the node;
   * with `everything`, whatever the vault holds is random bytes and then gone.
   */
  'vault.panic': {
    readonly params: { readonly everything: boolean };
    readonly result: { readonly secretDestroyed: boolean; readonly erased: boolean };
  };
  /** Makes a new person in what is unlocked; the phrase is shown this once. */
  'id.create': {
    readonly params: { readonly name: string };
    readonly result: { readonly sessionId: string; readonly phrase: string };
  };
  'id.restore': {
    readonly params: { readonly name: string; readonly phrase: string };
    readonly result: { readonly sessionId: string };
  };
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
  /** An address, or a `pars://node/` link: it is remembered. */
  'mesh.dial': { readonly params: { readonly address: string }; readonly result: MeshPeer };
  'mesh.status': { readonly params: Nothing; readonly result: MeshStatus };
  /** The nodes that are remembered; with `search`, after looking for more. */
  'mesh.discover': {
    readonly params: { readonly search: boolean };
    readonly result: { readonly nodes: readonly KnownNode[] };
  };
  'mesh.lists': {
    readonly params: Nothing;
    readonly result: { readonly lists: readonly NodeListInfo[] };
  };
  /** Takes in a signed list of nodes; a newer one of the same signer replaces the older. */
  'mesh.list.add': { readonly params: { readonly text: string }; readonly result: NodeListInfo };
  'mesh.list.remove': { readonly params: { readonly key: string }; readonly result: Nothing };
  'mesh.metered': { readonly params: { readonly metered: boolean }; readonly result: MeshStatus };
  'mesh.radio': {
    readonly params: Nothing;
    readonly result: { readonly radios: readonly RadioInfo[] };
  };
  /** Begins a meeting: a text for whoever is to be met, who answers it with another. */
  'mesh.meet.offer': { readonly params: Nothing; readonly result: MeshMeeting };
  /** Answers an offer that a person handed over. */
  'mesh.meet.answer': { readonly params: { readonly offer: string }; readonly result: MeshMeeting };
  /** Takes the answer to an offer and links, in at most 40 s. A text that is none of its answers leaves the offer good. */
  'mesh.meet.finish': {
    readonly params: { readonly meetingId: string; readonly answer: string };
    readonly result: MeshPeer;
  };
  /** Waits until the answer was used by whoever made the offer: ten minutes at most. */
  'mesh.meet.wait': { readonly params: { readonly meetingId: string }; readonly result: MeshPeer };
  /** Gives a meeting up; a link that is up stays. */
  'mesh.meet.cancel': {
    readonly params: { readonly meetingId: string };
    readonly result: Nothing;
  };
  /**
   * Begins a bundle for these contacts and for whoever knows the passphrase.
   * What waits for the contacts, or for everybody when there are none, is made
   * into parcels and goes first; `carriedOnly` leaves that out and needs nobody
   * to be unlocked. `ownNode` says whether the bundle tells where this node can
   * be reached; by default only one for contacts alone does.
   */
  'bundle.export.begin': {
    readonly params: {
      readonly to?: readonly string[];
      readonly passphrase?: string;
      readonly maxBytes?: number;
      readonly carriedOnly?: boolean;
      readonly ownNode?: boolean;
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
  /** The bundles that are offered; then links that come and go, and bundles that are found. */
  'mesh.watch': { readonly params: Nothing; readonly event: MeshEvent };
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
