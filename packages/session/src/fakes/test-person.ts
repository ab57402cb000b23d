import { redact } from '@pars/base';
import { createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import { createJavaScriptProvider, createSuite, type Suite } from '@pars/crypto';
import { type ContactCard, createContactCard } from '../contact/contact-card.ts';
import { generatePrekey, keyIdFromPublicKey, type Prekey } from '../contact/prekey.ts';
import { type Identity, openIdentity } from '../identity/identity.ts';
import type { PersonName } from '../identity/person-name.ts';
import type { LetterKey } from '../letter/letter.ts';

/** A person in a test, with a card and the private halves that letters need. */
export interface TestPerson {
  readonly identity: Identity;
  readonly prekey: Prekey;
  readonly card: ContactCard;
  readonly letterKeys: readonly LetterKey[];
}

/** The wall clock of the tests: 2026-11-22 00:00 UTC. */
export const TEST_NOW_MS: number = 1_795_305_600_000;

/** Suite 1 over the JavaScript provider and reproducible randomness. Never for real people. */
export function createTestSuite(random: SimulationRandom): Suite {
  return createSuite({ provider: createJavaScriptProvider({ random }), random });
}

/**
 * A person from a label; the same label gives the same keys. The root key is
 * made up: deriving a real one takes a second, and one test does it.
 */
export async function createTestPerson(
  suite: Suite,
  label: string,
  options: { readonly name?: string; readonly nowMs?: number } = {},
): Promise<TestPerson> {
  const random = createSimulationRandom(`person ${label}`);
  const { name, nowMs = TEST_NOW_MS } = options;
  const identity = await openIdentity(suite, {
    rootPublicKey: random.bytes(64),
    signingSeed: redact(random.bytes(64)),
    staticSeed: redact(random.bytes(96)),
  });
  const prekey = await generatePrekey(suite, nowMs);
  const card = await createContactCard(suite, identity, {
    prekey,
    nowMs,
    ...(name === undefined ? {} : { name: name as PersonName }),
  });
  const privateKey = await suite.kem.privateKeyFromSeed(prekey.seed);
  return {
    identity,
    prekey,
    card,
    letterKeys: [
      {
        id: keyIdFromPublicKey(suite, identity.staticKey.publicKey),
        privateKey: identity.staticKey,
      },
      { id: keyIdFromPublicKey(suite, prekey.publicKey), privateKey },
    ],
  };
}
