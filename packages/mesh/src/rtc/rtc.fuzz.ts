import type { FuzzTarget } from '@pars/base/conformance';
import { createSimulationRandom, createVirtualTime } from '@pars/base/fakes';
import { createSeededSuite } from '../link/link-fixture.ts';
import { createChannelStream, maxChannelMessage } from './channel-stream.ts';
import { rtcEndpointFromDescription, rtcEndpointToDescription } from './rtc-description.ts';
import { recordSignals } from './rtc-recording-fixture.ts';
import { decodeRtcSignal, encodeRtcSignal, rtcSignalFromText } from './rtc-signal.ts';

const { symmetric } = createSeededSuite(createSimulationRandom('rtc fuzzing'));
const recordings = recordSignals();
const utf8 = new TextDecoder();

/** Everything of a meeting that reads what others made. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'mesh/rtc-signal',
    corpus: async () => recordings.map(({ bytes }) => Uint8Array.from(Buffer.from(bytes, 'hex'))),
    run(input) {
      const read = decodeRtcSignal(symmetric, input);
      if (!read.ok) return;
      const again = encodeRtcSignal(symmetric, read.value);
      if (!Buffer.from(again).equals(input)) throw new Error('two encodings of one signal');
    },
  },
  {
    name: 'mesh/rtc-signal-text',
    corpus: async () => recordings.map(({ text }) => new TextEncoder().encode(text)),
    run(input) {
      rtcSignalFromText(symmetric, utf8.decode(input));
    },
  },
  {
    name: 'mesh/rtc-description',
    corpus: async () => recordings.map(({ description }) => new TextEncoder().encode(description)),
    run(input) {
      const read = rtcEndpointFromDescription(utf8.decode(input), 'answer');
      if (!read.ok) return;
      const written = rtcEndpointToDescription(read.value, 'answer');
      if (!/^[\x20-\x7e\r\n]*$/.test(written)) throw new Error('a line of its own');
    },
  },
  {
    name: 'mesh/rtc-channel',
    corpus: async () => ['end', 'more 65536'].map((text) => new TextEncoder().encode(text)),
    run(input) {
      const channel = { send: () => undefined, bufferedAmount: () => 0, close: () => undefined };
      const stream = createChannelStream(channel, createVirtualTime());
      stream.receive(utf8.decode(input));
      stream.receive(input.subarray(0, maxChannelMessage));
      stream.closed();
    },
  },
];
