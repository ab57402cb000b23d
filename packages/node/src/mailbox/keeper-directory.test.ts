import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSimulationRandom } from '@pars/base/fakes';
import { createJavaScriptProvider } from '@pars/crypto';
import { chooseKeepers, contactFromPlace, firstMailboxes, shardPlace } from '@pars/mesh';
import { directoryFromDiscovery } from './discovery-directory.ts';
import { createKeeperPlaces, type KeeperContact } from './keeper-directory.ts';

const random = createSimulationRandom('keeper directory');
const { symmetric } = createJavaScriptProvider({ random });
const network = { shardBits: 0, puzzleBits: 8, leastLevel: 0, mailbox: firstMailboxes };
const shardDay = { shard: 0, day: 20_454 };
const contactOf = (id: Uint8Array): KeeperContact => ({ id, addresses: [] });

function createPlaces(ids: readonly Uint8Array[], ownId: Uint8Array) {
  let asked = 0;
  let nowMs = 0;
  const places = createKeeperPlaces({
    symmetric,
    network,
    ownId,
    nowMs: () => nowMs,
    directory: {
      closest: async (place, count) => {
        asked += 1;
        return chooseKeepers(place, ids, count).map(contactOf);
      },
    },
  });
  return { places, askedTimes: () => asked, pass: (ms: number) => (nowMs += ms) };
}

describe('responsible nodes', () => {
  const ids = Array.from({ length: 30 }, () => random.bytes(32));
  const nearest = chooseKeepers(shardPlace(symmetric, 0, shardDay.day), ids, 30);

  test('the ten nearest are, also when this node is among them', async () => {
    for (const [rank, ownId] of nearest.entries()) {
      const { places } = createPlaces(ids, ownId);
      assert.equal(await places.isOwn(shardDay), rank < 10, `rank ${rank}`);
      const others = await places.othersAt(shardDay);
      const expected = nearest.filter((id) => id !== ownId).slice(0, 10);
      assert.deepEqual(
        others.map(({ id }) => id),
        expected,
      );
    }
  });

  test('are asked for again after ten minutes, or at once when nobody was known', async () => {
    const own = random.bytes(32);
    const known = createPlaces(ids, own);
    await known.places.othersAt(shardDay);
    await known.places.isOwn(shardDay);
    assert.equal(known.askedTimes(), 1);
    known.pass(600_001);
    await known.places.othersAt(shardDay);
    assert.equal(known.askedTimes(), 2);
    const alone = createPlaces([], own);
    assert.equal(await alone.places.isOwn(shardDay), true);
    await alone.places.othersAt(shardDay);
    assert.equal(alone.askedTimes(), 2);
  });
});

test('discovery is asked, and what it knows serves while it cannot ask', async () => {
  const place = random.bytes(32);
  const contact = contactFromPlace(random.bytes(32), []);
  const directory = directoryFromDiscovery(
    {
      closestNodes: async () => ({ ok: false, error: { code: 'node/busy-finding' } }),
      knownClosest: () => [contact],
    },
    new AbortController().signal,
  );
  assert.deepEqual(await directory.closest(place, 10), [{ id: contact.place, addresses: [] }]);
});
