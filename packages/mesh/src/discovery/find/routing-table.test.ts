import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSimulationRandom } from '@pars/base/fakes';
import fc from 'fast-check';
import { endpointGroup } from '../address/index.ts';
import { contactFromPlace, type NodeContact } from './node-contact.ts';
import { compareDistance, distanceShare, placeInBucket, sharedBits } from './place.ts';
import { createRoutingTable, tableBounds } from './routing-table.ts';

const random = createSimulationRandom('routing table');
const own = random.bytes(32);
let next = 0;

/** A node of a bucket, in a network and at a host of it. */
function nodeIn(bits: number, network: number, host?: number): NodeContact {
  next += 1;
  const ip = Uint8Array.of(44, network, (host ?? next) >> 8, (host ?? next) & 0xff);
  return contactFromPlace(placeInBucket(own, bits, random.bytes(32)), [
    { transport: 'tcp', ip, port: 1 },
  ]);
}

describe('places', () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
  test('are ordered as numbers of 256 bits are', () => {
    const number = (one: Uint8Array) => BigInt(`0x${Buffer.from(one).toString('hex')}`);
    fc.assert(
      fc.property(bytes, bytes, bytes, (place, one, other) => {
        const [a, b] = [number(one) ^ number(place), number(other) ^ number(place)];
        assert.equal(Math.sign(compareDistance(place, one, other)), a < b ? -1 : a > b ? 1 : 0);
        const share = Number(a >> 200n) / 2 ** 56;
        assert.ok(Math.abs(distanceShare(place, one) - share) < 1e-9);
      }),
    );
  });
  test('of a bucket share just so many bits', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.nat({ max: 255 }), (one, other, bits) => {
        assert.equal(sharedBits(one, placeInBucket(one, bits, other)), bits);
      }),
    );
  });
});

describe('a table', () => {
  test('holds 20 of a bucket, of at least 5 networks, whoever comes', () => {
    const table = createRoutingTable(own);
    for (let at = 0; at < 2_000; at += 1) table.prove(nodeIn(3, random.below(8)), at);
    const groups = new Map<string, number>();
    for (const { contact } of table.entries()) {
      const group = endpointGroup(contact.endpoints[0] ?? assert.fail());
      groups.set(group, (groups.get(group) ?? 0) + 1);
    }
    assert.equal(table.size, 20);
    assert.ok(groups.size >= 5);
    assert.ok(Math.max(...groups.values()) <= tableBounds.groupInBucket);
  });

  test('holds 16 of a network and 2 of an address in all', () => {
    const table = createRoutingTable(own);
    for (let at = 0; at < 500; at += 1) table.prove(nodeIn(random.below(40), 1), at);
    assert.equal(table.size, tableBounds.groupInTable);
    const other = createRoutingTable(own);
    for (let at = 0; at < 500; at += 1) other.prove(nodeIn(random.below(40), 1, 7), at);
    assert.equal(other.size, tableBounds.ipInTable);
  });

  test('keeps who was there first, until three failures in a row', () => {
    const table = createRoutingTable(own);
    const first = Array.from({ length: 20 }, (_, at) => nodeIn(2, at));
    for (const node of first) assert.equal(table.prove(node, 0), 'listed');
    const late = nodeIn(2, 30);
    assert.equal(table.prove(late, 1), 'waiting');
    const gone = first[4] ?? assert.fail();
    table.fail(gone.fingerprint);
    table.fail(gone.fingerprint);
    assert.equal(table.has(gone.fingerprint), true);
    // Who just failed is not named to others.
    assert.ok(!table.closest(gone.place, 5).includes(gone));
    table.see(gone.fingerprint, 5);
    table.fail(gone.fingerprint);
    table.fail(gone.fingerprint);
    assert.equal(table.has(gone.fingerprint), true);
    table.fail(gone.fingerprint);
    assert.equal(table.has(gone.fingerprint), false);
    assert.equal(table.has(late.fingerprint), true);
    assert.equal(table.size, 20);
  });

  test('does not let a node move into a full network, and holds itself never', () => {
    const table = createRoutingTable(own);
    for (let at = 0; at < 4; at += 1) table.prove(nodeIn(2, 1), 0);
    const mover = nodeIn(2, 2);
    table.prove(mover, 0);
    table.prove({ ...mover, endpoints: nodeIn(2, 1).endpoints }, 1);
    const kept = table.entries().find(({ contact }) => contact.fingerprint === mover.fingerprint);
    assert.deepEqual(kept?.contact.endpoints, mover.endpoints);
    assert.equal(table.prove({ ...mover, place: own }, 0), 'refused');
    assert.equal(table.size, 5);
  });
});
