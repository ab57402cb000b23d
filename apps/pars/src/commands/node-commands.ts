import type { NodeStatus } from '@pars/api/client';
import { type Failure, ok, type Result } from '@pars/base/result';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { withNode } from '../node-connection.ts';
import { report } from '../report.ts';
import { textFromBytes } from '../size-text.ts';

/** `pars node status`. */
export async function showStatus(this: CliContext, flags: CommonFlags): Promise<void> {
  const status = await withNode(this, flags, (client, signal) =>
    client.call('node.status', {}, signal),
  );
  const carried = carriedText(status);
  report(this, flags, status, (node) => [
    `version   ${node.version}`,
    `suite     ${node.suite}`,
    `node      ${node.nodeId}`,
    `vault     ${node.vault}`,
    `identity  ${node.identity}`,
    `peers     ${node.peerCount}`,
    ...(carried === undefined ? [] : [`carries   ${carried}`]),
    `uptime    ${Math.round(node.uptimeMs / 1_000)} s`,
    ...node.addresses.map((address) => `address   ${address}`),
  ]);
}

/** `pars node stop`: returns when the node has closed everything. */
export async function stopNode(this: CliContext, flags: CommonFlags): Promise<void> {
  const stopped = await withNode(this, flags, async (client, signal) => {
    const answer = await client.call('node.stop', {}, signal);
    if (!answer.ok) return answer;
    await client.closed;
    return ok({ stopped: true });
  });
  report(this, flags, stopped, () => ['stopped']);
}

/** What the node carries, for people. */
function carriedText(status: Result<NodeStatus, Failure>): string | undefined {
  const carrying = status.ok ? status.value.carrying : undefined;
  if (carrying === undefined) return undefined;
  const { bytes, capacityBytes, parcels } = carrying;
  const what = `${parcels} ${parcels === 1 ? 'parcel' : 'parcels'}`;
  return `${what}, ${textFromBytes(bytes)} of ${textFromBytes(capacityBytes)}`;
}
