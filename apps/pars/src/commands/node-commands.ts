import { ok } from '@pars/base/result';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { withNode } from '../node-connection.ts';
import { report } from '../report.ts';

/** `pars node status`. */
export async function showStatus(this: CliContext, flags: CommonFlags): Promise<void> {
  const status = await withNode(this, flags, (client, signal) =>
    client.call('node.status', {}, signal),
  );
  report(this, flags, status, (node) => [
    `version   ${node.version}`,
    `suite     ${node.suite}`,
    `node      ${node.nodeId}`,
    `identity  ${node.identity}`,
    `peers     ${node.peerCount}`,
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
