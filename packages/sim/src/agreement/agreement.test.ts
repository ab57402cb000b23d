import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSimulationRandom } from '@pars/base/fakes';
import { createSuite } from '@pars/crypto';
import { createNodeCryptoProvider, systemRandom } from '@pars/platform-node';
import { createModelledCrypto } from '../modelled-crypto.ts';
import { nativeSymmetric } from '../native-symmetric.ts';
import { runInKernel } from './kernel-run-fixture.ts';
import { createMeshPlan } from './mesh-plan-fixture.ts';
import type { Outcome } from './plan-node-fixture.ts';
import { runOverHosts } from './real-run-fixture.ts';

const nodes = Number(process.env['PARS_REAL_NODES'] ?? 16);
const seed = process.env['PARS_REAL_SEED'] ?? 'agreement 1';

describe(`a plan of ${nodes} nodes`, () => {
  test('ends in the simulator and over real hosts with the same parcels at the same nodes, phase by phase', async () => {
    // The keys of the nodes are the seed's, too: they decide who opens which stream.
    const random = createSimulationRandom(`${seed} keys`);
    const suite = createSuite({ provider: createNodeCryptoProvider(), random });
    const plan = await createMeshPlan(suite, { seed, nodes, startMs: Date.now() });
    const modelled = createModelledCrypto(createSimulationRandom(seed), nativeSymmetric).suite;
    const simulated = await runInKernel(plan, modelled);

    // What the plan is for: nothing is lost, nothing comes twice, what is cut off stays apart.
    const posted = plan.phases.map(({ posts }) => posts.map(({ id }) => id));
    const all = posted.flat().sort();
    for (const [node, held] of (simulated.at(-1)?.held ?? []).entries()) {
      assert.deepEqual(held, node === plan.liar ? [] : all, `node ${node}`);
    }
    const apart = new Set(simulated[1]?.held.map((held) => held.join()));
    assert.ok(apart.size >= 3, 'two halves and a lonely node hold different parcels');
    const refusing = simulated
      .at(-1)
      ?.refused.flatMap((codes, node) => (codes.length > 0 ? [node] : []));
    const met = plan.phases
      .flatMap(({ links }) => links)
      .filter((link) => link.includes(plan.liar));
    const victims = new Set(met.flat().filter((node) => node !== plan.liar));
    assert.deepEqual(
      refusing,
      [...victims].sort((a, b) => a - b),
      'whoever met the liar refuses it',
    );
    assert.deepEqual(
      simulated.flatMap(({ wrong }) => wrong),
      [],
    );

    const startMs = performance.now();
    const cpu = process.cpuUsage();
    const real = createSuite({ provider: createNodeCryptoProvider(), random: systemRandom });
    const happened = await runOverHosts(plan, real, simulated);
    const used = process.cpuUsage(cpu);
    for (const [number, { name }] of plan.phases.entries()) {
      assert.deepEqual(differences(simulated[number], happened[number]), [], name);
    }
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
    const cpuSeconds = ((used.user + used.system) / 1_000_000).toFixed(1);
    console.log(`# ${nodes} hosts agree after ${seconds} s, ${cpuSeconds} s of CPU`);
  });
});

/** In words: what real nodes have or lack that simulated ones do not, or do. */
function differences(simulated: Outcome | undefined, real: Outcome | undefined): readonly string[] {
  assert.ok(simulated && real);
  const found = real.wrong.map((node) => `${node} stored something twice, or lost it`);
  for (const [kind, there, here] of [
    ['parcel', simulated.held, real.held],
    ['refusal', simulated.refused, real.refused],
  ] as const) {
    for (const node of there.keys()) {
      const [expected, actual] = [new Set(there[node]), new Set(here[node])];
      for (const one of expected.difference(actual))
        found.push(`node ${node} lacks ${kind} ${one}`);
      for (const one of actual.difference(expected)) found.push(`node ${node} has ${kind} ${one}`);
    }
  }
  return found;
}
