import { type ConformanceCase, check, checkEqual, checkRejects } from '@pars/base/conformance';
import type { Media } from '../media.ts';

/** How the suite gets at a medium. */
export interface MediaSubject {
  /** A medium of exactly that size, with any content. */
  readonly create: (sizeBytes: number) => Promise<Media>;
  /** The same medium as another process would open it later, after the first was given up. */
  readonly reopen: (media: Media) => Promise<Media>;
}

const SIZE = 64 * 1024;

/** What every {@link Media} must do; losing power in the middle is for the tests of each one. */
export function mediaConformance(subject: MediaSubject): readonly ConformanceCase[] {
  return [
    {
      name: 'media: has the size asked for',
      run: async () => checkEqual((await subject.create(SIZE)).sizeBytes, SIZE, 'the size'),
    },
    {
      name: 'media: reads back what was written, before and after a flush, and leaves the rest alone',
      run: async () => {
        const media = await subject.create(SIZE);
        const before = await media.read(0, SIZE);
        await media.write(1000, pattern(5000));
        const expected = before.slice();
        expected.set(pattern(5000), 1000);
        check(isSame(await media.read(0, SIZE), expected), 'reads its own writes');
        await media.flush();
        check(isSame(await media.read(0, SIZE), expected), 'a flush changes nothing');
      },
    },
    {
      name: 'media: overwrites in place, at both ends too',
      run: async () => {
        const media = await subject.create(SIZE);
        await media.write(0, pattern(10));
        await media.write(SIZE - 10, pattern(10));
        await media.write(5, pattern(3));
        checkEqual(
          [...(await media.read(0, 10))],
          [...pattern(5), ...pattern(3), ...pattern(10).subarray(8)],
          'the later write wins',
        );
        check(isSame(await media.read(SIZE - 10, 10), pattern(10)), 'the last bytes');
        checkEqual(media.sizeBytes, SIZE, 'the size stays');
      },
    },
    {
      name: 'media: copies what it takes and what it gives',
      run: async () => {
        const media = await subject.create(SIZE);
        const mine = pattern(100);
        await media.write(0, mine);
        mine.fill(0);
        const first = await media.read(0, 100);
        check(isSame(first, pattern(100)), 'a later change of the argument has no effect');
        first.fill(0);
        check(isSame(await media.read(0, 100), pattern(100)), 'a change of the result has none');
      },
    },
    {
      name: 'media: reads into an array that is lent to it as well as into its own',
      run: async () => {
        const media = await subject.create(SIZE);
        await media.write(40_000, pattern(3000));
        const lent = new Uint8Array(3000).fill(9);
        check(isSame(await media.read(40_000, 3000, lent), pattern(3000)), 'what is given');
        check(isSame(await media.read(40_000, 3000), pattern(3000)), 'and without it');
      },
    },
    {
      name: 'media: refuses what is beyond its end, and stays whole',
      run: async () => {
        const media = await subject.create(SIZE);
        await checkRejects(() => media.read(SIZE - 1, 2), 'a read beyond the end');
        await checkRejects(() => media.write(SIZE - 1, pattern(2)), 'a write beyond the end');
        await checkRejects(() => media.read(-1, 1), 'a read before the start');
        checkEqual(media.sizeBytes, SIZE, 'the size stays');
      },
    },
    {
      name: 'media: what was flushed is there after reopening',
      run: async () => {
        const media = await subject.create(SIZE);
        await media.write(4096, pattern(4096));
        await media.flush();
        const again = await subject.reopen(media);
        checkEqual(again.sizeBytes, SIZE, 'the size');
        check(isSame(await again.read(4096, 4096), pattern(4096)), 'the content');
      },
    },
  ];
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + 1) % 256);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
