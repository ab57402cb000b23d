import assert from 'node:assert/strict';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { MeshEvent } from '@pars/api';
import { expose, unwrap } from '@pars/base';
import { createSuite } from '@pars/crypto';
import { createRadioKey, radioKeyToText } from '@pars/mesh';
import { createNodeCryptoProvider, systemRandom } from '@pars/platform-node';
import {
  assertArrivedOnce,
  carried,
  createLabNode,
  introduce,
  isLinked,
  type LabNode,
  peerCount,
  say,
  sinceText,
  until,
  untilDelivered,
} from './lab-node.ts';
import {
  createNetworkLab,
  type LabNetwork,
  type NetworkLab,
  reasonAgainstLab,
} from './network-lab.ts';
import { openSerialWire, type SerialWire } from './serial-wire.ts';

const skip = (await reasonAgainstLab()) ?? false;

/**
 * Ana and Carol met once, over an uplink. Then it is cut, and what is left
 * between them is taken away piece by piece.
 */
describe('Ana and Carol without uplink', { skip }, () => {
  let lab: NetworkLab;
  let uplink: LabNetwork;
  let lanOfAna: LabNetwork;
  let lanOfCarol: LabNetwork;
  let ana: LabNode;
  let bridge: LabNode;
  let carol: LabNode;
  let wire: SerialWire | undefined;

  before(async () => {
    lab = await createNetworkLab();
    const hosts = await Promise.all(['Ana', 'Bridge', 'Carol'].map((name) => lab.host(name)));
    const [anas, bridges, carols] = hosts as [
      (typeof hosts)[0],
      (typeof hosts)[0],
      (typeof hosts)[0],
    ];
    [lanOfAna, lanOfCarol, uplink] = (await Promise.all(
      [1, 2, 9].map((net) => lab.network(net)),
    )) as [LabNetwork, LabNetwork, LabNetwork];
    await lanOfAna.join(anas, 1);
    await lanOfAna.join(bridges, 2);
    await lanOfCarol.join(bridges, 2);
    await lanOfCarol.join(carols, 3);
    await uplink.join(anas, 1);
    await uplink.join(carols, 3);
    [ana, bridge, carol] = (await Promise.all(hosts.map(createLabNode))) as [
      LabNode,
      LabNode,
      LabNode,
    ];
    await Promise.all([ana.start(), carol.start()]);
    await Promise.all([ana.makePerson(), carol.makePerson()]);
    await introduce(ana, carol);
    const messageId = await say(ana, carol, 'before it was cut');
    await untilDelivered(ana, messageId);
    await uplink.cut(ana.host);
    await uplink.cut(carol.host);
  });
  after(async () => {
    wire?.[Symbol.dispose]();
    await Promise.all([ana, bridge, carol].map((node) => node?.[Symbol.asyncDispose]()));
    await lab[Symbol.asyncDispose]();
  });

  test('path Ana - LAN - bridge node - LAN - Carol: carried by a node that both see and nobody forwards for', async (t) => {
    await bridge.start(['--lan', 'on', '--no-sticks', '--role', 'bridge']);
    await until('the bridge sees both', async () => {
      return (await isLinked(bridge, ana)) && (await isLinked(bridge, carol));
    });
    assert.equal(await carried(bridge), 0);
    const startMs = performance.now();
    const states = await untilDelivered(ana, await say(ana, carol, 'over the bridge'));
    t.diagnostic(`told as delivered after ${sinceText(startMs)}, states ${states.join(', ')}`);
    await assertArrivedOnce(carol, 'over the bridge');
    // The parcel of the letter and that of its receipt.
    assert.ok((await carried(bridge)) >= 2);
    const status = await bridge.parsText(['node', 'status']);
    assert.match(status, /^carries {3}\d+ parcels/m);
    t.diagnostic(`the bridge ${/^carries.*$/m.exec(status)?.[0]}`);
  });

  test('path Ana - stick - Carol: carried as a file, offered where it is plugged in', async (t) => {
    await lanOfAna.cut(bridge.host);
    await lanOfCarol.cut(bridge.host);
    await bridge.stop();
    const stick = carol.file('stick');
    await mkdir(stick);
    await carol.stop('SIGTERM');
    await carol.start(['--lan', 'on', '--no-sticks', '--watch', stick]);
    await carol.unlock();
    const startMs = performance.now();
    const messageId = await say(ana, carol, 'on the stick');
    const bundle = ana.file('for-carol');
    await ana.pars(['bundle', 'export', '--to', 'Carol', bundle]);
    const offer = nextOffer(carol);
    await copyFile(bundle, join(stick, 'for-carol'));
    const { path } = await offer;
    assert.equal(path, join(stick, 'for-carol'));
    const imported = await carol.pars(['bundle', 'import', path]);
    t.diagnostic(`read from the stick after ${sinceText(startMs)}`);
    assert.equal(bundleOf(imported)['messages'], 1);
    await assertArrivedOnce(carol, 'on the stick');
    const again = await carol.pars(['bundle', 'import', path]);
    assert.equal(bundleOf(again)['messages'], 0);
    await assertArrivedOnce(carol, 'on the stick');
    // The receipt goes back on the same stick.
    const receipts = carol.file('for-ana');
    await carol.pars(['bundle', 'export', '--to', 'Ana', receipts]);
    const taken = await ana.pars(['bundle', 'import', receipts]);
    assert.equal(bundleOf(taken)['delivered'], 1);
    const states = await untilDelivered(ana, messageId);
    assert.deepEqual(states, ['delivered']);
    assert.equal(await peerCount(carol), 0);
  });

  test('path Ana - radio - Carol: carried by two modems on a serial wire', async (t) => {
    wire = await openSerialWire();
    if (wire === undefined) return t.skip('no python3 with pseudo-terminals');
    const suite = createSuite({ provider: createNodeCryptoProvider(), random: systemRandom });
    const key = radioKeyToText(suite.symmetric, createRadioKey(systemRandom));
    const keyFile = ana.file('radio-key');
    await writeFile(keyFile, `${expose(key)}\n`, { mode: 0o600 });
    for (const [index, node] of [ana, carol].entries()) {
      await node.stop('SIGTERM');
      await node.start([
        ...['--lan', 'off', '--no-sticks', '--radio', wire.paths[index] ?? ''],
        ...['--radio-key', keyFile, '--radio-baud', '115200', '--radio-air', '100000'],
        ...['--radio-duty', '100'],
      ]);
      await node.unlock();
    }
    const startMs = performance.now();
    const states = await untilDelivered(ana, await say(ana, carol, 'on the air'));
    t.diagnostic(`told as delivered after ${sinceText(startMs)}, states ${states.join(', ')}`);
    await assertArrivedOnce(carol, 'on the air');
    assert.equal(await peerCount(ana), 0);
    const radios = await ana.ask(async (client) => unwrap(await client.call('mesh.radio', {})));
    const [radio] = radios.radios;
    assert.ok(radio !== undefined && radio.framesSent > 0 && radio.framesHeard > 0);
    t.diagnostic(
      `${radio.framesSent} frames sent, ${radio.framesHeard} heard, ${radio.airtimeMs} ms on the air`,
    );
  });
});

/** What the node offers next to whoever watches. */
function nextOffer(node: LabNode): Promise<Extract<MeshEvent, { type: 'bundle-offered' }>> {
  return node.ask(async (client) => {
    for await (const event of unwrap(await client.watch('mesh.watch', {}))) {
      const value = unwrap(event);
      if (value.type === 'bundle-offered') return value;
    }
    throw new Error('the node told nothing');
  });
}

function bundleOf(imported: Record<string, unknown>): Record<string, unknown> {
  const { bundles } = imported as { readonly bundles: readonly Record<string, unknown>[] };
  return bundles[0] ?? {};
}
