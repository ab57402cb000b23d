import type { NodeStatus } from '@pars/api/client';
import { type Failure, ok, type Result } from '@pars/base/result';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { withNode } from '../node-connection.ts';
import { report } from '../report.ts';

/** `pars node status`. */
export async function showStatus(this: CliContext, flags: CommonFlags): Promise<void> {
  const status = await withNode(this, flags, (client, signal) =>
    client.call('node.status', {}, signal),
  );
  const carried = await carriedText(status);
  report(this, flags, status, (node) => [
    `version   ${node.version}`,
    `suite     ${node.suite}`,
    `node      ${node.nodeId}`,
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
async function carriedText(status: Result<NodeStatus, Failure>): Promise<string | undefined> {
  const carrying = status.ok ? status.value.carrying : undefined;
  if (carrying === undefined) return undefined;
  // Loaded here and not above: the command line starts faster without it.
  const { textFromBytes } = await import('@pars/base');
  const { bytes, capacityBytes, parcels } = carrying;
  const what = `${parcels} ${parcels === 1 ? 'parcel' : 'parcels'}`;
  return `${what}, ${textFromBytes(bytes)} of ${textFromBytes(capacityBytes)}`;
}
