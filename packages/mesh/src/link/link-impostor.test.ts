import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HybridSignature, HybridSignatureBytes, SymmetricPrimitives } from '@pars/crypto';
import { meshErr } from '../errors.ts';
import { createLinkFixture, shakeHands } from './link-fixture.ts';
import { createLinkInitiator } from './link-initiator.ts';
import type { LinkDeps } from './link-machine.ts';
import { createLinkResponder } from './link-responder.ts';

/*
 * Peers that follow the protocol except in one point: their messages decrypt,
 * so nothing but the check of that point can refuse them.
 */

const link = await createLinkFixture('link impostors');
const { symmetric, kem, signature } = link.suite;

const ed25519Half = 0;
const mlDsaHalf = 64;
const impostors: Readonly<
  Record<string, { readonly code: string; readonly suite: Partial<LinkDeps['suite']> }>
> = {
  'claims a key that is not its own': {
    code: 'mesh/bad-signature',
    suite: {
      signature: signingWith((context, message) => signature.sign(link.carol, context, message)),
    },
  },
  'has the post-quantum half of the key only': {
    code: 'mesh/bad-signature',
    suite: { signature: withFlippedSignature(ed25519Half) },
  },
  'has the classical half of the key only': {
    code: 'mesh/bad-signature',
    suite: { signature: withFlippedSignature(mlDsaHalf) },
  },
  'names another multiplexer': {
    code: 'mesh/bad-payload',
    suite: { symmetric: withPayload((payload) => payload.fill(2, 7_315, 7_316)) },
  },
  'hides bytes in the filling': {
    code: 'mesh/bad-payload',
    suite: { symmetric: withPayload((payload) => payload.fill(1, 7_423)) },
  },
  'sends a node key that is none': {
    code: 'mesh/bad-payload',
    suite: { symmetric: withPayload((payload) => payload.fill(0, 0, 32)) },
  },
};

for (const [what, { code, suite }] of Object.entries(impostors)) {
  const deps = { symmetric, kem, signature, ...suite };
  describe(`a peer that ${what}`, () => {
    test('is refused as initiator', async () => {
      const impostor = createLinkInitiator(
        { suite: deps, identity: link.alice },
        { pause: () => Promise.resolve() },
      );
      const result = await shakeHands(impostor, link.responder());
      assert.deepEqual(result, { failedRole: 'responder', code });
    });

    test('is refused as responder', async () => {
      const impostor = createLinkResponder(
        { suite: deps, identity: link.bob },
        {
          difficulty: () => undefined,
          cookies: link.cookies,
          returnPath: Uint8Array.of(1),
        },
      );
      const result = await shakeHands(link.initiator(), impostor);
      assert.deepEqual(result, { failedRole: 'initiator', code });
    });
  });
}

test('whoever cannot sign for a key does not learn whether it is known', async () => {
  const asked: string[] = [];
  const accept: LinkDeps['accept'] = ({ nodeId }) => {
    asked.push(nodeId);
    return meshErr('mesh/key-changed');
  };
  const liar = signingWith((context, message) => signature.sign(link.carol, context, message));
  const pause = (): Promise<void> => Promise.resolve();
  const answering = {
    difficulty: () => undefined,
    cookies: link.cookies,
    returnPath: Uint8Array.of(1),
  };
  const honest = { suite: link.suite, accept };
  const lying = { suite: { symmetric, kem, signature: liar } };
  const toResponder = await shakeHands(
    createLinkInitiator({ ...lying, identity: link.alice }, { pause }),
    createLinkResponder({ ...honest, identity: link.bob }, answering),
  );
  const toInitiator = await shakeHands(
    createLinkInitiator({ ...honest, identity: link.alice }, { pause }),
    createLinkResponder({ ...lying, identity: link.bob }, answering),
  );
  assert.deepEqual(toResponder, { failedRole: 'responder', code: 'mesh/bad-signature' });
  assert.deepEqual(toInitiator, { failedRole: 'initiator', code: 'mesh/bad-signature' });
  assert.deepEqual(asked, []);
});

test('a signature of one role is none of the other', async () => {
  const swapped = signingWith((context, message) =>
    signature.sign(link.bob, context.replace('responder', 'initiator'), message),
  );
  const impostor = createLinkResponder(
    { suite: { symmetric, kem, signature: swapped }, identity: link.bob },
    { difficulty: () => undefined, cookies: link.cookies, returnPath: Uint8Array.of(1) },
  );
  const result = await shakeHands(link.initiator(), impostor);
  assert.deepEqual(result, { failedRole: 'initiator', code: 'mesh/bad-signature' });
});

function signingWith(
  sign: (context: string, message: Uint8Array) => Promise<HybridSignatureBytes>,
): HybridSignature {
  return { ...signature, sign: (_signer, context, message) => sign(context, message) };
}

function withFlippedSignature(at: number): HybridSignature {
  return {
    ...signature,
    async sign(signer, context, message) {
      const bytes = (await signature.sign(signer, context, message)).slice();
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes as HybridSignatureBytes;
    },
  };
}

function withPayload(change: (payload: Uint8Array) => void): SymmetricPrimitives {
  return {
    ...symmetric,
    gcmSeal(key, nonce, plaintext, aad) {
      const payload = plaintext.slice();
      change(payload);
      return symmetric.gcmSeal(key, nonce, payload, aad);
    },
  };
}
