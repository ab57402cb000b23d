import type { MeshPeer } from '@pars/api/client';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { withNode } from '../node-connection.ts';
import { report } from '../report.ts';

/** `pars mesh peers`. */
export async function listPeers(this: CliContext, flags: CommonFlags): Promise<void> {
  const listed = await withNode(this, flags, (client, signal) =>
    client.call('mesh.peers', {}, signal),
  );
  report(this, flags, listed, ({ peers }) => peers.map(lineFromPeer));
}

/** `pars mesh dial ADDRESS`. */
export async function dialPeer(
  this: CliContext,
  flags: CommonFlags,
  address: string,
): Promise<void> {
  const dialled = await withNode(this, flags, (client, signal) =>
    client.call('mesh.dial', { address }, signal),
  );
  report(this, flags, dialled, (peer) => [lineFromPeer(peer)]);
}

function lineFromPeer({ nodeId, direction, address }: MeshPeer): string {
  return `${nodeId}  ${direction.padEnd(8)}  ${address}`;
}
