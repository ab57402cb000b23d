import type { BlobStore } from '@pars/base';

const BLOB_NAME = 'listen-port';

/**
 * Where to listen when nobody said: on this machine alone, so that starting a
 * node shows nothing to the network around it. The port is chosen once and
 * kept, because invites name it; when it is taken, a free one is chosen.
 */
export async function defaultListenAddresses(
  blobs: BlobStore,
): Promise<readonly (readonly string[])[]> {
  const kept = await blobs.read(BLOB_NAME);
  const port = kept === undefined ? undefined : portFromBytes(kept);
  const anyPort = [loopback(0)];
  return port === undefined ? [anyPort] : [[loopback(port)], anyPort];
}

/** Keeps the port that was bound for the next start. */
export async function keepListenPort(
  blobs: BlobStore,
  addresses: readonly string[],
): Promise<void> {
  const bound = addresses
    .map((address) => /^\/ip4\/127\.0\.0\.1\/tcp\/(\d{1,5})(\/|$)/.exec(address)?.[1])
    .find((digits) => digits !== undefined);
  if (bound === undefined) return;
  const kept = await blobs.read(BLOB_NAME);
  if (kept !== undefined && portFromBytes(kept) === Number(bound)) return;
  await blobs.replace(BLOB_NAME, new TextEncoder().encode(bound));
}

/** Why nothing could listen, from the error of the transport, which holds the reason in its text only. */
export function listenFailureReason(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error();
  const code = /\b(EACCES|EADDRINUSE|EADDRNOTAVAIL)\b/.exec(message)?.[1];
  if (code !== undefined) return code;
  const isForm = /Multiaddr|Protocol/.test(name) || message.includes('No transport');
  return isForm ? 'unusable-address' : 'unknown';
}

function loopback(port: number): string {
  return `/ip4/127.0.0.1/tcp/${port}`;
}

function portFromBytes(bytes: Uint8Array): number | undefined {
  const digits = new TextDecoder().decode(bytes);
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}
