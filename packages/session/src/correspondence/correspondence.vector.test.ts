import assert from 'node:assert/strict';
import { createHash, hkdfSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { concatBytes, expose, hex, redact, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createTestSuite } from '../fakes/test-person.ts';
import { deriveCorrespondenceSecret, oppositeRole } from './correspondence-secret.ts';
import { createTagSequence, parcelShard } from './parcel-tag.ts';
import { openReceiptNote, sealReceiptNote } from './receipt-note.ts';

const vectorsUrl = new URL('../../vectors/correspondence.vectors.json', import.meta.url);
const suite = createTestSuite(createSimulationRandom('correspondence vectors 1'));
const bytesOf = (text: string) => unwrap(hex.decode(text, { maxBytes: 64 }));
const counting = (length: number, from: number) =>
  Uint8Array.from({ length }, (_, index) => (from + index) & 0xff);

const inputs = {
  rendezvous: counting(32, 1),
  receiptKey: counting(32, 101),
  introduction: counting(96, 33),
  staticKey: counting(1_600, 7),
  sketch: counting(36, 200),
};
const places = [
  { day: 20_780, number: 0 },
  { day: 20_780, number: 255 },
  { day: 2 ** 24, number: 16 },
];
const receipts = [0, 1, 2].map((index) => ({
  messageId: counting(16, 10 * index),
  receipt: counting(32, 100 + 10 * index),
}));

interface Vectors {
  readonly secret: string;
  readonly tags: Readonly<Record<'inviter' | 'newcomer', readonly string[]>>;
  readonly noteKey: string;
  readonly mark: string;
  readonly shards: readonly number[];
  readonly noteSha3: string;
}

/** What the code makes of the inputs. */
async function computeVectors(): Promise<{ readonly vectors: Vectors; readonly note: Uint8Array }> {
  const random = createSimulationRandom('correspondence vectors 1');
  const suite = createTestSuite(random);
  const secret = deriveCorrespondenceSecret(suite, {
    secret: redact(inputs.rendezvous.slice()),
    receiptKey: redact(inputs.receiptKey.slice()),
    sealed: inputs.introduction,
  });
  const inviter = createTagSequence(suite, secret, 'inviter');
  const newcomer = createTagSequence(suite, secret, oppositeRole('inviter'));
  const tagsOf = (tags: typeof inviter) =>
    places.map(({ day, number }) => hex.encode(tags.tagOf(day, number)));
  const tag = inviter.tagOf(20_780, 0);
  const note = await sealReceiptNote({ suite, random }, { tags: inviter, tag, receipts });
  assert.deepEqual(
    unwrap(await openReceiptNote(suite, { tags: inviter, tag, body: note })),
    receipts,
  );
  return {
    note,
    vectors: {
      secret: hex.encode(expose(secret)),
      tags: { inviter: tagsOf(inviter), newcomer: tagsOf(newcomer) },
      noteKey: hex.encode(expose(inviter.noteKeyOf(tag))),
      mark: hex.encode(inviter.markOf(inputs.sketch)),
      shards: [0, 8, 32].map((bits) => parcelShard(suite, inputs.staticKey, 20_780, bits)),
      noteSha3: hex.encode(suite.symmetric.sha3(note)),
    },
  };
}

// A second reader, from the text of PIP-5000 §12 alone, over the primitives of Node.
const utf8 = (text: string) => new TextEncoder().encode(text);
const hkdf = (ikm: Uint8Array, salt: Uint8Array, info: string, length = 32) =>
  new Uint8Array(hkdfSync('sha512', ikm, salt, utf8(info), length));
const sha3 = (bytes: Uint8Array) => new Uint8Array(createHash('sha3-256').update(bytes).digest());
const u32 = (value: number) =>
  Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
const nothing = new Uint8Array(0);

describe('secrets, tags, marks and notes of a correspondence', () => {
  test('are what they always were', async () => {
    const { vectors } = await computeVectors();
    const frozen = JSON.parse(await readFile(vectorsUrl, 'utf8')) as Vectors;
    assert.deepEqual(vectors, frozen);
  });

  test('are what a reader makes of the text', async () => {
    const frozen = JSON.parse(await readFile(vectorsUrl, 'utf8')) as Vectors;
    const secret = hkdf(
      concatBytes(inputs.rendezvous, inputs.receiptKey),
      sha3(inputs.introduction),
      'pars/1 correspondence secret',
    );
    assert.equal(hex.encode(secret), frozen.secret);
    for (const role of ['inviter', 'newcomer'] as const) {
      const direction = hkdf(secret, nothing, `pars/1 parcel tags of the ${role}`);
      const tags = places.map(({ day, number }) =>
        hex.encode(hkdf(direction, concatBytes(u32(day), u32(number)), 'pars/1 parcel tag')),
      );
      assert.deepEqual(tags, frozen.tags[role]);
    }
    const direction = hkdf(secret, nothing, 'pars/1 parcel tags of the inviter');
    const tag = bytesOf(frozen.tags.inviter[0] ?? '');
    assert.equal(hex.encode(hkdf(direction, tag, 'pars/1 receipt note key')), frozen.noteKey);
    const mark = hkdf(direction, sha3(inputs.sketch), 'pars/1 bundle mark');
    assert.equal(hex.encode(mark), frozen.mark);
    const whole = hkdf(sha3(inputs.staticKey), u32(20_780), 'pars/1 parcel shard', 4);
    const number = new DataView(whole.buffer).getUint32(0);
    assert.deepEqual(frozen.shards, [0, ((number >>> 24) << 24) >>> 0, number]);
  });

  test('a note is a secret box of its receipts under that key, bound to its tag', async () => {
    const { note, vectors } = await computeVectors();
    assert.equal(note.length, 15_872);
    assert.deepEqual([note[0], note[1]], [1, 1]);
    const tag = bytesOf(vectors.tags.inviter[0] ?? '');
    const opened = await suite.secretBox.open({
      key: redact(bytesOf(vectors.noteKey)),
      context: 'pars/1 receipt note',
      sealed: note.subarray(18),
      aad: concatBytes(note.subarray(0, 18), tag),
    });
    const entries = receipts.flatMap(({ messageId, receipt }) => [messageId, receipt]);
    const said = concatBytes(Uint8Array.of(0, 3), ...entries);
    const plaintext = unwrap(opened);
    assert.deepEqual(plaintext.subarray(0, said.length), said);
    assert.ok(plaintext.subarray(said.length).every((byte) => byte === 0));
  });
});
