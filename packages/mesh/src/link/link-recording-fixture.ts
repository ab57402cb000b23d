import { hex } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createFrameSealer } from './frame-sealer.ts';
import { createLinkFixture, shakeHands } from './link-fixture.ts';
import type { LinkSession } from './link-machine.ts';

/** One handshake with the frames after it, as frozen in link.vectors.json. All bytes in hexadecimal. */
export interface LinkRecording {
  readonly name: string;
  /** Seed of the initiator's ephemeral hybrid key: 96 bytes. It opens everything that follows. */
  readonly ephemeralSeed: string;
  readonly initiatorNodeKey: string;
  readonly responderNodeKey: string;
  /** In order of sending; the initiator sends the first. */
  readonly messages: readonly string[];
  /** What each side sends afterwards; `wire` may hold several frames. */
  readonly initiatorSends: readonly { readonly content: string; readonly wire: string }[];
  readonly responderSends: readonly { readonly content: string; readonly wire: string }[];
}

/** Makes the recordings again; the same on every run and platform. */
export async function recordLinks(): Promise<readonly LinkRecording[]> {
  return [await recordLink('direct', undefined), await recordLink('challenged', 8)];
}

async function recordLink(name: string, difficulty: number | undefined): Promise<LinkRecording> {
  const seeds: Uint8Array[] = [];
  const random = createSimulationRandom(`link vectors ${name}`);
  const link = await createLinkFixture({
    ...random,
    bytes(length) {
      const bytes = random.bytes(length);
      if (length === 96) seeds.push(bytes.slice());
      return bytes;
    },
  });
  const result = await shakeHands(
    link.initiator(),
    link.responder({ difficulty: () => difficulty }),
  );
  if ('code' in result) throw new Error(result.code);
  const [ephemeralSeed] = seeds;
  if (ephemeralSeed === undefined) throw new Error('no ephemeral seed was drawn');
  const contents = [
    new TextEncoder().encode('pars'),
    new Uint8Array(0),
    new Uint8Array(300).fill(5),
  ];
  const sends = (session: LinkSession) => {
    const sealer = createFrameSealer(link.suite.symmetric, session.sendRoot);
    return contents.map((content) => {
      const wire = sealer.seal([content]);
      if (!wire.ok) throw new Error(wire.error.code);
      return { content: hex.encode(content), wire: hex.encode(wire.value) };
    });
  };
  return {
    name,
    ephemeralSeed: hex.encode(ephemeralSeed),
    initiatorNodeKey: hex.encode(link.alice.publicKey.bytes),
    responderNodeKey: hex.encode(link.bob.publicKey.bytes),
    messages: result.messages.map((message) => hex.encode(message)),
    initiatorSends: sends(result.initiator),
    responderSends: sends(result.responder),
  };
}
