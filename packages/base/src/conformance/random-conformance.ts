import type { Random } from '../ports/random.ts';
import { check, checkEqual, checkRejects } from './check.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** What every `Random` promises, as far as a test can see. */
export function randomConformance(create: () => Random): readonly ConformanceCase[] {
  return [
    {
      name: 'random: gives as many bytes as asked for, 0 to 65,536',
      async run() {
        const random = create();
        for (const length of [0, 1, 3, 32, 65_536]) {
          checkEqual(random.bytes(length).length, length, `${length} bytes`);
        }
        for (const length of [-1, 1.5, 65_537, Number.NaN]) {
          await checkRejects(() => random.bytes(length), `refuses ${length}`);
        }
      },
    },
    {
      name: 'random: draws differ and share no memory',
      async run() {
        const random = create();
        const texts = new Set<string>();
        for (let draw = 0; draw < 100; draw += 1) texts.add(random.bytes(16).join());
        checkEqual(texts.size, 100, '100 different draws');
        const first = random.bytes(16);
        const kept = first.join();
        random.bytes(16);
        checkEqual(first.join(), kept, 'a draw is not overwritten by the next');
      },
    },
    {
      name: 'random: every byte value comes about equally often',
      async run() {
        const counts = new Uint32Array(256);
        for (const byte of create().bytes(65_536)) counts[byte] = (counts[byte] ?? 0) + 1;
        // 256 expected with a deviation of 16: eight deviations are never seen by chance.
        check(
          counts.every((count) => count > 128 && count < 384),
          'no value is rare or common',
        );
      },
    },
  ];
}
