import { base32, base64url, ok, type Result, utf8ToBytes } from '@pars/base';
import { type HybridSignerKey, SUITE_ID, type Suite } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../../errors.ts';
import { linkAddressFromText, linkAddressToText } from '../../link-address.ts';
import type { KeyFingerprint } from '../../node-id.ts';
import { checkRoute } from '../address/index.ts';

/** A bootstrap list: nodes that somebody vouches for, under a key that the owner of a node has added (PIP-1005 §11). */
export interface NodeList {
  /** SHA3-256 of the list's key: what an owner adds, and may remove. */
  readonly key: KeyFingerprint;
  /** A newer list has a higher one: 1 to 2^32 - 1. */
  readonly serial: number;
  /** Milliseconds since 1970; whole seconds. */
  readonly madeMs: number;
  readonly expiresMs: number;
  /** 1 to 256 addresses with fingerprints; IP addresses are public. */
  readonly addresses: readonly string[];
}

/** Longest text of a list in bytes. */
export const maxNodeListLength = 262_144;
const maxAddresses = 256;
const maxLifeMs = 366 * 86_400_000;
const aheadMs = 86_400_000;
const context = 'pars/1 node list';
const magic = `pars-nodes ${SUITE_ID} 1`;

/**
 * The signed text of a list. What breaks a bound is a bug of the caller and
 * comes out as a text that {@link readNodeList} refuses.
 */
export async function signNodeList(
  suite: Pick<Suite, 'signature'>,
  signer: HybridSignerKey,
  list: Omit<NodeList, 'key'>,
): Promise<string> {
  const body = [
    magic,
    `serial ${list.serial}`,
    `made ${Math.floor(list.madeMs / 1_000)}`,
    `expires ${Math.floor(list.expiresMs / 1_000)}`,
    ...list.addresses.map((address) => `node ${address}`),
    `key ${base64url.encode(signer.publicKey.bytes)}`,
    '',
  ].join('\n');
  const signature = await suite.signature.sign(signer, context, utf8ToBytes(body));
  return `${body}signature ${base64url.encode(signature)}\n`;
}

/**
 * Reads a list and checks its signature, dates and every address. Total.
 * Codes: `mesh/bad-node-list`, `mesh/stale-node-list`. The result says which
 * key signed: whether that one is trusted is for the caller to say.
 */
export async function readNodeList(
  suite: Pick<Suite, 'signature' | 'symmetric'>,
  text: string,
  nowMs: number,
): Promise<Result<NodeList, MeshFailure>> {
  if (text.length > maxNodeListLength) return bad('length');
  const at = text.lastIndexOf('\nsignature ') + 1;
  const body = text.slice(0, at);
  const lines = body.split('\n');
  const signature = bytesOf(/^signature ([\w-]+)\n$/.exec(text.slice(at)), 4_691);
  const key = bytesOf(/^key ([\w-]+)$/.exec(lines.at(-2) ?? ''), 2_624);
  if (lines[0] !== magic || lines.at(-1) !== '' || signature === undefined || key === undefined) {
    return bad('layout');
  }
  const serial = numberOf(lines[1], 'serial', 2 ** 32 - 1);
  const madeMs = 1_000 * (numberOf(lines[2], 'made', 2 ** 40) ?? 0);
  const expiresMs = 1_000 * (numberOf(lines[3], 'expires', 2 ** 40) ?? 0);
  if (serial === undefined || madeMs === 0 || expiresMs <= madeMs) return bad('head');
  const addresses = lines.slice(4, -2).map((line) => addressOf(line));
  if (
    addresses.length < 1 ||
    addresses.length > maxAddresses ||
    new Set(addresses).size < addresses.length
  ) {
    return bad('count');
  }
  const good = addresses.filter((address) => address !== undefined);
  if (good.length < addresses.length) return bad('address');
  if (expiresMs - madeMs > maxLifeMs || nowMs >= expiresMs || madeMs > nowMs + aheadMs) {
    return meshErr('mesh/stale-node-list');
  }
  const verifier = await suite.signature.verifierFromBytes(key);
  const isSigned =
    verifier.ok &&
    (await suite.signature.verify(verifier.value, context, utf8ToBytes(body), signature));
  if (!isSigned) return bad('signature');
  const fingerprint = base32.encode(suite.symmetric.sha3(key)) as KeyFingerprint;
  return ok({ key: fingerprint, serial, madeMs, expiresMs, addresses: good });
}

/** Whether a list may take the place of the one at hand of the same key: `mesh/outdated-node-list` if not. */
export function mayReplaceList(kept: NodeList, next: NodeList): Result<void, MeshFailure> {
  return next.serial > kept.serial ? ok(undefined) : meshErr('mesh/outdated-node-list');
}

function addressOf(line: string): string | undefined {
  const text = /^node (\S+)$/.exec(line)?.[1];
  const address = text === undefined ? undefined : linkAddressFromText(text);
  if (address?.ok !== true || address.value.fingerprint === undefined) return undefined;
  return checkRoute(address.value.route, 'list').ok ? linkAddressToText(address.value) : undefined;
}

function numberOf(line: string | undefined, name: string, max: number): number | undefined {
  const digits = /^[a-z]+ ([1-9]\d{0,12})$/.exec(line ?? '')?.[1];
  if (digits === undefined || line !== `${name} ${digits}`) return undefined;
  return Number(digits) <= max ? Number(digits) : undefined;
}

function bytesOf(match: RegExpExecArray | null, length: number): Uint8Array | undefined {
  const bytes = base64url.decode(match?.[1] ?? '', { maxBytes: length });
  return bytes.ok && bytes.value.length === length ? bytes.value : undefined;
}

function bad(what: string): Result<never, MeshFailure> {
  return meshErr('mesh/bad-node-list', { what });
}
