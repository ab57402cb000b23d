import { redact } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { createSimulationRandom } from '@pars/base/fakes';
import { linkAddressFromText } from '../link-address.ts';
import { createFrameOpener } from './frame-opener.ts';
import { createFrameSealer } from './frame-sealer.ts';
import { createLinkFixture, createSeededSuite, shakeHands } from './link-fixture.ts';
import type { LinkMachine } from './link-machine.ts';

const link = await createLinkFixture('link fuzzing');
const { symmetric } = createSeededSuite(createSimulationRandom('frame fuzzing'));

/** Everything of a link that reads bytes of strangers. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'mesh/link-responder',
    corpus: recordedMessages,
    run: (input) => feed(link.responder(), input),
  },
  {
    name: 'mesh/link-responder-under-load',
    corpus: recordedMessages,
    run: (input) => feed(link.responder({ difficulty: () => 16 }), input),
  },
  {
    name: 'mesh/link-initiator',
    corpus: recordedMessages,
    run: (input) => feed(link.initiator(), input),
  },
  {
    name: 'mesh/link-frames',
    corpus: async () => {
      const sealer = createFrameSealer(symmetric, redact(new Uint8Array(32)));
      const sealed = [[], [new Uint8Array(10)], [new Uint8Array(1_000)]].map((parts) =>
        sealer.seal(parts),
      );
      return sealed.filter((wire) => wire.ok).map((wire) => wire.value);
    },
    run: (input) => {
      const opener = createFrameOpener(symmetric, redact(new Uint8Array(32)));
      const half = input.length >>> 1;
      opener.open(input.subarray(0, half));
      opener.open(input.subarray(half));
      opener.end();
    },
  },
  {
    name: 'mesh/link-address',
    corpus: async () =>
      [
        '/ip4/127.0.0.1/tcp/4001',
        '/memory/a/p2p/12D3KooWPYUNq56akCztJZE6zUVMdPvNPEfFionGVSf7buBHeT1t',
      ].map((text) => new TextEncoder().encode(text)),
    run: (input) => {
      linkAddressFromText(new TextDecoder().decode(input));
    },
  },
];

async function recordedMessages(): Promise<readonly Uint8Array[]> {
  const direct = await shakeHands(link.initiator(), link.responder());
  const challenged = await shakeHands(link.initiator(), link.responder({ difficulty: () => 0 }));
  if ('code' in direct || 'code' in challenged) throw new Error('the handshake failed');
  return [...direct.messages, ...challenged.messages];
}

/** A failed machine must be ended, and every step must be one of the four. */
async function feed(machine: LinkMachine, input: Uint8Array): Promise<void> {
  await machine.start();
  const announced = machine.expect(input.subarray(0, 3));
  const step = await machine.receive(input);
  const isEnded = machine.stateName === 'failed';
  if (!announced.ok && !isEnded) throw new Error('a refused header did not end the machine');
  if ((step.kind === 'fail') !== isEnded) throw new Error(`${step.kind} in ${machine.stateName}`);
}
