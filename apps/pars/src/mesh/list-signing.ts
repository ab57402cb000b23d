import { base64url, err, expose, type Failure, ok, type Result, redact } from '@pars/base';
import { createSuite, type HybridSignerKey, SIGNING_SEED_LENGTH } from '@pars/crypto';
import {
  checkRoute,
  linkAddressFromText,
  linkAddressToText,
  nodeLinkAddresses,
  nodeLinkFromText,
  readNodeList,
  signNodeList,
} from '@pars/mesh';
import { createNodeCryptoProvider, systemRandom } from '@pars/platform-node/crypto';

/** Who signs lists of nodes. */
export interface ListSigner {
  readonly key: HybridSignerKey;
  /** What the key's file is to hold, when the key was just made. It is the secret. */
  readonly newKeyText?: string;
}

/** A signed list, as `pars mesh list make` gives it. */
export interface SignedList {
  readonly key: string;
  readonly nodes: number;
  readonly expiresAtMs: number;
  readonly text: string;
}

const suite = createSuite({ provider: createNodeCryptoProvider(), random: systemRandom });

/** The signer of a key's file, or a new one when there is no file. Code: `cli/bad-list-key`. */
export async function createListSigner(
  file: string | undefined,
): Promise<Result<ListSigner, Failure>> {
  const read = file === undefined ? suite.signature.generateSeed() : seedFromText(file);
  if (read === undefined) return err('cli/bad-list-key');
  const key = await suite.signature.signerFromSeed(read);
  if (file !== undefined) return ok({ key });
  return ok({ key, newKeyText: `${KEY_PREFIX}${base64url.encode(expose(read))}\n` });
}

/**
 * Signs a list of these addresses with fingerprints and `pars://node/` links
 * (PIP-1005 §11), and reads it as its receivers will. The serial number is the
 * second of its making, so that a later list is a newer one. Codes:
 * `cli/bad-list-address`, `mesh/bad-node-list`, `mesh/stale-node-list`.
 */
export async function signList(
  { key }: ListSigner,
  texts: readonly string[],
  { days, nowMs }: { readonly days: number; readonly nowMs: number },
): Promise<Result<SignedList, Failure>> {
  const addresses: string[] = [];
  for (const [index, text] of texts.entries()) {
    const address = addressFromText(text.trim());
    if (address === undefined) return err('cli/bad-list-address', { index });
    addresses.push(address);
  }
  const madeMs = Math.floor(nowMs / 1_000) * 1_000;
  const text = await signNodeList(suite, key, {
    serial: madeMs / 1_000,
    madeMs,
    expiresMs: madeMs + days * DAY_MS,
    addresses,
  });
  const read = await readNodeList(suite, text, nowMs);
  if (!read.ok) return read;
  const { addresses: nodes, expiresMs, key: name } = read.value;
  return ok({ key: name, nodes: nodes.length, expiresAtMs: expiresMs, text });
}

/** The first address that others may dial on a list's word; `undefined` when there is none. */
function addressFromText(text: string): string | undefined {
  const link = nodeLinkFromText(suite.symmetric, text);
  return (link.ok ? nodeLinkAddresses(link.value) : [text]).flatMap((one) => {
    const read = linkAddressFromText(one);
    const isGood =
      read.ok && read.value.fingerprint !== undefined && checkRoute(read.value.route, 'list').ok;
    return isGood ? [linkAddressToText(read.value)] : [];
  })[0];
}

function seedFromText(text: string): ReturnType<typeof redact<Uint8Array>> | undefined {
  const line = text.split(/\r?\n/, 1)[0] ?? '';
  if (!line.startsWith(KEY_PREFIX)) return undefined;
  const bytes = base64url.decode(line.slice(KEY_PREFIX.length), { maxBytes: SIGNING_SEED_LENGTH });
  return bytes.ok && bytes.value.length === SIGNING_SEED_LENGTH ? redact(bytes.value) : undefined;
}

const KEY_PREFIX = 'pars-list-key 1 ';
const DAY_MS = 86_400_000;
