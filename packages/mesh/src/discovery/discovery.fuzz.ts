import { compareBytes, utf8FromBytes } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { createSimulationRandom } from '@pars/base/fakes';
import { createTestSuite } from '../parcel/parcel-fixture.ts';
import { decodeBook, encodeBook } from './book/book-row.ts';
import { recordDiscovery } from './discovery-recording-fixture.ts';
import { sampleEndpoints, sampleMessages } from './discovery-sample-fixture.ts';
import { createFinder, decodeFindMessage, encodeFindMessage } from './find/index.ts';
import { contactFromPlace } from './find/node-contact.ts';
import { nodeLinkFromText, nodeLinkToText, readNodeList, readNodeRecord } from './record/index.ts';

const recorded = recordDiscovery();
const messages = async () => sampleMessages.map(encodeFindMessage);
const suite = createTestSuite(createSimulationRandom('discovery fuzzing'));
const utf8 = new TextEncoder();

/** Everything of discovery that reads what strangers, files and people give. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'mesh/find-message',
    corpus: messages,
    run: (input) => {
      const message = decodeFindMessage(input);
      if (message.ok) requireSame(encodeFindMessage(message.value), input);
    },
  },
  {
    name: 'mesh/finder',
    corpus: messages,
    run: (input) => {
      const random = createSimulationRandom('finder fuzzing');
      const finder = createFinder({ random }, contactFromPlace(random.bytes(32), []));
      finder.serveAt(sampleEndpoints);
      const asker = contactFromPlace(random.bytes(32), []);
      finder.serve({ ...asker, ip: Uint8Array.of(44, 1, 2, 3) }, input, 0);
      for (const effect of finder.hear([contactFromPlace(random.bytes(32), sampleEndpoints)], 0)) {
        if (effect.kind === 'ask') finder.answered(effect.ticket, input, sampleEndpoints[0], 1);
      }
      const search = finder.search(random.bytes(32));
      for (const effect of search?.effects ?? []) {
        if (effect.kind === 'ask') finder.answered(effect.ticket, input, undefined, 1);
      }
    },
  },
  {
    name: 'mesh/node-link',
    corpus: async () => [utf8.encode((await recorded).nodeLink)],
    run: (input) => {
      const text = utf8FromBytes(input);
      if (!text.ok) return;
      const link = nodeLinkFromText(suite.symmetric, text.value);
      if (link.ok && nodeLinkToText(suite.symmetric, link.value) !== text.value) {
        throw new Error('read, but not the one text');
      }
    },
  },
  {
    name: 'mesh/node-list',
    corpus: async () => [utf8.encode((await recorded).nodeList)],
    run: async (input) => {
      const text = utf8FromBytes(input);
      if (text.ok) await readNodeList(suite, text.value, (await recorded).nowMs);
    },
  },
  {
    name: 'mesh/node-record',
    corpus: async () => [Uint8Array.from(Buffer.from((await recorded).nodeRecord, 'hex'))],
    run: async (input) => {
      await readNodeRecord(suite, input, (await recorded).nowMs);
    },
  },
  {
    name: 'mesh/peer-book',
    corpus: async () => [Uint8Array.from(Buffer.from((await recorded).peerBook, 'hex'))],
    run: (input) => {
      const entries = decodeBook(input);
      if (!entries.ok) return;
      const again = decodeBook(encodeBook(entries.value));
      if (!again.ok) throw new Error('written, but not to be read');
    },
  },
];

function requireSame(encoded: Uint8Array, input: Uint8Array): void {
  if (compareBytes(encoded, input) !== 0) throw new Error('read, but not the one encoding');
}
