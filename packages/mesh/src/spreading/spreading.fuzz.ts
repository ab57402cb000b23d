import { compareBytes, ok } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { createDuel, gossipParcel } from './gossip-fixture.ts';
import { decodeGossipMessage, encodeGossipMessage } from './gossip-message.ts';
import { sampleGossip } from './gossip-sample-fixture.ts';

const gossip = async () => sampleGossip.map(encodeGossipMessage);

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
];

function requireSame(encoded: Uint8Array, input: Uint8Array): void {
  if (compareBytes(encoded, input) !== 0) throw new Error('read, but not the one encoding');
}
