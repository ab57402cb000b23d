import { compareBytes } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { createSimulationRandom } from '@pars/base/fakes';
import { encodeMessageFrame } from '../message-frame.ts';
import { createSyncPair, fakeParcel, type SyncPair } from './sync-fixture.ts';
import { createSyncFrameReader } from './sync-frame.ts';
import type { SyncEffect, SyncMachine } from './sync-machine.ts';
import { decodeSyncMessage, encodeSyncMessage } from './sync-message.ts';
import { sampleMessages } from './sync-sample-fixture.ts';

const samples = async () => sampleMessages.map(encodeSyncMessage);

/** Everything of a sync that reads bytes of strangers. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'mesh/sync-message',
    corpus: samples,
    run: (input) => {
      const message = decodeSyncMessage(input);
      if (message.ok && compareBytes(encodeSyncMessage(message.value), input) !== 0) {
        throw new Error('read, but not the one encoding');
      }
    },
  },
  {
    name: 'mesh/sync-frames',
    corpus: async () => (await samples()).map(encodeMessageFrame),
    run: (input) => {
      const reader = createSyncFrameReader();
      const half = input.length >>> 1;
      if (reader.push(input.subarray(0, half)).ok) reader.push(input.subarray(half));
    },
  },
  {
    name: 'mesh/sync-asker',
    corpus: samples,
    run: (input) => feed(newPair(), 'asker', input),
  },
  {
    name: 'mesh/sync-answerer',
    corpus: samples,
    run: (input) => feed(newPair(), 'answerer', input),
  },
];

function newPair(): SyncPair {
  const random = createSimulationRandom('sync fuzzing');
  const some = (count: number) => Array.from({ length: count }, () => fakeParcel(random, 20_454));
  return createSyncPair('sync fuzzing', { asker: some(3), answerer: some(3) });
}

/** First as the first message of a link, then after an honest beginning. */
function feed(pair: SyncPair, side: 'asker' | 'answerer', input: Uint8Array): void {
  const { machine } = pair[side];
  machine.connected();
  requireSilence(machine, machine.receive(input));
  pair.renew(side);
  pair.connect(300);
  const fresh = pair[side].machine;
  requireSilence(fresh, fresh.receive(input));
}

/** A machine that has failed does nothing more. */
function requireSilence(machine: SyncMachine, effects: readonly SyncEffect[]): void {
  if (!effects.some((effect) => effect.kind === 'fail')) return;
  if (effects.length !== 1) throw new Error('more than the failure');
  if (machine.receive(Uint8Array.of(3)).length !== 0) throw new Error('it goes on after failing');
}
