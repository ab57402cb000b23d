import assert from 'node:assert/strict';
import {
  argon2Sync,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  decapsulate,
  diffieHellman,
  hkdfSync,
  type KeyObject,
  verify,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type BundleRecording, makeRecordedBundle } from './bundle-recording-fixture.ts';

/*
 * A second reader of bundles, written from PIP-1004 and PIP-2000 alone: it
 * shares no line with the implementation.
 */

const frozen = JSON.parse(
  readFileSync(new URL('./bundle.vectors.json', import.meta.url), 'utf8'),
) as BundleRecording;
const { recording, file: fileBytes } = await makeRecordedBundle();
const file = Buffer.from(fileBytes);
const headLength = 32_768;
const chunkLength = 65_536;
const chunkCount = file.length / chunkLength - 1;

const bytes = (text: string) => Buffer.from(text, 'hex');
const sha3 = (...parts: readonly (Uint8Array | string)[]) => {
  const hash = createHash('sha3-256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const derive = (ikm: Uint8Array, salt: Uint8Array, info: string, length: number) =>
  Buffer.from(hkdfSync('sha512', ikm, salt, info, length));
const none = Buffer.alloc(0);

function open(key: Uint8Array, number: number, sealed: Uint8Array): Buffer | undefined {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(number, 8);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAuthTag(sealed.subarray(-16));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** What the slots of a head give for a key: how many of them open, and to what. */
function openKeySlots(head: Buffer, secret: Buffer, label: string): readonly Buffer[] {
  const key = derive(secret, head.subarray(0, 32), label, 32);
  const slots = Array.from({ length: 16 }, (_, at) => head.subarray(64 + 56 * at, 120 + 56 * at));
  return slots.flatMap((slot) => open(key, 0, slot) ?? []);
}

function openContactSlots(head: Buffer, seed: Buffer): readonly Buffer[] {
  const mlKem = createPrivateKey({
    key: seed.subarray(32),
    format: 'raw-seed',
    asymmetricKeyType: 'ml-kem-1024',
  });
  const x25519 = createPrivateKey({
    key: seed.subarray(0, 32),
    format: 'raw-private',
    asymmetricKeyType: 'x25519',
  });
  const raw = (key: KeyObject) => createPublicKey(key).export({ format: 'raw-public' });
  return Array.from({ length: 16 }, (_, at) => 960 + 1_656 * at).flatMap((start) => {
    const ctX = head.subarray(start, start + 32);
    const ctM = head.subarray(start + 32, start + 1_600);
    const ephemeral = createPublicKey({
      key: ctX,
      format: 'raw-public',
      asymmetricKeyType: 'x25519',
    });
    const ssX = diffieHellman({ privateKey: x25519, publicKey: ephemeral });
    const ssM = decapsulate(mlKem, ctM);
    const label = 'pars/1 kem x25519 ml-kem-1024';
    const shared = sha3(ssM, ssX, ctM, ctX, raw(mlKem), raw(x25519), label);
    const key = derive(shared, head.subarray(0, 32), 'pars/1 bundle contact slot', 32);
    return open(key, 0, head.subarray(start + 1_600, start + 1_656)) ?? [];
  });
}

test('recording again gives the frozen bundle', () => {
  assert.deepEqual(recording, frozen);
  assert.equal(sha3(file).toString('hex'), frozen.fileHash);
});

describe('the recorded bundle', () => {
  const second = headLength + Math.min(16, chunkCount) * chunkLength;
  const heads = [file.subarray(0, headLength), file.subarray(second, second + headLength)];
  const stretch = (salt: Buffer) =>
    argon2Sync('argon2id', {
      message: bytes(frozen.passphrase),
      nonce: salt,
      memory: 65_536,
      passes: 3,
      parallelism: 1,
      tagLength: 32,
    });
  const [secret = none] = openKeySlots(
    heads[0] ?? none,
    bytes(frozen.groupKey),
    'pars/1 bundle group slot',
  );
  const keys = derive(secret, none, 'pars/1 bundle keys', 96);

  test('opens in one slot of each head for each key, to the same secret', () => {
    assert.equal(secret.length, 40);
    for (const head of heads) {
      const salt = head.subarray(0, 32);
      const opened = [
        ...openKeySlots(head, bytes(frozen.groupKey), 'pars/1 bundle group slot'),
        ...openKeySlots(head, stretch(salt), 'pars/1 bundle passphrase slot'),
        ...openContactSlots(head, bytes(frozen.contactSeed)),
      ];
      assert.deepEqual(opened, [secret, secret, secret]);
      const commitment = derive(keys.subarray(64), salt, 'pars/1 bundle commitment', 32);
      assert.deepEqual(head.subarray(32, 64), commitment);
    }
    const slot = frozen.createdMs / 300_000;
    assert.equal(secret.readUInt32BE(32), Math.floor(slot));
    assert.equal(secret.readUInt32BE(36), Math.ceil((slot + 7 * 288) / 288) * 288);
  });

  test('holds the records in order, and statements that fit', () => {
    const records: { kind: number; content: string }[] = [];
    const statements = new Set<string>();
    const hashes: Buffer[] = [];
    for (let index = 0; index < chunkCount; index += 1) {
      const start = headLength + index * chunkLength + (index >= 16 ? headLength : 0);
      const chunk = file.subarray(start, start + chunkLength);
      hashes.push(sha3(chunk));
      const plaintext = open(keys.subarray(0, 32), index, chunk);
      assert.ok(plaintext);
      assert.equal(plaintext[0], index === chunkCount - 1 ? 1 : 0);
      assert.equal(plaintext.readUInt32BE(1), 0);
      let at = 5;
      while (at + 5 <= plaintext.length && plaintext[at] !== 0) {
        const length = plaintext.readUInt32BE(at + 1);
        const content = plaintext.subarray(at + 5, at + 5 + length);
        if (plaintext[at] === 1) statements.add(content.toString('hex'));
        else records.push({ kind: plaintext[at] ?? 0, content: content.toString('hex') });
        at += 5 + length;
      }
      assert.ok(plaintext.subarray(at).every((byte) => byte === 0));
    }
    assert.deepEqual(records, frozen.records);
    // One without chunks at the beginning, and one about the only chunk with records, twice.
    assert.equal(statements.size, 2);
    const [first, about] = [...statements].map((text) => readStatement(bytes(text)));
    assert.deepEqual([first?.get(3), first?.get(4), first?.get(6)], [0, none, none]);
    assert.deepEqual([about?.get(3), about?.get(4)], [0, hashes[0]]);
    const rows = about?.get(6) as Buffer;
    assert.deepEqual(
      Array.from({ length: rows.length / 14 }, (_, at) => rows[14 * at + 4]),
      frozen.records.map(({ kind }) => kind),
    );
    const [space] = (about?.get(5) ?? []) as readonly Buffer[];
    assert.equal(space?.toString('hex'), frozen.records[0]?.content.slice(0, 64));
    const parcelRow = rows.subarray(3 * 14, 4 * 14);
    const parcelHeader = bytes(frozen.records[3]?.content ?? '').subarray(0, 512);
    assert.deepEqual(parcelRow.subarray(6), sha3(parcelHeader).subarray(0, 8));
  });

  function readStatement(content: Buffer): ReadonlyMap<number, unknown> {
    const [signature, body] = [content.subarray(0, 4_691), content.subarray(4_691)];
    const message = Buffer.concat([
      Buffer.from('pars/1 hybrid signature\0'),
      Buffer.from([23]),
      Buffer.from('pars/1 bundle statement'),
      keys.subarray(32, 64),
      body,
    ]);
    const exporter = bytes(frozen.exporterKey);
    const halves = [
      ['ed25519', exporter.subarray(0, 32), signature.subarray(0, 64)],
      ['ml-dsa-87', exporter.subarray(32), signature.subarray(64)],
    ] as const;
    for (const [asymmetricKeyType, key, half] of halves) {
      const publicKey = createPublicKey({ key, format: 'raw-public', asymmetricKeyType });
      assert.ok(verify(null, message, publicKey, half), asymmetricKeyType);
    }
    const fields = readCborMap(body);
    assert.deepEqual(fields.get(0), exporter);
    assert.deepEqual(
      [fields.get(1), fields.get(2)],
      [secret.readUInt32BE(32), secret.readUInt32BE(36)],
    );
    return fields;
  }
});

/** A map of small keys to integers, byte strings and arrays of these. */
function readCborMap(body: Buffer): ReadonlyMap<number, unknown> {
  let at = 0;
  const head = () => {
    const first = body[at] ?? 0;
    const short = first & 31;
    const size = short < 24 ? 0 : 2 ** (short - 24);
    const value = size === 0 ? short : body.readUIntBE(at + 1, size);
    at += 1 + size;
    return { major: first >> 5, value };
  };
  const read = (): unknown => {
    const { major, value } = head();
    if (major === 0) return value;
    if (major === 4) return Array.from({ length: value }, read);
    assert.equal(major, 2);
    at += value;
    return body.subarray(at - value, at);
  };
  const { major, value } = head();
  assert.equal(major, 5);
  const fields = new Map<number, unknown>();
  for (let field = 0; field < value; field += 1) fields.set(head().value, read());
  assert.equal(at, body.length);
  return fields;
}
