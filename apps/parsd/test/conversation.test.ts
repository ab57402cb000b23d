import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ChatMessage } from '@pars/api';
import {
  createPlayground,
  type Finished,
  type NodeProcess,
  type Playground,
} from './node-processes.ts';

describe('two daemons on one machine', () => {
  let playground: Playground;
  let ada = '';
  let bahar = '';
  let adaNode: NodeProcess;
  let baharNode: NodeProcess;

  before(async () => {
    playground = await createPlayground();
    ada = playground.folder('ada');
    bahar = playground.folder('bahar');
    adaNode = await playground.startNode(ada);
    baharNode = await playground.startNode(bahar);
  });
  after(() => playground[Symbol.asyncDispose]());

  test('dial each other', async () => {
    const [address = ''] = baharNode.ready.addresses;
    const peer = json(await playground.pars(ada, ['mesh', 'dial', address, '--json']));
    assert.equal(peer['nodeId'], baharNode.ready.nodeId);
    const peers = json(await playground.pars(bahar, ['mesh', 'peers', '--json']));
    assert.match(JSON.stringify(peers), new RegExp(adaNode.ready.nodeId));
  });

  test('become contacts by an invite and exchange a sealed message that is followed', async () => {
    for (const [folder, name] of [
      [ada, 'Ada'],
      [bahar, 'بهار'],
    ] as const) {
      const created = await playground.makePerson(folder, name);
      assert.match(String(created['sessionId']), /^05[0-9a-f]{64}$/);
      assert.equal(String(created['phrase']).split(' ').length, 24);
    }
    const { invite } = json(await playground.pars(bahar, ['contact', 'invite', '--json']));
    const added = await playground.pars(
      ada,
      ['contact', 'add', '-', '--json'],
      `${String(invite)}\n`,
    );
    assert.equal(json(added)['name'], 'بهار');

    const following = playground.follow(bahar, ['chat', 'read', '--follow', '--json']);
    const sent = await playground.pars(ada, ['chat', 'send', 'بهار', 'سلام، بهار', '--wait', '30']);
    assert.equal(sent.code, 0, sent.stderr);
    assert.match(sent.stdout, /delivered/);
    const line = await following.nextLine((text) => text.includes('سلام، بهار'));
    const { message, schemaVersion } = JSON.parse(line) as {
      readonly schemaVersion: number;
      readonly message: ChatMessage;
    };
    assert.equal(schemaVersion, 1);
    assert.equal(message.direction, 'in');
    assert.equal(message.text, 'سلام، بهار');
    assert.equal(await following.end(), 0);

    const answered = await playground.pars(
      bahar,
      ['chat', 'send', 'Ada', '-', '--wait', '30'],
      'x\n',
    );
    assert.equal(answered.code, 0, answered.stderr);
    const read = await playground.pars(ada, ['chat', 'read', '--with', 'بهار']);
    assert.match(read.stdout, /-> سلام، بهار \(delivered\)\n.*<- x\n/);
  });

  test('a message to a node that was killed waits, and arrives after its restart', async () => {
    await playground.untilSaved(bahar);
    assert.equal(await baharNode.end('SIGKILL'), null);
    const sent = await playground.pars(ada, ['chat', 'send', 'بهار', 'are you there?', '--json']);
    assert.equal(sent.code, 0, sent.stderr);
    assert.notEqual(json(sent)['state'], 'delivered');

    // The sender is killed too: what was saved must still be there.
    await playground.untilSaved(ada);
    assert.equal(await adaNode.end('SIGKILL'), null);
    adaNode = await playground.startNode(ada);
    baharNode = await playground.startNode(bahar);
    const locked = await playground.pars(bahar, ['chat', 'read']);
    assert.equal(locked.code, 4);
    for (const [folder, name] of [
      [bahar, 'بهار'],
      [ada, 'Ada'],
    ] as const) {
      const opened = await playground.pars(folder, ['vault', 'unlock'], `${name} has a password\n`);
      assert.equal(opened.code, 0, opened.stderr);
    }
    const following = playground.follow(bahar, ['chat', 'read', '--follow']);
    assert.match(await following.nextLine((line) => line.includes('are you there?')), /<- are you/);
    await following.end();
    const read = await playground.pars(bahar, ['chat', 'read']);
    assert.match(read.stdout, /سلام، بهار/);
  });

  test('SIGTERM ends it in order, and it starts again with the same node key and port', async () => {
    assert.equal(await adaNode.end('SIGTERM'), 0);
    const again = await playground.startNode(ada);
    assert.equal(again.ready.nodeId, adaNode.ready.nodeId);
    assert.deepEqual(again.ready.addresses, adaNode.ready.addresses);
    adaNode = again;
  });
});

function json(finished: Finished): Record<string, unknown> {
  assert.equal(finished.code, 0, finished.stderr);
  return JSON.parse(finished.stdout) as Record<string, unknown>;
}
