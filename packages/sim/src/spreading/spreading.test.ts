import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runEpidemic } from './epidemic-scenario.ts';
import { runKeepers } from './keeper-scenario.ts';
import { type MailboxWorldOptions, runMailboxWorld } from './mailbox-world.ts';
import { runSpreadingCommand } from './spreading-command.ts';

/* Small forms of the figures of PIP-0001 §13; `spreading-command.ts` runs them at full size. */

const seed = process.env['PARS_SEED'] ?? 'spreading';

test('400 nodes, 1 % loss: 99 % in 650 ms, at most 4 times the bytes cold and 1.5 times warm', async () => {
  for (const delays of ['message', 'link'] as const) {
    const { parcels } = await runEpidemic({ seed, nodes: 400, parcels: 8, delays });
    const [cold] = parcels;
    const warm = parcels.slice(-6);
    assert.ok(cold && cold.t99Ms < 650 && cold.payloadTimes <= 4, `seed ${seed}`);
    const mean = warm.reduce((sum, { payloadTimes }) => sum + payloadTimes, 0) / warm.length;
    assert.ok(mean <= 1.5, `seed ${seed}: ${delays} ${mean}`);
    for (const { reached } of parcels) assert.equal(reached, 400);
  }
});

test('400 nodes, 20 % loss: 99 % in 1.5 s', async () => {
  const { parcels } = await runEpidemic({ seed, nodes: 400, parcels: 3, loss: 0.2 });
  for (const { t99Ms } of parcels) assert.ok(t99Ms < 1_500, `seed ${seed}: ${t99Ms}`);
});

test('120 nodes of which 36 flood, withhold, corrupt and eclipse: 99 % of the honest ones are reached', async () => {
  const hostile = { hostileShare: 0.3, intervalMs: 4_000 };
  const figures = await runEpidemic({ seed, nodes: 120, parcels: 1, ...hostile });
  for (const { t99Ms } of figures.parcels) assert.ok(t99Ms < 4_000, `seed ${seed}: ${t99Ms}`);
  assert.ok(figures.closedToHostile > 0, `seed ${seed}: nobody lost a link`);
  assert.equal(figures.closedToHonest, 0, `seed ${seed}`);
});

test('a flash crowd of 30 parcels at once reaches everybody', async () => {
  const crowd = { isCrowd: true, parcels: 30, intervalMs: 4_000 };
  const { parcels } = await runEpidemic({ seed, nodes: 100, ...crowd });
  assert.equal(parcels[0]?.reached, 100 * 30);
});

test('parcels reach three keepers and their recipient in 2 s, with 8 transmissions where nothing is lost', async () => {
  const calm = await runKeepers({ seed, parcels: 10, loss: 0, delays: 'link' });
  for (const { transmissions, fetchedMs } of calm) {
    assert.ok(transmissions <= 8 && fetchedMs < 2_000, `seed ${seed}`);
  }
  const lossy = await runKeepers({ seed, parcels: 10, loss: 0.2 });
  for (const { fetchedMs } of lossy) assert.ok(fetchedMs < 4_000, `seed ${seed}`);
});

test('away for three days, keepers come, go and lie: letters are there within a day, and copies are brought', () => {
  const world: MailboxWorldOptions = {
    seed,
    nodes: 60,
    recipients: 3,
    lettersPerDay: 4,
    shardBits: 1,
    lyingShare: 0.2,
  };
  const kept = runMailboxWorld(world);
  assert.ok(kept.fetchedShare >= 0.99, `seed ${seed}: ${kept.fetchedShare}`);
  assert.equal(kept.storedShare, 1, `seed ${seed}`);
  assert.ok(kept.copiesBrought > 0 && kept.liarsFound > 0, `seed ${seed}`);
  assert.ok(kept.threeCopiesShare >= 0.9, `seed ${seed}: ${kept.threeCopiesShare}`);
  // 1 KB/s of PIP-0001 §10.
  assert.ok(kept.mostClientBytes < 86_400_000 && kept.leastClientBytes > 30_000_000);
});

test('the same seed gives the same run', async () => {
  const options = { seed, nodes: 60, parcels: 3, hostileShare: 0.1 };
  const [one, other] = [await runEpidemic(options), await runEpidemic(options)];
  assert.equal(one.fingerprint, other.fingerprint);
});

test('the command prints the figures of a scenario, and of keepers', async () => {
  for (const scenario of ['cold', 'keepers', 'mailboxes']) {
    const lines: string[] = [];
    const size = ['--nodes', '40', '--parcels', '2', '--recipients', '1', '--seed', seed];
    await runSpreadingCommand(['--scenario', scenario, ...size], (line) => lines.push(line));
    assert.ok(lines.length >= 4);
  }
  await assert.rejects(runSpreadingCommand(['--scenario', 'nothing'], () => undefined));
});
