import { redact, unwrap } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { createSimulationRandom } from '@pars/base/fakes';
import { verifyContactCard } from './contact/contact-card.ts';
import { formatInvite, parseInvite } from './contact/invite.ts';
import { createTestPerson, createTestSuite, TEST_NOW_MS } from './fakes/test-person.ts';
import { openLetter, sealLetter } from './letter/letter.ts';
import {
  decodeLetterContent,
  encodeLetterContent,
  type LetterContent,
} from './letter/letter-content.ts';
import { slotFromMs } from './slot.ts';

const random = createSimulationRandom('session fuzz');
const suite = createTestSuite(random);
const people = (async () => ({
  ana: await createTestPerson(suite, 'ana', { name: 'Ana' }),
  bob: await createTestPerson(suite, 'bob'),
}))();

async function sampleContent(): Promise<LetterContent> {
  const { ana } = await people;
  return {
    messageId: random.bytes(16),
    sentSlot: slotFromMs(TEST_NOW_MS),
    sender: ana.identity.sessionId,
    senderCardHash: ana.card.hash,
    receiptKey: redact(random.bytes(32)),
    endpoint: { nodeId: 'node', addresses: ['/memory/ana'] },
    body: { type: 'text', text: 'سلام' },
  };
}

/** Any bytes give a value or a code; these readers see bytes of strangers. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'session/contact-card',
    corpus: async () => [(await people).ana.card.bytes, (await people).bob.card.bytes],
    run: async (input) => {
      await verifyContactCard(suite, input, TEST_NOW_MS);
    },
  },
  {
    name: 'session/invite',
    corpus: async () => {
      const text = formatInvite(suite, {
        cardHash: random.bytes(32),
        secret: redact(random.bytes(32)),
        oneTimeKeyId: random.bytes(32),
        addresses: ['/memory/ana'],
        expiresSlot: slotFromMs(TEST_NOW_MS) + 1,
      });
      return [new TextEncoder().encode(text)];
    },
    run: (input) => {
      parseInvite(suite, new TextDecoder().decode(input), TEST_NOW_MS);
    },
  },
  {
    name: 'session/letter',
    corpus: async () => {
      const { ana, bob } = await people;
      const content = await sampleContent();
      const letter = {
        sender: ana.identity,
        recipient: bob.card,
        content,
        nowMs: TEST_NOW_MS,
      };
      return [unwrap(await sealLetter(suite, letter))];
    },
    run: async (input) => {
      await openLetter(suite, (await people).bob.letterKeys, input);
    },
  },
  {
    name: 'session/letter-content',
    corpus: async () => [encodeLetterContent(await sampleContent())],
    run: (input) => {
      decodeLetterContent(input);
    },
  },
];
