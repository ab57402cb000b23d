import type { BlobStore } from '@pars/base';

const BLOB_NAME = 'listen-port';

/**
 * Where to listen when nobody said: on all networks of this machine, or on the
 * machine alone when nothing is to be shown to the network around it. The port
 * is chosen once and kept, because invites name it; when it is taken, a free one
 * is chosen.
 */
export async function defaultListenAddresses(
  blobs: BlobStore,
  lan: boolean,
): Promise<readonly (readonly string[])[]> {
  const kept = await blobs.read(BLOB_NAME);
  const port = kept === undefined ? undefined : portFromBytes(kept);
  const at = (chosen: number) => [`/ip4/${lan ? '0.0.0.0' : '127.0.0.1'}/tcp/${chosen}`];
  return port === undefined ? [at(0)] : [at(port), at(0)];
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

function portFromBytes(bytes: Uint8Array): number | undefined {
  const digits = new TextDecoder().decode(bytes);
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}
