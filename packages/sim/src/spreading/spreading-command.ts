import { parseArgs } from 'node:util';
import type { GossipOptions } from '@pars/mesh';
import { type EpidemicOptions, runEpidemic } from './epidemic-scenario.ts';
import { runKeepers } from './keeper-scenario.ts';
import { runMailboxWorld } from './mailbox-world.ts';

/*
 * The figures of PIP-0001 §13 for spreading, at full size:
 * node --conditions=pars-source packages/sim/src/spreading/spreading-command.ts --scenario warm --nodes 10000
 */

const scenarios: Readonly<Record<string, Partial<EpidemicOptions>>> = {
  cold: { parcels: 1 },
  warm: { parcels: 55 },
  ledger: { parcels: 3, gossipClass: 'ledger' },
  lossy: { parcels: 3, loss: 0.2, intervalMs: 5_000 },
  crowd: { parcels: 100, isCrowd: true, intervalMs: 10_000 },
  hostile: { parcels: 4, hostileShare: 0.3, intervalMs: 10_000 },
};

/** Runs one scenario and prints its figures line by line. Unknown names throw. */
export async function runSpreadingCommand(
  args: readonly string[],
  print: (line: string) => void,
): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: 'string', default: 'cold' },
      nodes: { type: 'string', default: '10000' },
      seed: { type: 'string', default: 'spreading' },
      delays: { type: 'string', default: 'message' },
      parcels: { type: 'string' },
      degree: { type: 'string' },
      recipients: { type: 'string', default: '40' },
      bits: { type: 'string', default: '4' },
      repair: { type: 'string', default: 'yes' },
      gossip: { type: 'string' },
    },
  });

  const { seed, scenario } = values;
  const delays = values.delays === 'link' ? 'link' : 'message';

  if (scenario === 'mailboxes') {
    const figures = runMailboxWorld({
      seed,
      nodes: Number(values.nodes),
      recipients: Number(values.recipients),
      shardBits: Number(values.bits),
      isRepairing: values.repair === 'yes',
    });
    for (const [name, value] of Object.entries(figures)) print(`${name}: ${value}`);
  } else if (scenario === 'keepers') {
    const figures = await runKeepers({ seed, delays, parcels: Number(values.parcels ?? 200) });
    for (const what of ['storedMs', 'fetchedMs', 'transmissions', 'bytes'] as const) {
      const sorted = figures.map((figure) => figure[what]).toSorted((one, other) => one - other);
      const at = (share: number) =>
        (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(0);
      print(`${what}: median ${at(0.5)}, 95 % ${at(0.95)}, most ${at(1)}`);
    }
  } else {
    const chosen = scenarios[scenario];
    if (chosen === undefined)
      throw new Error(`scenarios: ${Object.keys(scenarios).join(', ')}, keepers, mailboxes`);
    const figures = await runEpidemic({
      seed,
      nodes: Number(values.nodes),
      delays,
      ...chosen,
      ...(values.parcels === undefined ? {} : { parcels: Number(values.parcels) }),
      ...(values.gossip === undefined
        ? {}
        : { gossip: JSON.parse(values.gossip) as GossipOptions }),
      ...(values.degree === undefined ? {} : { degree: Number(values.degree) }),
    });
    print('parcel  reached  50 % ms  99 % ms  all ms  times payload  copies  in frames');
    for (const [place, one] of figures.parcels.entries()) {
      const { reached, halfMs, t99Ms, allMs, payloadTimes, copies, frameTimes } = one;
      const times = [payloadTimes, copies, frameTimes].map((value) => value.toFixed(2));
      const ms = [halfMs, t99Ms, allMs].map((value) => value.toFixed(0));
      print(
        [place + 1, reached, ...ms, ...times].map((cell) => String(cell).padStart(7)).join(' '),
      );
    }
    print(
      `in all, what was told later included: ${figures.payloadTimes.toFixed(2)} times the payload, ${figures.frameTimes.toFixed(2)} in frames`,
    );
    const perSecond = Math.round((1_000 * figures.events) / figures.cpuMs);
    print(`seed ${seed}, fingerprint ${figures.fingerprint}, delays by ${delays}`);
    print(
      `${figures.events} events, ${figures.cpuMs.toFixed(0)} ms of processor time, ${perSecond}/s`,
    );
    print(`reports about honest ${figures.reportsOfHonest}, hostile ${figures.reportsOfHostile}`);
    print(
      `links closed to honest ${figures.closedToHonest}, to hostile ${figures.closedToHostile}`,
    );
  }
}

if (import.meta.main) {
  await runSpreadingCommand(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));
}
