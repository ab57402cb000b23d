import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createTestNetwork, gossipParcel } from './gossip-fixture.ts';

const count = 8;
const someNode = fc.nat({ max: count - 1 });

/** Cuts, joins, parcels and a few deliveries in between, in any order. */
const someStep = fc.oneof(
  fc.record({ kind: fc.constant('link' as const), one: someNode, other: someNode }),
  fc.record({ kind: fc.constant('cut' as const), one: someNode, other: someNode }),
  fc.record({
    kind: fc.constant('publish' as const),
    node: someNode,
    gossipClass: fc.constantFrom('emergency' as const, 'ledger' as const, 'island' as const),
    sizeBytes: fc.constantFrom(1_024, 16_384, 65_536),
  }),
  fc.record({ kind: fc.constant('deliver' as const), messages: fc.nat({ max: 40 }) }),
);

test('whatever is cut and joined, once all are connected everybody has everything, and few copies crossed', () => {
  fc.assert(
    fc.property(fc.array(someStep, { maxLength: 60 }), fc.nat(), (steps, seed) => {
      const network = createTestNetwork(`prop ${seed}`, count);
      let parcels = 0;
      for (const step of steps) {
        switch (step.kind) {
          case 'link':
            if (step.one !== step.other) network.connect(step.one, step.other);
            break;
          case 'cut':
            if (network.isConnected(step.one, step.other)) network.disconnect(step.one, step.other);
            break;
          case 'publish': {
            const priority = step.gossipClass === 'emergency' ? 2 : 0;
            const parcel = gossipParcel(network.random, priority, step.sizeBytes);
            network.publish(step.node, step.gossipClass, parcel);
            parcels += 1;
            break;
          }
          case 'deliver':
            network.settle(step.messages);
        }
      }
      for (let node = 0; node < count; node += 1) network.connect(node, (node + 1) % count);
      network.settle();
      for (const node of network.nodes) {
        assert.equal(node.stored.size, parcels);
        assert.deepEqual(node.misbehaved, []);
        assert.equal(node.gossip.stats().wanted, 0);
      }
      // Links that broke under way cost copies; without them nobody gets more than its links.
      const copies = network.nodes.reduce((sum, node) => sum + node.copies, 0);
      assert.ok(copies <= parcels * count * (count - 1));
    }),
    { numRuns: 60 },
  );
});
