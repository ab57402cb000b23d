import type { Suite } from '@pars/crypto';
import { SYNC_PROTOCOL } from '@pars/node';
import { createKernel, type NodeIndex } from '../kernel/index.ts';
import { lan } from '../scenarios/links.ts';
import { createKernelHost, type KernelHost } from './kernel-host-fixture.ts';
import type { MeshPlan } from './mesh-plan-fixture.ts';
import {
  type Outcome,
  outcomeOf,
  type PlanNode,
  startLiar,
  startPlanNode,
} from './plan-node-fixture.ts';

/** A phase lasts so long in virtual time: many rounds of syncs, and the longest backoff. */
const phaseMs = 900_000;

/** Runs a plan on the event kernel; gives what the nodes say after each phase. */
export async function runInKernel(plan: MeshPlan, suite: Suite): Promise<readonly Outcome[]> {
  const { nodeIds, seed, startMs } = plan;
  const up = new Set<string>();
  const kernel = createKernel({
    seed,
    startMs,
    linkBetween: (from, to) => (up.has(keyOf(from, to)) ? lan : undefined),
  });
  const hosts: KernelHost[] = [];
  const nodes: PlanNode[] = [];
  const stopping = new AbortController();

  function cut(one: NodeIndex, other: NodeIndex): void {
    if (!up.delete(keyOf(one, other))) return;
    hosts[one]?.unlink(other);
    hosts[other]?.unlink(one);
  }

  for (const index of nodeIds.keys()) {
    kernel.addNode({
      create: () => ({
        isAsynchronous: true,
        start(context) {
          const host = createKernelHost(context, nodeIds, (other) => cut(index, other));
          const { clock, random, scheduler } = context;
          const ports = { suite, mesh: host, clock, random, scheduler, onChange: () => undefined };
          hosts[index] = host;
          nodes[index] =
            index === plan.liar
              ? startLiar(ports, SYNC_PROTOCOL, stopping.signal)
              : startPlanNode(ports, stopping.signal);
        },
        receive: (from, message) => hosts[index]?.receive(from, message),
        wake: () => undefined,
      }),
    });
  }

  const outcomes: Outcome[] = [];
  for (const [number, { links, posts }] of plan.phases.entries()) {
    kernel.at(number * phaseMs, async () => {
      const wanted = new Set(links.map(([one, other]) => keyOf(one, other)));
      for (const key of [...up]) {
        const [one = 0, other = 0] = key.split(',').map(Number);
        if (!wanted.has(key)) cut(one, other);
      }
      for (const [dialler, dialled] of links) {
        up.add(keyOf(dialler, dialled));
        hosts[dialler]?.link(dialled, 'outbound');
        hosts[dialled]?.link(dialler, 'inbound');
      }
      await Promise.all(posts.map(async ({ node, bytes }) => nodes[node]?.put(bytes)));
    });
    await kernel.run((number + 1) * phaseMs - 1);
    outcomes.push(await outcomeOf(nodes));
  }
  stopping.abort();
  return outcomes;
}

function keyOf(one: NodeIndex, other: NodeIndex): string {
  return [Math.min(one, other), Math.max(one, other)].join();
}
