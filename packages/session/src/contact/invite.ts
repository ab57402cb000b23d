import {
  base32,
  concatBytes,
  createCodec,
  equalBytes,
  err,
  expose,
  type Failure,
  ok,
  ParsError,
  type Redacted,
  type Result,
  redact,
  schema,
} from '@pars/base';
import type { Suite } from '@pars/crypto';
import { linkAddressFromText } from '@pars/mesh';
import {
  FORMAT_VERSION,
  MAX_ADDRESS_BYTES,
  MAX_ADDRESSES,
  MAX_INVITE_CHARACTERS,
  SUITE_ID,
} from '../limits.ts';
import { slotSchema, slotToMs } from '../slot.ts';
import { areAddresses, selectAddresses } from './endpoint.ts';

/** An invite may be used this long after it was made: 7 days (PIP-5000 §5). */
export const INVITE_LIFE_MS: number = 7 * 86_400_000;

/** What one person hands to another (PIP-5000 §5). */
export interface Invite {
  /** 32 bytes. */
  readonly cardHash: Uint8Array;
  /** 32 random bytes; they never cross a wire. */
  readonly secret: Redacted<Uint8Array>;
  /** 32 bytes: the key id of the one-time key. */
  readonly oneTimeKeyId: Uint8Array;
  /** Addresses of the inviter's node, best first, at most 4. */
  readonly addresses: readonly string[];
  readonly expiresSlot: number;
}

/**
 * The invite as text, at most 800 characters. Addresses that are unusable, do
 * not fit or lead to another node than the first one are left out.
 */
export function formatInvite(suite: Pick<Suite, 'symmetric'>, invite: Invite): string {
  const { node, routes } = splitAddresses(selectAddresses(invite.addresses));
  for (;;) {
    const text = formatWith(suite, invite, { node, routes });
    if (text.length <= MAX_INVITE_CHARACTERS) return text;
    if (routes.pop() === undefined) throw new ParsError('session/invite-size');
  }
}

/**
 * Reads an invite in any case of letters. Total. Codes:
 * `session/invite-malformed`, `session/invite-expired`,
 * `session/unknown-version`, `session/unknown-suite`.
 */
export function parseInvite(
  suite: Pick<Suite, 'symmetric'>,
  text: string,
  nowMs: number,
): Result<Invite, Failure> {
  if (text.length > MAX_INVITE_CHARACTERS) return err('session/invite-malformed');
  const lower = text.toLowerCase();
  if (!lower.startsWith(PREFIX)) return err('session/invite-malformed');
  const bytes = base32.decode(lower.slice(PREFIX.length), { maxBytes: MAX_BYTES });
  if (!bytes.ok || bytes.value.length <= CHECKSUM_BYTES) return err('session/invite-malformed');
  const body = bytes.value.subarray(0, -CHECKSUM_BYTES);
  if (!equalBytes(checksum(suite, body), bytes.value.subarray(-CHECKSUM_BYTES))) {
    return err('session/invite-malformed');
  }
  const decoded = codec.decode(body);
  if (!decoded.ok) return err('session/invite-malformed');
  const { version, suite: suiteId, secret, node, routes, ...rest } = decoded.value;
  if (version !== FORMAT_VERSION) return err('session/unknown-version');
  if (suiteId !== SUITE_ID) return err('session/unknown-suite');
  const addresses = routes.map((route) => route + node);
  if (!areAddresses(addresses)) return err('session/invite-malformed');
  if (slotToMs(rest.expiresSlot) <= nowMs) return err('session/invite-expired');
  return ok({ ...rest, addresses, secret: redact(secret) });
}

/**
 * Proves knowledge of an invite's secret over one link (PIP-5000 §5): 32 bytes
 * that are worth nothing between any other two nodes.
 */
export function computeInviteProof(
  suite: Pick<Suite, 'symmetric'>,
  secret: Redacted<Uint8Array>,
  link: { readonly inviterNodeId: string; readonly newcomerNodeId: string },
): Uint8Array {
  const inviter = utf8.encode(link.inviterNodeId);
  const newcomer = utf8.encode(link.newcomerNodeId);
  const salt = suite.symmetric.sha3(u16(inviter.length), inviter, u16(newcomer.length), newcomer);
  return suite.symmetric.hkdf(expose(secret), salt, PROOF_LABEL, 32);
}

/** What all addresses of a node end with, its id and key fingerprint, stands in the invite once. */
function splitAddresses(addresses: readonly string[]): { node: string; routes: string[] } {
  const split = addresses.flatMap((text) => {
    const address = linkAddressFromText(text);
    if (!address.ok) return [];
    const { route } = address.value;
    return [{ route, node: text.slice(route.length) }];
  });
  const node = split[0]?.node ?? '';
  return { node, routes: split.filter((one) => one.node === node).map(({ route }) => route) };
}

function formatWith(
  suite: Pick<Suite, 'symmetric'>,
  invite: Invite,
  where: { readonly node: string; readonly routes: readonly string[] },
): string {
  const body = codec.encode({
    version: FORMAT_VERSION,
    suite: SUITE_ID,
    cardHash: invite.cardHash,
    secret: expose(invite.secret),
    oneTimeKeyId: invite.oneTimeKeyId,
    node: where.node,
    routes: where.routes,
    expiresSlot: invite.expiresSlot,
  });
  return PREFIX + base32.encode(concatBytes(body, checksum(suite, body)));
}

function checksum(suite: Pick<Suite, 'symmetric'>, body: Uint8Array): Uint8Array {
  return suite.symmetric.sha3(CHECKSUM_LABEL, body).subarray(0, CHECKSUM_BYTES);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

const utf8 = new TextEncoder();
const PREFIX = 'pars://invite/';
const CHECKSUM_LABEL = utf8.encode('pars/1 invite checksum');
const PROOF_LABEL = utf8.encode('pars/1 invite proof');
const CHECKSUM_BYTES = 4;
/** 800 characters less the prefix, at five bits each. */
const MAX_BYTES = Math.floor(((MAX_INVITE_CHARACTERS - PREFIX.length) * 5) / 8);

const codec = createCodec(
  'session/invite',
  schema.struct({
    version: [1, schema.uint({ max: 255 })],
    suite: [2, schema.uint({ max: 255 })],
    cardHash: [3, schema.bytes({ length: 32 })],
    secret: [4, schema.bytes({ length: 32 })],
    oneTimeKeyId: [5, schema.bytes({ length: 32 })],
    node: [6, schema.text({ maxBytes: MAX_ADDRESS_BYTES })],
    routes: [
      7,
      schema.array(schema.text({ min: 1, maxBytes: MAX_ADDRESS_BYTES }), { max: MAX_ADDRESSES }),
    ],
    expiresSlot: [8, slotSchema],
  }),
  { maxBytes: 1_024 },
);
