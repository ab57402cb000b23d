import { compareBytes, ParsError } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { createSimulationRandom } from '@pars/base/fakes';
import { hashDep, testSpace } from '../history-fixture.ts';
import { createMember, growHistory } from './frontier-fixture.ts';
import { decodeFrontierMessage, encodeFrontierMessage } from './frontier-message.ts';
import { sampleMessages } from './frontier-recording-fixture.ts';
import { createSnapshotAssembly, createSnapshotStream } from './snapshot.ts';

const corpus = async () => sampleMessages().map(encodeFrontierMessage);
const history = growHistory([0, 1, 3, 2, 1]);

/** Whatever a member says: read in one way or refused, and never more than the sync's own end. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'dag/frontier-message',
    corpus,
    run(input) {
      const message = decodeFrontierMessage(input);
      if (message.ok && compareBytes(encodeFrontierMessage(message.value), input) !== 0) {
        throw breach('one encoding');
      }
    },
  },
  {
    name: 'dag/frontier-sync',
    corpus,
    async run(input) {
      const side = await createMember(createSimulationRandom('fuzz'));
      const bytes = history.vertices.map((vertex) => vertex.bytes);
      await side.replica.receive('own', bytes);
      await side.settle(side.machine.connected());
      const effects = await side.settle(side.machine.receive(input));
      for (const effect of effects) {
        if (effect.kind === 'send' && effect.message.length > 32_766) throw breach('length');
      }
      if (!effects.some((effect) => effect.kind === 'fail')) return;
      if (effects.length !== 1) throw breach('nothing but the failure');
      if (side.machine.receive(input).length !== 0) throw breach('silence after failing');
    },
  },
  {
    name: 'dag/snapshot-stream',
    corpus: async () => {
      const content = { base: new Uint8Array(40), state: new Uint8Array(20_000) };
      const stream = createSnapshotStream(hashDep, testSpace, content);
      return stream === undefined ? [] : [stream.slice(0, 30_000)];
    },
    run(input) {
      const content = { base: new Uint8Array(40), state: new Uint8Array(20_000) };
      const stream = createSnapshotStream(hashDep, testSpace, content);
      if (stream === undefined) throw breach('a stream');
      const { root, contentLength } = stream;
      const assembly = createSnapshotAssembly(hashDep, testSpace, root, contentLength);
      const isTaken = assembly?.add(0, input) === true;
      const isRight = compareBytes(stream.slice(0, input.length), input) === 0;
      const isWhole = assembly?.length === assembly?.totalLength;
      if (isTaken && isWhole && !isRight) throw breach('only the right bytes');
    },
  },
];

function breach(expectation: string): ParsError {
  return new ParsError('base/does-not-conform', { expectation });
}
