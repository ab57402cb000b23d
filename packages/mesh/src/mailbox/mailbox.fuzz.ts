import { compareBytes } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { createKeeperDelivery } from './keeper-delivery.ts';
import { decodeKeeperMessage, encodeKeeperMessage } from './keeper-message.ts';
import { createRepairRound } from './keeper-repair.ts';
import { sampleKeeper } from './keeper-sample-fixture.ts';
import { createMailboxFetch } from './mailbox-fetch.ts';
import { createMailboxFixture, mailboxNetwork, randomOf } from './mailbox-fixture.ts';

const corpus = async () => sampleKeeper.map(encodeKeeperMessage);

/** Everything of mailboxes that reads bytes of strangers. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'mesh/keeper-message',
    corpus,
    run: (input) => {
      const message = decodeKeeperMessage(input);
      if (!message.ok) return;
      if (compareBytes(encodeKeeperMessage(message.value), input) !== 0) {
        throw new Error('read, but not the one encoding');
      }
    },
  },
  {
    name: 'mesh/keeper',
    corpus,
    run: (input) => {
      const fixture = createMailboxFixture('keeper fuzzing');
      fixture.createKeeper(new Uint8Array(32)).ask('client', input, 0);
    },
  },
  {
    name: 'mesh/mailbox-answers',
    corpus,
    run: (input) => {
      const random = randomOf('answer fuzzing');
      const { symmetric } = createMailboxFixture('answer fuzzing');
      const deps = { symmetric, network: mailboxNetwork, random };
      createKeeperDelivery(deps).receive('keeper', input, 0);
      const fetch = createMailboxFetch({ ...deps, shardOf: () => 0 });
      fetch.ask(fetch.nextVisit(0), ['keeper'], 0);
      fetch.receive('keeper', input, 0);
      const id = new Uint8Array(32);
      const held = [{ item: 1n, priority: 'normal' }] as const;
      const task = { shardDay: { shard: 0, day: 0 }, held, keepers: [id] };
      const round = createRepairRound(deps, task);
      for (const effect of round.start()) {
        if (effect.kind === 'send') round.receive(effect.keeper, input);
      }
    },
  },
];
