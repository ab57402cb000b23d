import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  assertArrivedOnce,
  carried,
  createLabNode,
  introduce,
  type LabNode,
  peerCount,
  say,
  sinceText,
  until,
} from './lab-node.ts';
import {
  createNetworkLab,
  type LabHost,
  type NetworkLab,
  reasonAgainstLab,
} from './network-lab.ts';

const skip =
  process.env['PARS_LAB_MAILBOX'] === '1'
    ? ((await reasonAgainstLab()) ?? false)
    : 'takes eleven minutes, since keepers are visited every 100 s: PARS_LAB_MAILBOX=1 runs it';

/** Hosts as in the internet: each in a network of its own, none nearer than the others. */
describe('Ana and Bob, who are never there at the same time, and four keepers', { skip }, () => {
  let lab: NetworkLab;
  let ana: LabNode;
  let bob: LabNode;
  const nodes: LabNode[] = [];
  const routes: string[] = [];

  before(async () => {
    lab = await createNetworkLab();
    const names = ['Keeper0', 'Keeper1', 'Keeper2', 'Keeper3', 'Ana', 'Bob'];
    const network = await lab.network(7);
    const hosts: { readonly host: LabHost; readonly address: string; readonly gateway: string }[] =
      [];
    for (const [index, name] of names.entries()) {
      const host = await lab.host(name);
      const address = `1.${index + 1}.7.7`;
      await host.addAddress(address);
      hosts.push({ host, address, gateway: await network.join(host, index + 1) });
    }
    for (const from of hosts) {
      for (const to of hosts) {
        if (from === to) continue;
        // Seen under its public address, and not under that of the wire.
        await runOn(from.host, [
          ...['ip', 'route', 'add', `${to.address}/32`, 'via', to.gateway],
          ...['src', from.address],
        ]);
      }
      nodes.push(await createLabNode(from.host));
      routes.push(`/ip4/${from.address}/tcp/4001`);
    }
    [ana, bob] = nodes.slice(4) as [LabNode, LabNode];
    let first = '';
    for (const [index, node] of nodes.entries()) {
      const { ready } = await node.start([
        ...['--lan', 'off', '--no-sticks', '--stay-unlocked', '--listen', routes[index] ?? ''],
        ...['--role', node === bob ? 'phone' : 'desktop'],
      ]);
      if (index === 0) first = ready.addresses[0] ?? '';
      else await node.pars(['mesh', 'dial', first]);
    }
    await Promise.all([ana.makePerson(), bob.makePerson()]);
    await introduce(ana, bob);
    await until('everybody has found three others', async () => {
      const counts = await Promise.all(nodes.map(peerCount));
      return counts.every((count) => count >= 3);
    });
  });
  after(async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
    await lab[Symbol.asyncDispose]();
  });

  test('path Ana - keepers - Bob: the letter is fetched once, and the receipt comes back the same way', async (t) => {
    await bob.stop('SIGTERM');
    const sentMs = performance.now();
    const messageId = await say(ana, bob, 'until you are back');
    await until('three keepers have proved to have it', async () => {
      return (await ana.messages()).some((message) => message.storedBy === 3);
    });
    t.diagnostic(`stored by 3 keepers after ${sinceText(sentMs)}`);
    assert.match(await ana.parsText(['chat', 'read']), /\(handed-over, stored by 3 keepers\)/);
    await ana.stop('SIGTERM');
    const counts = await Promise.all(nodes.slice(0, 4).map(carried));
    assert.equal(counts.filter((count) => count === 1).length, 3, counts.join());

    const backMs = performance.now();
    await bob.start();
    await bob.unlock();
    await patiently('Bob has it', async () => (await bob.messages()).length === 1);
    t.diagnostic(`fetched and read ${sinceText(backMs)} after Bob came back`);
    await assertArrivedOnce(bob, 'until you are back');
    const readMs = performance.now();
    await until('the receipt lies at keepers', async () => {
      const held = await Promise.all(nodes.slice(0, 4).map(carried));
      return held.reduce((all, count) => all + count, 0) >= 6;
    });
    t.diagnostic(`receipt at three keepers ${sinceText(readMs)} later`);
    await bob.stop('SIGTERM');

    const againMs = performance.now();
    await ana.start();
    await ana.unlock();
    assert.match(await ana.parsText(['chat', 'read']), /stored by 3 keepers/);
    await patiently('Ana is told of the delivery', async () => {
      const messages = await ana.messages();
      return messages.some((one) => one.messageId === messageId && one.state === 'delivered');
    });
    t.diagnostic(`delivered ${sinceText(againMs)} after Ana came back`);
    assert.match(await ana.parsText(['chat', 'read']), /\(delivered\)/);
  });
});

async function runOn(host: LabHost, command: readonly string[]): Promise<void> {
  const [program = '', ...args] = [...host.prefix, ...command];
  await promisify(execFile)(program, args);
}

/** Visits come every 100 s, and a letter takes several. */
async function patiently(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 1_500_000;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`never: ${what}`);
    await delay(2_000);
  }
}
