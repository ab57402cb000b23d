import { redact, unwrap } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { createSimulationRandom } from '@pars/base/fakes';
import { createTestSuite } from '../parcel/parcel-fixture.ts';
import { createFountainDecoder, createFountainEncoder } from './fountain/index.ts';
import { createQrReceiver } from './qr-stream/qr-receiver.ts';
import { createQrSender } from './qr-stream/qr-sender.ts';
import { parcelFromCompact } from './radio/compact-parcel.ts';
import { createKissReader, encodeKissFrame } from './radio/kiss.ts';
import { createSimulatedAir, radioNetwork } from './radio/radio-air-fixture.ts';
import { radioGroupKeys } from './radio/radio-key.ts';
import { sealRadioFrame } from './radio/radio-seal.ts';

const random = createSimulationRandom('carriers fuzz');
const { symmetric } = createTestSuite(random);
const air = createSimulatedAir('carriers fuzz', { loss: 0 });
const station = air.createStation();
const keys = radioGroupKeys(symmetric, redact(new Uint8Array(32).fill(5)));
let counter = 0;

/** Everything of carriers that reads bytes of strangers, and of members of a radio group. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'mesh/radio-kiss',
    corpus: async () => [encodeKissFrame(Uint8Array.of(0xc0, 0xdb, 1, 2))],
    run: (input) => {
      for (const frame of createKissReader().push(input)) station.machine.receive(frame, air.nowMs);
    },
  },
  {
    // A member that says anything: the group's key does not make it honest.
    name: 'mesh/radio-member',
    corpus: async () => [
      Uint8Array.of(5, 0, 1, 2, 3, 4, 5, 6, 0, 2, 109, 0, 1, 9),
      Uint8Array.of(2, 0, 1, 1, 1, 1, 1, 1, 0, 0),
    ],
    run: (input) => {
      const message = input.subarray(0, 210);
      if (message.length === 0) return;
      counter += 1;
      station.machine.receive(
        sealRadioFrame(symmetric, keys, { station: 77, counter, message }),
        air.nowMs,
      );
      air.run(500);
    },
  },
  {
    name: 'mesh/radio-compact-parcel',
    corpus: async () => [random.bytes(621)],
    run: (input) => {
      parcelFromCompact(symmetric, radioNetwork, input);
    },
  },
  {
    name: 'mesh/fountain-symbols',
    corpus: async () => {
      const encoder = createFountainEncoder(random.bytes(50), 9);
      return [Uint8Array.from([1, 2, 30, 40, 50].flatMap((id) => [id, ...encoder.symbol(id)]))];
    },
    run: (input) => {
      const decoder = createFountainDecoder({ objectLength: 50, symbolLength: 9 });
      for (let at = 0; at < input.length; at += 10) {
        decoder.add(input[at] ?? 0, input.subarray(at + 1, at + 10));
        if (decoder.missing < 0 || decoder.missing > 6) throw new Error('no such number');
      }
    },
  },
  {
    name: 'mesh/qr-frame',
    corpus: async () => {
      const sender = unwrap(createQrSender(symmetric, 'text', random.bytes(90), 40));
      return [0, 1, 2, 3].map((number) => new TextEncoder().encode(sender.frame(number)));
    },
    run: (input) => {
      createQrReceiver(symmetric).add(new TextDecoder().decode(input));
    },
  },
];
