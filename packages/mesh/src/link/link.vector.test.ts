import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { gcm } from '@noble/ciphers/aes.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { sha3_256 } from '@noble/hashes/sha3.js';
import { ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { type LinkRecording, recordLinks } from './link-recording-fixture.ts';

/*
 * A second reader of the wire, written from PIP-1000 and PIP-2000 alone: it
 * shares no line with the implementation, only the primitives' library.
 */

const recordings = JSON.parse(
  readFileSync(new URL('./link.vectors.json', import.meta.url), 'utf8'),
) as readonly LinkRecording[];

test('recording again gives the frozen bytes', async () => {
  assert.deepEqual(await recordLinks(), recordings);
});

for (const recording of recordings) {
  describe(`the recorded ${recording.name} handshake`, () => {
    const messages = recording.messages.map(bytes);
    const [reply, finish] = messages.slice(-2) as [Uint8Array, Uint8Array];
    const opening = messages.at(-3) as Uint8Array;
    const th1 = sha3(text('pars/1 link transcript'), opening);
    const th2 = sha3(th1, reply.subarray(0, 1_603));
    const th3 = sha3(th2, reply.subarray(1_603));
    const th4 = sha3(th3, finish);
    const secret = sharedSecret(bytes(recording.ephemeralSeed), reply.subarray(3, 1_603));
    const handshake = hkdf(sha512, secret, th2, text('pars/1 link handshake'), 64);
    const traffic = hkdf(sha512, secret, th4, text('pars/1 link traffic'), 64);

    test('has messages of the written layout', () => {
      const types = messages.map((message) => [...message.subarray(0, 3)]);
      const lengths = messages.map((message) => message.length);
      if (recording.name === 'direct') {
        assert.deepEqual(types, [
          [1, 1, 1],
          [1, 1, 4],
          [1, 1, 5],
        ]);
        assert.deepEqual(lengths, [1_603, 9_043, 7_443]);
        return;
      }
      assert.deepEqual(types, [
        [1, 1, 1],
        [1, 1, 2],
        [1, 1, 3],
        [1, 1, 4],
        [1, 1, 5],
      ]);
      assert.deepEqual(lengths, [1_603, 40, 1_648, 9_043, 7_443]);
      const [hello, challenge, retry] = messages as [Uint8Array, Uint8Array, Uint8Array];
      const cookie = challenge.subarray(3);
      assert.deepEqual(retry.subarray(3, 40), cookie);
      assert.deepEqual(retry.subarray(48), hello.subarray(3));
      assert.equal(cookie[4], 8);
      assert.equal(sha3(text('pars/1 link puzzle'), cookie, retry.subarray(40, 48))[0], 0);
    });

    test('proves both hybrid node keys', () => {
      const sides = [
        [
          'initiator',
          finish.subarray(3),
          handshake.subarray(0, 32),
          th3,
          recording.initiatorNodeKey,
        ],
        [
          'responder',
          reply.subarray(1_603),
          handshake.subarray(32),
          th2,
          recording.responderNodeKey,
        ],
      ] as const;
      for (const [role, sealed, key, transcript, nodeKeyHex] of sides) {
        const payload = gcm(key, new Uint8Array(12), transcript).decrypt(sealed);
        assert.equal(payload.length, 7_424);
        const nodeKey = payload.subarray(0, 2_624);
        assert.deepEqual(nodeKey, bytes(nodeKeyHex));
        assert.equal(payload[7_315], 1);
        assert.ok(payload.subarray(7_316).every((byte) => byte === 0));
        const context = text(`pars/1 link ${role}`);
        const signed = concat(
          text('pars/1 hybrid signature\0'),
          Uint8Array.of(context.length),
          context,
          transcript,
          nodeKey,
          Uint8Array.of(1),
        );
        const signature = payload.subarray(2_624, 7_315);
        assert.ok(ed25519.verify(signature.subarray(0, 64), signed, nodeKey.subarray(0, 32)));
        assert.ok(ml_dsa87.verify(signature.subarray(64), signed, nodeKey.subarray(32)));
      }
    });

    test('gives keys that open the frames of both sides', () => {
      const sides = [
        [recording.initiatorSends, traffic.subarray(0, 32)],
        [recording.responderSends, traffic.subarray(32)],
      ] as const;
      for (const [sends, root] of sides) {
        const okm = hkdf(sha512, root, new Uint8Array(0), text('pars/1 link frames'), 76);
        let frameNumber = 0;
        for (const { content, wire } of sends) {
          const frames = bytes(wire);
          const received: Uint8Array[] = [];
          for (let offset = 0; offset < frames.length; ) {
            const length = ((frames[offset] ?? 0) + 1) * 256;
            const nonce = okm.slice(64);
            nonce[11] = (nonce[11] ?? 0) ^ frameNumber;
            const plaintext = gcm(
              okm.subarray(32, 64),
              nonce,
              frames.subarray(offset, offset + 1),
            ).decrypt(frames.subarray(offset + 1, offset + length));
            const contentLength = (plaintext[0] ?? 0) * 256 + (plaintext[1] ?? 0);
            received.push(plaintext.subarray(2, 2 + contentLength));
            assert.ok(plaintext.subarray(2 + contentLength).every((byte) => byte === 0));
            offset += length;
            frameNumber += 1;
          }
          assert.deepEqual(concat(...received), bytes(content));
        }
      }
    });
  });
}

function sharedSecret(seed: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const postQuantum = ml_kem1024.keygen(seed.subarray(32));
  const ctX = ciphertext.subarray(0, 32);
  const ctM = ciphertext.subarray(32);
  return sha3(
    ml_kem1024.decapsulate(ctM, postQuantum.secretKey),
    x25519.getSharedSecret(seed.subarray(0, 32), ctX),
    ctM,
    ctX,
    postQuantum.publicKey,
    x25519.getPublicKey(seed.subarray(0, 32)),
    text('pars/1 kem x25519 ml-kem-1024'),
  );
}

function sha3(...parts: readonly Uint8Array[]): Uint8Array {
  return sha3_256(concat(...parts));
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function text(ascii: string): Uint8Array {
  return new TextEncoder().encode(ascii);
}

function bytes(hexadecimal: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hexadecimal, 'hex'));
}
