import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes, unwrap } from '@pars/base';
import * as fc from 'fast-check';
import { countingBytes, flipBit } from './conformance/expectations.ts';
import { createVectorRandom } from './conformance/seeded-random.ts';
import {
  FILE_HEADER_LENGTH,
  SEALED_CHUNK_LENGTH,
  sealedChunkOffset,
  sealedFileLength,
} from './file-chunks.ts';
import { createFileEncryption } from './file-encryption.ts';
import { createJavaScriptProvider } from './provider/javascript-provider.ts';

const random = createVectorRandom('files');
const files = createFileEncryption({ provider: createJavaScriptProvider({ random }), random });
const key = files.generateKey();
const context = 'pars/1 test file';
const CHUNK = 65_536;

describe('file encryption', () => {
  test('round trips at the edges of chunks, with the promised length', async () => {
    for (const length of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7]) {
      const content = countingBytes(length);
      const sealed = await encrypt(content);
      assert.equal(sealed.length, sealedFileLength(length));
      assert.deepEqual(await decrypt(sealed), { content, code: undefined });
    }
  });

  test('the sizes of the arrays that a source gives do not matter', async () => {
    const content = countingBytes(CHUNK + 5000);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 70_000 }), { maxLength: 5 }), async (cuts) => {
        const sealed = await encrypt(content, cuts);
        assert.deepEqual(await decrypt(sealed, cuts), { content, code: undefined });
      }),
      { numRuns: 12 },
    );
  });

  test('two encryptions of one file under one key have nothing in common', async () => {
    const [first, second] = [
      await encrypt(new Uint8Array(100)),
      await encrypt(new Uint8Array(100)),
    ];
    assert.notDeepEqual(first.subarray(1), second.subarray(1));
    assert.notDeepEqual(first.subarray(FILE_HEADER_LENGTH), second.subarray(FILE_HEADER_LENGTH));
  });

  test('truncation at any chunk and within the header is told', async () => {
    const sealed = await encrypt(countingBytes(2 * CHUNK + 100));
    for (const length of [0, 1, 64, 65, sealedChunkOffset(1), sealedChunkOffset(2)]) {
      const { code } = await decrypt(sealed.subarray(0, length));
      assert.equal(code, 'crypto/file-truncated', `${length} bytes`);
    }
    const withinChunk = await decrypt(sealed.subarray(0, sealedChunkOffset(2) + 50));
    assert.equal(withinChunk.code, 'crypto/file-damaged');
    assert.equal(withinChunk.content.length, 2 * CHUNK);
  });

  test('reordering, duplication and extension are told', async () => {
    const sealed = await encrypt(countingBytes(3 * CHUNK));
    const header = sealed.subarray(0, FILE_HEADER_LENGTH);
    const chunk = (index: number) =>
      sealed.subarray(sealedChunkOffset(index), sealedChunkOffset(index) + SEALED_CHUNK_LENGTH);
    for (const [what, altered] of Object.entries({
      swapped: concatBytes(header, chunk(1), chunk(0), chunk(2)),
      'last first': concatBytes(header, chunk(2)),
      duplicated: concatBytes(header, chunk(0), chunk(0), chunk(1), chunk(2)),
      'dropped inside': concatBytes(header, chunk(0), chunk(2)),
      extended: concatBytes(sealed, Uint8Array.of(0)),
      'extended by a chunk': concatBytes(sealed, chunk(2)),
    })) {
      assert.equal((await decrypt(altered)).code, 'crypto/file-damaged', what);
    }
  });

  test('a chunk of another file under the same key does not fit', async () => {
    const [first, second] = [await encrypt(countingBytes(10)), await encrypt(countingBytes(10))];
    const mixed = concatBytes(
      first.subarray(0, FILE_HEADER_LENGTH),
      second.subarray(FILE_HEADER_LENGTH),
    );
    assert.equal((await decrypt(mixed)).code, 'crypto/file-damaged');
  });

  test('any flipped bit fails with a code', async () => {
    const sealed = await encrypt(countingBytes(300));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: sealed.length * 8 - 1 }), async (bit) => {
        const { code } = await decrypt(flipBit(sealed, bit));
        const expected =
          bit < 8
            ? 'crypto/unknown-suite'
            : bit < FILE_HEADER_LENGTH * 8
              ? 'crypto/file-wrong-key'
              : 'crypto/file-damaged';
        assert.equal(code, expected);
      }),
      { numRuns: 200 },
    );
  });

  test('another key or context is told before any chunk', async () => {
    const sealed = await encrypt(countingBytes(10));
    const header = sealed.subarray(0, FILE_HEADER_LENGTH);
    const wrongKey = files.openHeader({ key: files.generateKey(), context, header });
    const wrongContext = files.openHeader({ key, context: `${context}!`, header });
    for (const result of [wrongKey, wrongContext]) {
      assert.deepEqual(result, { ok: false, error: { code: 'crypto/file-wrong-key' } });
    }
  });

  test('one chunk opens without the others, and only as what it is', async () => {
    const content = countingBytes(2 * CHUNK + 100);
    const sealed = await encrypt(content);
    const opener = unwrap(
      files.openHeader({ key, context, header: sealed.subarray(0, FILE_HEADER_LENGTH) }),
    );
    const chunk = sealed.subarray(sealedChunkOffset(1), sealedChunkOffset(2));
    const opened = await opener.openChunk({ index: 1, isLast: false, sealed: chunk });
    assert.deepEqual(unwrap(opened), content.subarray(CHUNK, 2 * CHUNK));
    for (const [index, isLast] of [
      [0, false],
      [2, false],
      [1, true],
    ] as const) {
      const refused = await opener.openChunk({ index, isLast, sealed: chunk });
      assert.equal(refused.ok, false);
    }
    const tail = sealed.subarray(sealedChunkOffset(2));
    assert.ok((await opener.openChunk({ index: 2, isLast: true, sealed: tail })).ok);
  });

  test('reads the source no faster than the result is read', async () => {
    let pulled = 0;
    async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
      for (;;) {
        pulled += 1;
        yield new Uint8Array(CHUNK);
      }
    }
    const stream = files.encrypt({ key, context, plaintext: endless() });
    await stream.next();
    assert.equal(pulled, 0);
    await stream.next();
    assert.equal(pulled, 2);
    await stream.next();
    assert.equal(pulled, 3);
    await stream.return();
  });

  test('an abandoned encryption overwrites its key', async () => {
    const keys: Uint8Array[] = [];
    const inner = createJavaScriptProvider({ random });
    const provider = {
      ...inner,
      xChaCha20Poly1305: {
        ...inner.xChaCha20Poly1305,
        seal(...input: Parameters<typeof inner.xChaCha20Poly1305.seal>) {
          keys.push(input[0]);
          return inner.xChaCha20Poly1305.seal(...input);
        },
      },
    };
    const watched = createFileEncryption({ provider, random });
    const request = { key, context, plaintext: inPieces(countingBytes(3 * CHUNK)) };
    const whole = watched.encrypt(request);
    for await (const _ of whole);
    const abandoned = watched.encrypt({ ...request, plaintext: inPieces(countingBytes(CHUNK)) });
    await abandoned.next();
    await abandoned.next();
    await abandoned.return();
    assert.equal(keys.length, 4);
    assert.ok(keys.every((used) => used.every((byte) => byte === 0)));
  });

  test('an aborted signal stops both directions', async () => {
    const sealed = await encrypt(countingBytes(10));
    const signal = AbortSignal.abort(new Error('stopped'));
    const encrypted = files.encrypt({ key, context, plaintext: inPieces(sealed), signal });
    await assert.rejects(() => collect(encrypted), /stopped/);
    const decrypted = files.decrypt({ key, context, sealed: inPieces(sealed), signal });
    await assert.rejects(() => decrypted.next(), /stopped/);
  });
});

async function encrypt(content: Uint8Array, cuts: readonly number[] = []): Promise<Uint8Array> {
  return await collect(files.encrypt({ key, context, plaintext: inPieces(content, cuts) }));
}

async function decrypt(
  sealed: Uint8Array,
  cuts: readonly number[] = [],
): Promise<{ readonly content: Uint8Array; readonly code: string | undefined }> {
  const parts: Uint8Array[] = [];
  let code: string | undefined;
  for await (const part of files.decrypt({ key, context, sealed: inPieces(sealed, cuts) })) {
    assert.equal(code, undefined, 'something followed a failure');
    if (part.ok) parts.push(part.value);
    else code = part.error.code;
  }
  return { content: concatBytes(...parts), code };
}

async function* inPieces(
  bytes: Uint8Array,
  cuts: readonly number[] = [],
): AsyncGenerator<Uint8Array, void, undefined> {
  let offset = 0;
  for (const length of cuts) {
    yield bytes.subarray(offset, offset + length);
    offset = Math.min(bytes.length, offset + length);
  }
  yield bytes.subarray(offset);
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return concatBytes(...parts);
}
