import { compareBytes, ok } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { createSimulationRandom } from '@pars/base/fakes';
import { createTestSuite, testNetwork } from '../parcel/parcel-fixture.ts';
import { createDuel, gossipParcel } from './gossip-fixture.ts';
import { decodeGossipMessage, encodeGossipMessage } from './gossip-message.ts';
import { sampleGossip, sampleKeeper } from './gossip-sample-fixture.ts';
import { createKeeperDelivery } from './keeper-delivery.ts';
import { createKeeperFetch } from './keeper-fetch.ts';
import { decodeKeeperMessage, encodeKeeperMessage } from './keeper-message.ts';
import { createKeeperServer } from './keeper-server.ts';

const gossip = async () => sampleGossip.map(encodeGossipMessage);
const keeper = async () => sampleKeeper.map(encodeKeeperMessage);

/** Everything of spreading that reads bytes of strangers. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'mesh/gossip-message',
    corpus: gossip,
    run: (input) => {
      const message = decodeGossipMessage(input);
      if (message.ok) requireSame(encodeGossipMessage(message.value), input);
    },
  },
  {
    name: 'mesh/keeper-message',
    corpus: keeper,
    run: (input) => {
      const message = decodeKeeperMessage(input);
      if (message.ok) requireSame(encodeKeeperMessage(message.value), input);
    },
  },
  {
    name: 'mesh/gossip',
    corpus: gossip,
    run: (input) => {
      const duel = createDuel('gossip fuzzing', 2);
      duel.gossip.publish('ledger', gossipParcel(duel.random, 0), 0);
      for (const effect of duel.gossip.receive(1, input, 1)) {
        if (effect.kind === 'admit') duel.gossip.admitted(effect.ticket, ok('stored'), 2);
        if (effect.kind === 'read') duel.gossip.loaded(effect.ticket, undefined, 2);
      }
      duel.gossip.tick(10_000);
    },
  },
  {
    name: 'mesh/keepers',
    corpus: keeper,
    run: (input) => {
      const random = createSimulationRandom('keeper fuzzing');
      const { symmetric } = createTestSuite(random);
      const server = createKeeperServer({
        symmetric,
        network: testNetwork,
        keepsShard: () => true,
      });
      for (const effect of server.receive('client', input, 0)) {
        if (effect.kind === 'admit') server.admitted(effect.ticket, ok('stored'));
        if (effect.kind === 'find') server.found(effect.ticket, []);
      }
      createKeeperDelivery({ symmetric, random }).receive('keeper', input, 0);
      const dummies = (count: number) => Array.from({ length: count }, () => random.bytes(32));
      const fetch = createKeeperFetch({ symmetric, network: testNetwork, dummies });
      fetch.slot(['keeper'], 0);
      fetch.receive('keeper', input, 0);
    },
  },
];

function requireSame(encoded: Uint8Array, input: Uint8Array): void {
  if (compareBytes(encoded, input) !== 0) throw new Error('read, but not the one encoding');
}
