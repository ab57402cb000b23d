import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  createPlayground,
  type Finished,
  type NodeProcess,
  type Playground,
} from './node-processes.ts';

/** A public address that nobody is told of but in files that are only looked at. */
const ANNOUNCED = ['--announce', '/ip4/44.1.0.1/tcp/4001'];

describe('a bundle of a node that everybody can reach', () => {
  let playground: Playground;
  let ana = '';
  let bob = '';
  let node: NodeProcess;
  const ownNode = ['--everything-carried', '--own-node', '--passphrase'];
  const stick = (name: string) => playground.folder(name);

  before(async () => {
    playground = await createPlayground();
    ana = playground.folder('ana');
    bob = playground.folder('bob');
    node = await playground.startNode(ana, ANNOUNCED);
    await playground.startNode(bob);
    await playground.makePerson(ana, 'ana');
    await playground.makePerson(bob, 'bob');
    const { invite } = json(await playground.pars(bob, ['contact', 'invite', '--json']));
    json(await playground.pars(ana, ['contact', 'add', '--json', String(invite)]));
    await playground.untilSaved(ana);
    await playground.untilSaved(bob);
  });
  after(() => playground[Symbol.asyncDispose]());

  /** Whether the file names the node, and how many of its parts are no parcels. */
  async function exportTo(name: string, args: readonly string[], passphrase = false) {
    const secret = passphrase ? ['--passphrase'] : [];
    const exporting = ['bundle', 'export', '--json', ...args, ...secret, stick(name)];
    const exported = json(await playground.pars(ana, exporting, passphrase ? 'a stick\n' : ''));
    const inspecting = ['bundle', 'inspect', '--json', ...secret, stick(name)];
    const seen = json(await playground.pars(bob, inspecting, passphrase ? 'a stick\n' : ''));
    const [{ others }] = seen['bundles'] as [{ others: number }];
    return { names: exported['namesNode'] === true, others };
  }

  test('tells contacts where it is, strangers when it is asked to, and others nothing', async () => {
    const asked = await exportTo('contact', ['--to', 'bob']);
    const silent = await exportTo('silent', ['--to', 'bob', '--no-own-node']);
    assert.deepEqual([asked.names, silent.names], [true, false]);
    assert.equal(asked.others, silent.others + 1);
    const both = await exportTo('both', ['--to', 'bob'], true);
    assert.equal(both.names, false);
    const carriedTo = await exportTo('carried-to', ['--to', 'bob', '--everything-carried']);
    assert.equal(carriedTo.names, false);

    json(await playground.pars(ana, ['vault', 'lock', '--json']));
    const locked = await exportTo('locked', ['--everything-carried'], true);
    const named = await exportTo('named', ['--everything-carried', '--own-node'], true);
    assert.deepEqual([locked.names, named.names], [false, true]);
    assert.equal(named.others, locked.others + 1);
    const told = await playground.pars(
      ana,
      ['bundle', 'export', ...ownNode, stick('told')],
      'a stick\n',
    );
    assert.match(told.stdout, /^whoever opens it learns where this node can be reached$/m);
  });

  test('tells nothing of a phone, and of a node without a public address', async () => {
    for (const args of [['--role', 'phone', ...ANNOUNCED], []]) {
      assert.equal(await node.end('SIGTERM'), 0);
      node = await playground.startNode(ana, args);
      const name = `nobody-${args.length}`;
      const exported = await playground.pars(
        ana,
        ['bundle', 'export', '--json', ...ownNode, stick(name)],
        'a stick\n',
      );
      assert.equal(json(exported)['namesNode'], undefined);
    }
  });
});

function json(finished: Finished): Record<string, unknown> {
  assert.equal(finished.code, 0, finished.stderr);
  return JSON.parse(finished.stdout) as Record<string, unknown>;
}
