import type { Clock, Scheduler } from '@pars/base';
import { createRecordingLog } from '@pars/base/fakes';
import type { Suite } from '@pars/crypto';
import { SYNC_PROTOCOL } from '@pars/node';
import { createLibp2pHost, type Libp2pHost, systemRandom } from '@pars/platform-node';
import type { MeshPlan, PlannedLink } from './mesh-plan-fixture.ts';
import {
  type Outcome,
  outcomeOf,
  type PlanNode,
  startLiar,
  startPlanNode,
} from './plan-node-fixture.ts';

/** The services' waits pass so many times faster; sockets and handshakes take the time that they take. */
const speed = 5;
/**
 * A phase that has not become what was expected by then is looked at as it is:
 * four times the longest wait of a service, for a machine with much else to do.
 */
const patienceMs = 240_000;

const realClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
const realScheduler = createScheduler(1);
const serviceClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => speed * performance.now(),
};

/**
 * Runs a plan over real hosts on loopback TCP in this process. Each phase ends
 * when the nodes say what was expected, or as it is when they did not in time.
 */
export async function runOverHosts(
  plan: MeshPlan,
  suite: Suite,
  expected: readonly Outcome[],
): Promise<readonly Outcome[]> {
  await using stack = new AsyncDisposableStack();
  const stopping = stack.adopt(new AbortController(), (controller) => controller.abort());
  const changes = createChanges();
  const hosts: Libp2pHost[] = [];
  const nodes: PlanNode[] = [];
  const silent = { count: () => undefined, gauge: () => undefined, snapshot: () => new Map() };
  for (const [index, nodeSeed] of plan.nodeSeeds.entries()) {
    const ports = { suite, clock: realClock, scheduler: realScheduler, random: systemRandom };
    const deps = { ...ports, nodeSeed, log: createRecordingLog(), metrics: silent };
    const host = await createLibp2pHost(deps, { listen: ['/ip4/127.0.0.1/tcp/0'] });
    stack.use(host);
    hosts.push(host);
    const own = {
      ...ports,
      mesh: host,
      clock: serviceClock,
      scheduler: createScheduler(speed),
      onChange: changes.note,
    };
    nodes.push(
      index === plan.liar
        ? startLiar(own, SYNC_PROTOCOL, stopping.signal)
        : startPlanNode(own, stopping.signal),
    );
  }

  const outcomes: Outcome[] = [];
  for (const [number, { links, posts }] of plan.phases.entries()) {
    await setLinks(plan, hosts, links);
    await Promise.all(posts.map(async ({ node, bytes }) => nodes[node]?.put(bytes)));
    const wanted = JSON.stringify(expected[number]);
    const untilMs = performance.now() + patienceMs;
    let outcome = await outcomeOf(nodes);
    while (
      JSON.stringify(outcome) !== wanted &&
      (await changes.next(untilMs - performance.now()))
    ) {
      outcome = await outcomeOf(nodes);
    }
    outcomes.push(outcome);
  }
  return outcomes;
}

async function setLinks(
  { nodeIds }: MeshPlan,
  hosts: readonly Libp2pHost[],
  links: readonly PlannedLink[],
): Promise<void> {
  for (const [one, host] of hosts.entries()) {
    for (const { nodeId } of host.peers()) {
      const other = nodeIds.indexOf(nodeId);
      const isWanted = links.some((link) => link.includes(one) && link.includes(other));
      if (!isWanted) host.drop(nodeId);
    }
  }
  for (const [dialler, dialled] of links) {
    const dial = await hosts[dialler]?.dial(hosts[dialled]?.addresses()[0] ?? '');
    if (dial?.ok !== true) throw new Error(`${dialler} to ${dialled}: ${dial?.error.code}`);
  }
}

function createScheduler(faster: number): Scheduler {
  const schedule: Scheduler['schedule'] = (delayMs, task) => {
    const timer = setTimeout(task, delayMs / faster);
    return () => clearTimeout(timer);
  };
  return {
    schedule,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const onAbort = (): void => {
          cancel();
          reject(signal?.reason);
        };
        const cancel = schedule(delayMs, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
  };
}

/** Tells who waits that something changed; `false` when nothing did for so long. */
function createChanges() {
  let waiting: (() => void) | undefined;
  let hasChanged = false;
  return {
    note(): void {
      hasChanged = true;
      waiting?.();
    },
    async next(timeoutMs: number): Promise<boolean> {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => resolve(false), timeoutMs);
      // Many arrivals at once are looked at once.
      waiting = () => setTimeout(() => resolve(true), 20);
      if (hasChanged) waiting();
      const outcome = await promise;
      clearTimeout(timer);
      hasChanged = false;
      return outcome;
    },
  };
}
