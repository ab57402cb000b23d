import type { BlobStore } from '../ports/blob.ts';
import { check, checkEqual, checkRejects } from './check.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** A place where a blob store can be opened again and again. */
export interface BlobStoreSubject {
  readonly open: () => Promise<BlobStore>;
  /** Frees the place. */
  readonly dispose: () => Promise<void>;
}

/** What every `BlobStore` promises. */
export function blobStoreConformance(
  create: () => Promise<BlobStoreSubject>,
): readonly ConformanceCase[] {
  function blobCase(
    name: string,
    body: (blobs: BlobStore, subject: BlobStoreSubject) => Promise<void>,
  ): ConformanceCase {
    return {
      name: `blob store: ${name}`,
      async run() {
        const subject = await create();
        try {
          await body(await subject.open(), subject);
        } finally {
          await subject.dispose();
        }
      },
    };
  }

  return [
    blobCase('keeps, replaces and removes content', async (blobs) => {
      checkEqual(await blobs.read('a'), undefined, 'nothing at first');
      await blobs.replace('a', filled(3, 1));
      await blobs.replace('b', filled(0, 0));
      checkEqual(await blobs.read('a'), filled(3, 1), 'the content');
      checkEqual(await blobs.read('b'), filled(0, 0), 'empty content is content');
      await blobs.replace('a', filled(2, 2));
      checkEqual(await blobs.read('a'), filled(2, 2), 'nothing is left of longer content');
      await blobs.remove('a');
      await blobs.remove('a');
      checkEqual(await blobs.read('a'), undefined, 'removed');
      checkEqual(await blobs.read('b'), filled(0, 0), 'the other is still there');
    }),

    blobCase('takes names of the documented form and no others', async (blobs) => {
      for (const name of ['0', 'identity.sealed', 'a-b.c', 'a'.repeat(64), 'a..b']) {
        await blobs.replace(name, filled(1, 1));
        checkEqual(await blobs.read(name), filled(1, 1), 'kept');
      }
      const wrong = [
        '',
        '.',
        '..',
        '.a',
        '-a',
        'A',
        'a/b',
        '../a',
        'a\\b',
        'a b',
        'آ',
        'a\n',
        'a\0',
      ];
      for (const [index, name] of [...wrong, 'a'.repeat(65)].entries()) {
        await checkRejects(() => blobs.replace(name, filled(1, 1)), `replace refuses ${index}`);
        await checkRejects(() => blobs.read(name), `read refuses ${index}`);
        await checkRejects(() => blobs.remove(name), `remove refuses ${index}`);
      }
    }),

    blobCase(
      'replacements that are not awaited never mix, and the last call counts',
      async (blobs) => {
        await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            blobs.replace('a', filled(50_000 + index, index)),
          ),
        );
        checkEqual(await blobs.read('a'), filled(50_019, 19), 'the last content, whole');
      },
    ),

    blobCase('a reader sees old or new content, never a mixture', async (blobs) => {
      await blobs.replace('a', filled(10_000, 0));
      const writing = (async () => {
        for (let round = 1; round <= 20; round += 1) {
          await blobs.replace('a', filled(10_000 + round, round));
        }
      })();
      for (let read = 0; read < 50; read += 1) {
        const content = await blobs.read('a');
        const round = content?.[0] ?? 255;
        checkEqual(content, filled(10_000 + round, round), 'whole content');
      }
      await writing;
    }),

    blobCase('shares no memory with its callers', async (blobs) => {
      const given = filled(3, 1);
      const writing = blobs.replace('a', given);
      given.fill(9);
      await writing;
      (await blobs.read('a'))?.fill(8);
      checkEqual(await blobs.read('a'), filled(3, 1), 'the content as given');
    }),

    blobCase('an aborted call rejects with the reason and changes nothing', async (blobs) => {
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      const replace = () => blobs.replace('a', filled(1, 1), signal);
      check((await checkRejects(replace, 'replace rejects')) === reason, 'replace: the reason');
      await checkRejects(() => blobs.read('a', signal), 'read rejects');
      await checkRejects(() => blobs.remove('a', signal), 'remove rejects');
      checkEqual(await blobs.read('a'), undefined, 'nothing was written');
    }),

    blobCase('content is there after opening again', async (blobs, subject) => {
      const content = filled(1_000_000, 7);
      await blobs.replace('a', content);
      await blobs.replace('b', content);
      await blobs.remove('b');
      const again = await subject.open();
      checkEqual((await again.read('a'))?.length, content.length, 'the content');
      checkEqual(await again.read('b'), undefined, 'the removal');
    }),
  ];
}

function filled(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}
