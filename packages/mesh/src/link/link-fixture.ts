import { createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import { createSuite, type HybridSignerKey, type Suite } from '@pars/crypto';
import { type CryptoProvider, createJavaScriptProvider } from '@pars/crypto/provider';
import { type CookieJar, createCookieJar } from './cookie-jar.ts';
import { createLinkInitiator, type LinkInitiatorOptions } from './link-initiator.ts';
import type { LinkMachine, LinkSession, LinkStep } from './link-machine.ts';
import { createLinkResponder, type LinkResponderOptions } from './link-responder.ts';

/** Suite 1 whose every output follows from a seed. For tests and frozen transcripts. */
export function createSeededSuite(random: SimulationRandom): Suite {
  const provider = createJavaScriptProvider({ random });
  const { encapsulateWith } = provider.mlKem1024;
  const { signDeterministic } = provider.mlDsa87;
  if (encapsulateWith === undefined || signDeterministic === undefined) {
    throw new Error('the JavaScript provider has lost its deterministic operations');
  }
  const seeded: CryptoProvider = {
    ...provider,
    mlKem1024: {
      ...provider.mlKem1024,
      encapsulate: (publicKey) => encapsulateWith(publicKey, random.bytes(32)),
    },
    mlDsa87: { ...provider.mlDsa87, sign: signDeterministic },
  };
  return createSuite({ provider: seeded, random });
}

/** Two nodes, and what is needed to let them shake hands any number of times. */
export interface LinkFixture {
  readonly suite: Suite;
  readonly alice: HybridSignerKey;
  readonly bob: HybridSignerKey;
  /** A third node. */
  readonly carol: HybridSignerKey;
  readonly cookies: CookieJar;
  /** Milliseconds on the clock behind the cookies. */
  nowMs: number;
  initiator(options?: Partial<LinkInitiatorOptions>, identity?: HybridSignerKey): LinkMachine;
  responder(options?: Partial<LinkResponderOptions>): LinkMachine;
}

/** Alice dials, Bob answers. The same seed (or randomness) gives the same bytes. */
export async function createLinkFixture(seed: string | SimulationRandom): Promise<LinkFixture> {
  const random = typeof seed === 'string' ? createSimulationRandom(seed) : seed;
  const suite = createSeededSuite(random);
  const alice = await suite.signature.signerFromSeed(suite.signature.generateSeed());
  const bob = await suite.signature.signerFromSeed(suite.signature.generateSeed());
  const carol = await suite.signature.signerFromSeed(suite.signature.generateSeed());
  const clock = { nowMs: () => fixture.nowMs, monotonicMs: () => fixture.nowMs };
  const cookies = createCookieJar({ symmetric: suite.symmetric, random, clock });
  const fixture: LinkFixture = {
    suite,
    alice,
    bob,
    carol,
    cookies,
    nowMs: 1_000_000,
    initiator: (options = {}, identity = alice) =>
      createLinkInitiator({ suite, identity }, { pause: () => Promise.resolve(), ...options }),
    responder: (options = {}) =>
      createLinkResponder(
        { suite, identity: bob },
        {
          difficulty: () => undefined,
          cookies,
          returnPath: new TextEncoder().encode('/memory/alice 1'),
          ...options,
        },
      ),
  };
  return fixture;
}

/** A handshake that was carried through, message by message. */
export interface CompletedHandshake {
  /** In order of sending; the initiator sends the first. */
  readonly messages: readonly Uint8Array[];
  readonly initiator: LinkSession;
  readonly responder: LinkSession;
}

/** Changes, replaces or drops message number `index` on its way. */
export type Meddler = (message: Uint8Array, index: number) => Uint8Array;

/** Carries messages between two machines until both are done or one fails. */
export async function shakeHands(
  initiator: LinkMachine,
  responder: LinkMachine,
  meddle: Meddler = (message) => message,
): Promise<CompletedHandshake | { readonly failedRole: string; readonly code: string }> {
  const messages: Uint8Array[] = [];
  const sessions: LinkSession[] = [];
  let step: LinkStep = await responder.start();
  let [from, to] = [initiator, responder];
  step = await initiator.start();
  for (;;) {
    if (step.kind === 'fail') return { failedRole: from.role, code: step.failure.code };
    if (step.kind === 'done') sessions.push(step.session);
    const outgoing = step.kind === 'wait' ? undefined : step.message;
    if (outgoing === undefined) break;
    messages.push(outgoing);
    const arriving = meddle(outgoing, messages.length - 1);
    [from, to] = [to, from];
    const announced = from.expect(arriving.subarray(0, 3));
    step = announced.ok ? await from.receive(arriving) : { kind: 'fail', failure: announced.error };
  }
  const [first, second] = sessions;
  if (first === undefined || second === undefined) throw new Error('the handshake got stuck');
  return { messages, initiator: first, responder: second };
}
