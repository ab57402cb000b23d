import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CrashMoment } from '@pars/base/fakes';
import { createWorld, type SimulatedNode, type World } from './world.ts';

const { signal } = new AbortController();

/** Starts the node again after a crash; whoever was created is unlocked. */
async function revive(node: SimulatedNode): Promise<void> {
  await node.stop('killed');
  await node.start();
  const status = await node.engine.methods['node.status']({}, { signal });
  if (status.ok && status.value.identity === 'locked') await node.unlock();
}

/** One step of a story; after a crash it runs again until it succeeds. */
async function persist(node: SimulatedNode, step: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 4; attempt += 1) {
    try {
      if (await step()) return;
    } catch (error) {
      assert.equal((error as { readonly code?: string }).code, 'base/simulated-crash');
    }
    await revive(node);
  }
  assert.fail('the step does not succeed after a restart either');
}

interface Story {
  readonly world: World;
  readonly ana: SimulatedNode;
  readonly bob: SimulatedNode;
  /** Texts whose sending was acknowledged to the person. */
  readonly sent: { byAna: string[]; byBob: string[] };
}

/**
 * Ana invites Bob, they write to each other; one disk crashes somewhere
 * on the way and its node is restarted.
 */
async function tell(
  who: 'ana' | 'bob',
  crash: { readonly write: number; readonly moment: CrashMoment } | undefined,
): Promise<Story> {
  const world = createWorld(`crash ${who}`, () => nextTurn());
  const { during, time } = world;
  const [ana, bob] = [await world.createNode('ana'), await world.createNode('bob')];
  await ana.create();
  await bob.create();
  const victim = who === 'ana' ? ana : bob;
  if (crash !== undefined) victim.storeDisk.crashAt(crash.write, crash.moment);
  const sent: Story['sent'] = { byAna: [], byBob: [] };

  let isAdded = false;
  while (!isAdded) {
    let invite = '';
    await persist(ana, async () => {
      invite = await ana.invite();
      return true;
    });
    await persist(bob, async () => {
      const added = await during(bob.add(invite));
      isAdded = added.ok;
      // The inviter's node may be the one that is down.
      if (!added.ok) await revive(ana);
      return true;
    });
  }
  await settleDown(world, victim);

  for (const [node, to, list] of [
    [bob, 'ana', sent.byBob],
    [ana, 'bob', sent.byAna],
  ] as const) {
    await persist(node, async () => {
      await node.send(to, 'hello');
      list.push('hello');
      return true;
    });
    await time.advance(1_000);
  }
  await settleDown(world, victim);
  return { world, ana, bob, sent };
}

/** A node whose disk crashed in the background is restarted; then everything has time to arrive. */
async function settleDown(world: World, victim: SimulatedNode): Promise<void> {
  await world.time.advance(5_000);
  try {
    await victim.contacts();
    await victim.read();
  } catch {
    await revive(victim);
  }
  await world.time.advance(60_000);
}

async function checkStory({ ana, bob, sent }: Story): Promise<void> {
  for (const [node, outgoing, incoming] of [
    [ana, sent.byAna, sent.byBob],
    [bob, sent.byBob, sent.byAna],
  ] as const) {
    const messages = await node.read();
    const out = messages.filter(({ direction }) => direction === 'out');
    const inn = messages.filter(({ direction }) => direction === 'in');
    // What was acknowledged is there and delivered. A send that crashed before its
    // acknowledgement may be there as well, and then it was delivered like any other.
    assert.deepEqual(new Set(out.map(({ text }) => text)), new Set(outgoing));
    assert.equal(
      out.every(({ state }) => state === 'delivered'),
      true,
    );
    assert.deepEqual(new Set(inn.map(({ text }) => text)), new Set(incoming));
    assert.equal(new Set(messages.map(({ sequence }) => sequence)).size, messages.length);
  }
  const idsSent = (messages: Awaited<ReturnType<SimulatedNode['read']>>, direction: 'in' | 'out') =>
    messages.filter((message) => message.direction === direction).map((m) => m.messageId);
  const [ofAna, ofBob] = [await ana.read(), await bob.read()];
  // Exactly what one side has sent is what the other side has, each once.
  assert.deepEqual(idsSent(ofAna, 'in').sort(), idsSent(ofBob, 'out').sort());
  assert.deepEqual(idsSent(ofBob, 'in').sort(), idsSent(ofAna, 'out').sort());
  for (const node of [ana, bob]) {
    const contacts = await node.contacts();
    assert.deepEqual(
      contacts.map(({ state }) => state),
      ['confirmed'],
    );
  }
}

describe('a crash at any write of the store', () => {
  for (const who of ['ana', 'bob'] as const) {
    test(`of ${who} loses nothing that was acknowledged and duplicates nothing`, async () => {
      const smooth = await tell(who, undefined);
      await checkStory(smooth);
      const node = who === 'ana' ? smooth.ana : smooth.bob;
      // The first write made the prekey, before the story began.
      const writes = node.storeDisk.writeCount - 1;
      assert.ok(writes >= 5, `${writes}`);
      for (let write = 1; write <= writes; write += 1) {
        for (const moment of ['before', 'after'] as const) {
          try {
            await checkStory(await tell(who, { write, moment }));
          } catch (error) {
            throw new Error(`crash ${moment} write ${write} of ${who}`, { cause: error });
          }
        }
      }
    });
  }

  test('while a person is made leaves nobody or a whole person', async () => {
    for (const disk of ['storeDisk', 'blobDisk'] as const) {
      for (const moment of ['before', 'after'] as const) {
        const world = createWorld(`crash at creation ${disk} ${moment}`, () => nextTurn());
        const ana = await world.createNode('ana');
        ana[disk].crashAt(1, moment);
        await assert.rejects(ana.create(), { code: 'base/simulated-crash' });
        await ana.stop('killed');
        await ana.start();
        const status = await ana.engine.methods['node.status']({}, { signal });
        const identity = status.ok ? status.value.identity : '';
        assert.equal(identity, disk === 'blobDisk' && moment === 'after' ? 'locked' : 'none');
        if (identity === 'none') await ana.create();
        else await ana.unlock();
        assert.match(await ana.invite(), /^pars:/);
      }
    }
  });
});
