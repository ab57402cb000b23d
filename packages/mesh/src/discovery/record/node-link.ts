import {
  base32,
  base64url,
  concatBytes,
  ok,
  type Result,
  utf8FromBytes,
  utf8ToBytes,
} from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../../errors.ts';
import { linkAddressFromText } from '../../link-address.ts';
import type { KeyFingerprint } from '../../node-id.ts';
import { lastingRoute } from '../../relay/relay-route.ts';

/** What a `pars://node/` link says: one node, and where it can be dialled. */
export interface NodeLink {
  readonly fingerprint: KeyFingerprint;
  /** 1 to 8, each of 1 to 255 characters, without fingerprint, and without node id unless relayed; each once. */
  readonly routes: readonly string[];
}

const prefix = 'pars://node/';
const label = utf8ToBytes('pars/1 node link');
const version = 1;
const maxRoutes = 8;
const maxRouteLength = 255;
const checkLength = 4;
const maxBytes = 1 + 32 + 1 + maxRoutes * (1 + maxRouteLength) + checkLength;

/**
 * The link of a node's addresses (PIP-1005 §9), at most 2,792 characters.
 * Addresses of another node than the first, without a fingerprint, too long,
 * or beyond the eighth are left out; `undefined` when none is left.
 */
export function nodeLinkFromAddresses(
  symmetric: Pick<SymmetricPrimitives, 'sha3'>,
  addresses: readonly string[],
): string | undefined {
  const read = addresses.flatMap((text) => {
    const address = linkAddressFromText(text);
    if (!address.ok) return [];
    const route = lastingRoute(address.value);
    return route.length <= maxRouteLength ? [{ ...address.value, route }] : [];
  });
  const fingerprint = read.find((one) => one.fingerprint !== undefined)?.fingerprint;
  if (fingerprint === undefined) return undefined;
  const own = read.filter((one) => one.fingerprint === fingerprint).map(({ route }) => route);
  return nodeLinkToText(symmetric, { fingerprint, routes: [...new Set(own)].slice(0, maxRoutes) });
}

/** The text of a link that keeps to the bounds of its type. */
export function nodeLinkToText(
  symmetric: Pick<SymmetricPrimitives, 'sha3'>,
  { fingerprint, routes }: NodeLink,
): string {
  const place = base32.decode(fingerprint, { maxBytes: 32 });
  const body = concatBytes(
    Uint8Array.of(version),
    place.ok ? place.value : new Uint8Array(32),
    Uint8Array.of(routes.length),
    ...routes.flatMap((route) => [Uint8Array.of(route.length), utf8ToBytes(route)]),
  );
  return prefix + base64url.encode(concatBytes(body, checkOf(symmetric, body)));
}

/** Reads a link. Total, one text for each; code: `mesh/bad-node-link`. What it says is the word of whoever gave it. */
export function nodeLinkFromText(
  symmetric: Pick<SymmetricPrimitives, 'sha3'>,
  text: string,
): Result<NodeLink, MeshFailure> {
  if (!text.startsWith(prefix)) return bad('prefix');
  const bytes = base64url.decode(text.slice(prefix.length), { maxBytes });
  if (!bytes.ok || bytes.value.length < 1 + 32 + 1 + 2 + checkLength) return bad('encoding');
  const body = bytes.value.subarray(0, -checkLength);
  const check = checkOf(symmetric, body);
  if (check.some((byte, at) => byte !== bytes.value[body.length + at])) return bad('check');
  if (body[0] !== version) return bad('version');
  const count = body[33] ?? 0;
  if (count < 1 || count > maxRoutes) return bad('count');
  const routes: string[] = [];
  let at = 34;
  for (let index = 0; index < count; index += 1) {
    const end = at + 1 + (body[at] ?? 0);
    const route = end > body.length ? undefined : utf8FromBytes(body.subarray(at + 1, end));
    if (route?.ok !== true || routes.includes(route.value) || !isRoute(route.value))
      return bad('route');
    routes.push(route.value);
    at = end;
  }
  if (at !== body.length) return bad('end');
  return ok({ fingerprint: base32.encode(body.subarray(1, 33)) as KeyFingerprint, routes });
}

/** The addresses to dial. */
export function nodeLinkAddresses({ fingerprint, routes }: NodeLink): readonly string[] {
  return routes.map((route) => `${route}#${fingerprint}`);
}

/** Whether it is the route of an address, with the node id where it is relayed, and nothing beside it. */
function isRoute(text: string): boolean {
  const address = linkAddressFromText(text);
  return address.ok && (address.value.route === text || lastingRoute(address.value) === text);
}

function checkOf(symmetric: Pick<SymmetricPrimitives, 'sha3'>, body: Uint8Array): Uint8Array {
  return symmetric.sha3(label, body).subarray(0, checkLength);
}

function bad(what: string): Result<never, MeshFailure> {
  return meshErr('mesh/bad-node-link', { what });
}
