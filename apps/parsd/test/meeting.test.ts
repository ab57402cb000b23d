import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ChatMessage, MeshPeer } from '@pars/api';
import {
  createPlayground,
  type Finished,
  type NodeProcess,
  type Playground,
} from './node-processes.ts';

/** On loopback alone, each time at a port of its own. */
const ALONE = ['--listen', '/ip4/127.0.0.1/tcp/0', '--meet-at', '127.0.0.1'];

/** Ana and Bob are contacts whose nodes have moved: no address that they know leads anywhere. */
describe('two daemons that cannot dial each other', () => {
  let playground: Playground;
  const folders = { ana: '', bob: '' };
  const nodes: NodeProcess[] = [];

  before(async () => {
    playground = await createPlayground();
    const people = ['ana', 'bob'] as const;
    for (const who of people) {
      folders[who] = playground.folder(who);
      nodes.push(await playground.startNode(folders[who], ALONE));
      await playground.makePerson(folders[who], who);
    }
    const { invite } = json(await playground.pars(folders.bob, ['contact', 'invite', '--json']));
    json(await playground.pars(folders.ana, ['contact', 'add', '--json', String(invite)]));
    await playground.untilSaved(folders.ana);
    await playground.untilSaved(folders.bob);
    for (const node of nodes.splice(0)) assert.equal(await node.end('SIGTERM'), 0);
    for (const who of people) {
      nodes.push(await playground.startNode(folders[who], ALONE));
      const opened = await playground.pars(
        folders[who],
        ['vault', 'unlock'],
        `${who} has a password\n`,
      );
      assert.equal(opened.code, 0, opened.stderr);
    }
  });
  after(() => playground[Symbol.asyncDispose]());

  async function peersOf(who: keyof typeof folders): Promise<readonly MeshPeer[]> {
    const { peers } = json(await playground.pars(folders[who], ['mesh', 'peers', '--json']));
    return peers as readonly MeshPeer[];
  }

  test('meet by two texts, and a message that waited arrives', async (context) => {
    json(await playground.pars(folders.ana, ['chat', 'send', '--json', 'bob', 'by two texts']));
    assert.deepEqual([...(await peersOf('ana')), ...(await peersOf('bob'))], []);

    const reading = playground.follow(folders.bob, ['chat', 'read', '--follow', '--json']);
    const offering = playground.follow(folders.ana, ['mesh', 'meet', '--json']);
    const answers: string[] = [];
    for (;;) {
      const line = await offering.nextLine(() => true).catch(() => undefined);
      if (line === undefined) {
        const failed = await playground.pars(folders.ana, ['mesh', 'meet']);
        assert.equal(codeOf(failed), 'mesh/rtc-unavailable');
        return context.skip('no binary of node-datachannel for this platform');
      }
      const { nodeId, offer } = JSON.parse(line) as { nodeId?: string; offer?: string };
      if (offer === undefined) {
        assert.equal(nodeId, nodes[1]?.ready.nodeId);
        break;
      }
      const answering = playground.follow(folders.bob, ['mesh', 'meet', '--json', offer]);
      const answered = await answering.nextLine(() => true);
      const { answer } = JSON.parse(answered) as { answer: string };
      answers.push(offer, answer);
      offering.write(`${answer}\n`);
    }
    assert.equal(await offering.ended(), 0);
    for (const who of ['ana', 'bob'] as const) {
      const addresses = (await peersOf(who)).map(({ address }) => address);
      assert.equal(addresses.length, 1);
      assert.match(addresses[0] ?? '', /^\/webrtc\//);
    }
    const read = JSON.parse(await reading.nextLine((line) => line.includes('by two texts')));
    assert.equal((read as { message: ChatMessage }).message.direction, 'in');
    await reading.end();

    const [offer = '', answer = ''] = answers.slice(-2);
    const replayed = await playground.pars(folders.bob, ['mesh', 'meet', offer]);
    assert.deepEqual([replayed.code, codeOf(replayed)], [7, 'mesh/signal-replayed']);
    const own = await playground.pars(folders.ana, ['mesh', 'meet', offer]);
    assert.equal(codeOf(own), 'mesh/self-dial');
    const swapped = await playground.pars(folders.ana, ['mesh', 'meet', answer]);
    assert.deepEqual([swapped.code, codeOf(swapped)], [2, 'mesh/signal-mismatch']);
    // An answer to another offer, and what is none.
    const foreign = await playground.pars(folders.ana, ['mesh', 'meet'], `${answer}\n`);
    assert.equal(codeOf(foreign), 'mesh/signal-mismatch');
    assert.match(foreign.stdout, /^pars:\/\/rtc\/[a-z2-7]+\n$/);
    const damaged = await playground.pars(
      folders.ana,
      ['mesh', 'meet'],
      `${answer.slice(0, -1)}\n`,
    );
    assert.deepEqual([damaged.code, codeOf(damaged)], [2, 'mesh/bad-signal']);
    assert.match(damaged.stderr, /pars:\/\/rtc\//);
    for (const node of nodes) {
      // Nobody reads in a log who met whom.
      for (const text of [offer, answer]) assert.ok(!node.logged().includes(text.slice(11)));
    }
  });
});

/** The stable code at the end of what a person reads. */
function codeOf({ stderr }: Finished): string | undefined {
  return /\[([a-z-]+\/[a-z-]+)\]\s*$/.exec(stderr)?.[1];
}

function json(finished: Finished): Record<string, unknown> {
  assert.equal(finished.code, 0, finished.stderr);
  return JSON.parse(finished.stdout) as Record<string, unknown>;
}
