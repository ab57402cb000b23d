import type { FuzzTarget } from '@pars/base/conformance';
import { createVirtualTime } from '@pars/base/fakes';
import { askForProtocol, hearProtocol } from './protocol-choice.ts';
import { encodeYamuxHeader, yamuxFlag, yamuxType } from './yamux-frame.ts';
import { createYamuxSession } from './yamux-session.ts';

/** Everything inside a link that reads bytes of the other node before a protocol does. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'mesh/yamux-session',
    corpus: async () => [
      encodeYamuxHeader({
        type: yamuxType.windowUpdate,
        flags: yamuxFlag.syn,
        streamId: 1,
        length: 9,
      }),
      encodeYamuxHeader({ type: yamuxType.data, flags: yamuxFlag.syn, streamId: 1, length: 0 }),
      encodeYamuxHeader({ type: yamuxType.ping, flags: yamuxFlag.syn, streamId: 0, length: 7 }),
      encodeYamuxHeader({ type: yamuxType.goAway, flags: 0, streamId: 0, length: 0 }),
    ],
    run(input) {
      let pushedBytes = 0;
      const session = createYamuxSession('server', {
        ...createVirtualTime(),
        writer: {
          push: (piece) => {
            pushedBytes += piece.length;
          },
          write: () => Promise.resolve(),
          stop: () => undefined,
        },
        onStream: () => undefined,
        onGone: () => undefined,
      });
      const half = input.length >>> 1;
      const first = session.receive(input.subarray(0, half));
      if (first.ok) session.receive(input.subarray(half));
      session.end();
      // A header makes one answer at most.
      if (pushedBytes > input.length) throw new Error('answers more than it was asked');
    },
  },
  {
    name: 'mesh/protocol-choice',
    corpus: async () =>
      ['\x13/multistream/1.0.0\n\x0a/pars/a/1\n', '\x13/multistream/1.0.0\n\x03na\n'].map((text) =>
        new TextEncoder().encode(text),
      ),
    async run(input) {
      const stream = { write: () => Promise.resolve() };
      await askForProtocol({ stream, reader: chunksOf(input) }, '/pars/a/1');
      await hearProtocol({ stream, reader: chunksOf(input) }, (name) => name === '/pars/a/1');
    },
  },
];

async function* chunksOf(input: Uint8Array): AsyncGenerator<Uint8Array> {
  const half = input.length >>> 1;
  yield input.subarray(0, half);
  yield input.subarray(half);
}
