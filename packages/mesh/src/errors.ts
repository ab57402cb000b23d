import { type Err, err, type Failure } from '@pars/base';

/** Failure codes of the mesh. `meta` never holds an address, a node id or a key. */
export type MeshFailureCode =
  /** The first bytes name a suite other than 1: not a Pars node, or a newer one. Drop the connection; there is nothing to negotiate. */
  | 'mesh/unknown-suite'
  /** Suite 1, but another version of the link. Update the older side. */
  | 'mesh/unknown-version'
  /** A message that this state does not allow: replayed, reordered, sent to the wrong role, or after the end. Drop the connection. */
  | 'mesh/unexpected-message'
  /** A message is shorter or longer than its type says. Drop the connection. */
  | 'mesh/bad-length'
  /** An ephemeral key or a KEM ciphertext is no valid one (PIP-2000 §3). Drop the connection. */
  | 'mesh/bad-key'
  /** The cookie was not made here, for this return path and key, in this or the last minute. Drop it; an honest dialer dials again. */
  | 'mesh/bad-cookie'
  /** The puzzle's answer does not fit. Drop the connection. */
  | 'mesh/bad-puzzle'
  /** The responder asks for more work than PIP-1000 §5 allows. Dial another node. */
  | 'mesh/puzzle-too-hard'
  /** A handshake message does not decrypt: changed on the way, or another session's. Drop the connection and dial again. */
  | 'mesh/decrypt-failed'
  /** An authenticated identity payload breaks its layout. The other side is faulty. */
  | 'mesh/bad-payload'
  /** The node key does not sign this handshake. Someone claims a key that is not theirs. */
  | 'mesh/bad-signature'
  /** The node at that address is another one than asked for. Look for a newer address of the wanted node. */
  | 'mesh/wrong-peer'
  /** A node id that we know came with another hybrid key: its classical half was broken or copied. Do not trust that node; ask its owner. */
  | 'mesh/key-changed'
  /** The other end has our own node key: we dialled ourselves, or a key was copied. Forget the address. */
  | 'mesh/self-dial'
  /** A frame is changed, replayed, reordered or not padded as PIP-1000 §7 says. The link is closed; dial again. */
  | 'mesh/frame-refused'
  /** The bytes ended inside a frame. The link is closed; dial again. */
  | 'mesh/frame-truncated'
  /** 2^48 frames were sent in one direction. The link is closed; dial again. */
  | 'mesh/counter-exhausted'
  /** The handshake did not end in time. Try again later, or another node. */
  | 'mesh/handshake-timeout'
  /** The other side closed during the handshake: it refused us, is full, or the path broke. */
  | 'mesh/handshake-closed'
  /** Too many half-open handshakes: the oldest one of the busiest source gave way. An honest dialer dials again. */
  | 'mesh/half-open-evicted'
  /** The other node asks more of our multiplexer than an honest one does: frames beyond any window, floods of pings or streams, answers that it never reads. The link is closed. */
  | 'mesh/muxer-abuse'
  /** A connection came up that did not pass through the link handshake. It was closed; report a bug. */
  | 'mesh/unprotected-connection'
  /** The address is not one this host can dial. Fix the address. */
  | 'mesh/bad-address'
  /** Nothing answers at the address. Try later, or another address. */
  | 'mesh/unreachable'
  /** The caller's signal ended the wait. */
  | 'mesh/aborted'
  /** No link to that node is open. Dial it first. */
  | 'mesh/not-connected'
  /** The other node does not serve the protocol. Ask for another, or another node. */
  | 'mesh/unsupported-protocol'
  /** A bound on concurrent streams is reached. Close some, or wait. */
  | 'mesh/too-many-streams'
  /** A bound on links (in all, or with one node) is reached. Close some, or wait. */
  | 'mesh/too-many-links'
  /** The stream broke: the link went down or the other side reset it. Open another. */
  | 'mesh/stream-broken'
  /** The host was stopped. */
  | 'mesh/stopped'
  /** A parcel breaks its layout, or its body is not the one it names. Drop it; whoever sent it is faulty. */
  | 'mesh/bad-parcel'
  /** The parcel's time is over. Drop it. */
  | 'mesh/parcel-expired'
  /** The parcel asks for a longer life than its priority has, or one of the clocks is wrong. Drop it. */
  | 'mesh/parcel-too-long-lived'
  /** The parcel's postage is below what the network asks for. Drop it; a sender pays more. */
  | 'mesh/underpaid'
  /** The work of the parcel's postage was not done. Drop it; whoever made it is faulty. */
  | 'mesh/bad-postage'
  /** A token breaks its layout. Whoever gave it is faulty; pay with work. */
  | 'mesh/bad-token'
  /** A token is for another day, shard, size or priority than the parcel. Take another one, or pay with work. */
  | 'mesh/token-mismatch'
  /** The token has already paid for another parcel here. Drop it; whoever holds the token may have used it twice, the neighbour may be honest. */
  | 'mesh/token-spent'
  /** The store cannot remember more tokens of that day, and so takes none. Offer it to another node, or pay with work. */
  | 'mesh/token-limit'
  /** The store holds as much of this source, or of this class of postage, as it may. Offer it to another node, or pay more. */
  | 'mesh/parcel-over-quota'
  /** The store is full of parcels that paid as much or more. Offer it to another node, or pay more. */
  | 'mesh/parcel-store-full'
  /** The store was made with another local key. Open it with that key, or give it another place. */
  | 'mesh/parcel-store-key'
  /** A custody receipt breaks its layout, or its proof does not fit. Ignore it; the hop is faulty. */
  | 'mesh/bad-receipt'
  /** A custody receipt for a parcel that was not handed to this hop, or so long ago that it is forgotten. Ignore it. */
  | 'mesh/unknown-receipt'
  /** A custody receipt takes back what the hop said before, or promises more than the parcel's life. Ignore it; the first word stands. */
  | 'mesh/contradictory-receipt'
  /** A message of a sync breaks its layout, or answers what was not asked. Close the stream; the other node is faulty. */
  | 'mesh/bad-sync-message'
  /** A sync has cost its whole allowance without bringing parcels. Close the stream, and do not sync with that node for a while. */
  | 'mesh/sync-exhausted'
  /** A sync has come no further for too long. Begin it anew later, or with another node. */
  | 'mesh/sync-stalled'
  /** No key at hand opens the file: random bytes, another recipient's bundle, a wrong passphrase, or both heads are damaged; nothing tells which. Try another key, or ask for a new copy. */
  | 'mesh/bundle-not-ours'
  /** The bundle's time is over. Nothing of it was used; ask for a newer one. */
  | 'mesh/bundle-expired'
  /** The bundle says that it was made in the future, or would be good for too long. Nothing of it was used; check the clock. */
  | 'mesh/bundle-future-dated'
  /** The first chunk holds no statement, or a statement is not signed by whom it names. Whoever made the bundle is faulty, or a recipient changed it. */
  | 'mesh/bundle-bad-signature'
  /** A chunk is not the one that the exporter signed: another recipient has changed it. What was taken before proves itself. */
  | 'mesh/bundle-forged'
  /** Two statements, or two markers of a space, contradict each other. The first one stands. */
  | 'mesh/bundle-contradiction'
  /** The bundle goes on beyond 2^20 chunks. The rest is ignored. */
  | 'mesh/bundle-too-large'
  /** A record breaks the layout of its kind. It is skipped; the rest is good. */
  | 'mesh/bad-bundle-record'
  /** A message of gossip breaks its layout, or is one that was not asked for. Count it against the neighbour; close the link when it happens again. */
  | 'mesh/bad-gossip-message'
  /** A neighbour sends more of a kind (`what`) than its budget. The rest is dropped; prefer other neighbours, and close the link when it goes on. */
  | 'mesh/gossip-flood'
  /** A neighbour tells of parcels and does not deliver them. Others are asked first; close the link when it goes on. */
  | 'mesh/gossip-withheld'
  /** A message between a node and a keeper breaks its layout, or was not asked for. Close the stream; ask another keeper. */
  | 'mesh/bad-keeper-message'
  /** A node asks a keeper for more than its budget. The rest is dropped; close the stream when it goes on. */
  | 'mesh/keeper-flood'
  /** A keeper lists parcels, or says that it has them, and neither gives nor proves them. Leave it alone for a day; others have copies. */
  | 'mesh/keeper-withheld'
  /** The relay takes no more reservations or connections. Ask another relay. */
  | 'mesh/relay-full'
  /** This node, or the network it comes from, asks more of the relay than its share. Wait, or ask another relay. */
  | 'mesh/relay-busy'
  /** The wanted node holds no reservation at the relay, or does not answer it. Look for a newer address. */
  | 'mesh/relay-no-target'
  /** The relay does not serve this node: it relays no more, or the node came through a relay itself. Ask another relay. */
  | 'mesh/relay-refused'
  /** The relay, or who asks it, said nothing in time. Ask another relay. */
  | 'mesh/relay-silent'
  /** A message to or from a relay breaks its layout. Whoever sent it is faulty. */
  | 'mesh/bad-relay-message'
  /** A relayed connection has used up its bytes or its time, or nothing crossed it for too long. Dial again. */
  | 'mesh/relay-spent'
  /** A `pars://rtc/` text breaks its layout, or its check does not fit: a typing error, or a damaged code. Ask for it again. */
  | 'mesh/bad-signal'
  /** The offer was answered before, or has had its answer. Begin a new meeting. */
  | 'mesh/signal-replayed'
  /** The answer belongs to another offer, or an offer stands where an answer should. The offer stays good for its own answer. */
  | 'mesh/signal-mismatch'
  /** Ten minutes have passed since the offer. Begin a new meeting. */
  | 'mesh/signal-expired'
  /** Eight meetings over WebRTC are under way. Finish or give up one. */
  | 'mesh/too-many-signals'
  /** This platform has no WebRTC: its binary is not installed, or the browser has none. Meet in another way. */
  | 'mesh/rtc-unavailable'
  /** The WebRTC of the platform failed. Begin a new meeting. */
  | 'mesh/rtc-failed'
  /** The parcel is of no class that spreads epidemically here and now. Bring it to the keepers of its shard instead. */
  | 'mesh/not-gossiped'
  /** An address is not one to dial on that word (`scope`): a stranger's that is not public, a name from a stranger. Ignore it; the rest of what came with it may be good. */
  | 'mesh/address-refused'
  /** A message of the search for nodes breaks its layout, or answers what was not asked. Close the stream; ask another node. */
  | 'mesh/bad-find-message'
  /** A node answers no questions about others: it serves nobody, or was asked too often. Ask another one. */
  | 'mesh/find-refused'
  /** A `pars://node/` link breaks its layout, or its check does not fit: a typing error. Ask for it again. */
  | 'mesh/bad-node-link'
  /** A record of a node breaks its layout, or is not signed by whom it names. Drop it. */
  | 'mesh/bad-node-record'
  /** A record of a node is older than 30 days, or from the future. Drop it; check the clock. */
  | 'mesh/stale-node-record'
  /** A list of nodes breaks its layout or a bound, or is not signed by its key. Ask its maker for it again. */
  | 'mesh/bad-node-list'
  /** A list of nodes whose time is over, has not begun, or is too long. Ask for a newer one; check the clock. */
  | 'mesh/stale-node-list'
  /** A list of nodes of this key was seen with a higher serial number, or the same with other content. Keep the one at hand. */
  | 'mesh/outdated-node-list'
  /** The remembered nodes do not decode. They are forgotten; others give new ones. */
  | 'mesh/bad-peer-book'
  /** A `pars://radio/` link breaks its layout, or its check does not fit: a typing error. Type it again. */
  | 'mesh/bad-radio-key'
  /** A message of a radio group breaks its layout, although its frame is sealed with the group's key. Ignore it; a station is faulty. */
  | 'mesh/bad-radio-message'
  /** A picture holds a QR code that is no frame of a Pars stream, or one that was read wrongly. Take the next picture. */
  | 'mesh/bad-qr-frame'
  /** An object is too large for a stream of QR codes (`meta.maxBytes`). Send less, or use a file. */
  | 'mesh/qr-object-too-large'
  /** A stream of QR codes came out as another object than it says, four times. Begin it again at the other device. */
  | 'mesh/qr-object-damaged';

/** A failure of this package. */
export type MeshFailure = Failure<MeshFailureCode>;

/** {@link err} with the code checked against {@link MeshFailureCode}. */
export function meshErr(
  code: MeshFailureCode,
  meta?: Readonly<Record<string, string | number | boolean>>,
): Err<MeshFailure> {
  return err(code, meta);
}
