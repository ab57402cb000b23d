import { unwrap } from '@pars/base';
import { type ConformanceCase, check, checkEqual } from '@pars/base/conformance';
import { ERASABLE_SECRET_BYTES, type ErasableSecret } from '../erasable-secret.ts';

/** What every {@link ErasableSecret} must do. `create` gives a fresh one, `reopen` the same as another process sees it. */
export function erasableSecretConformance(subject: {
  readonly create: () => Promise<ErasableSecret>;
  readonly reopen: (secret: ErasableSecret) => Promise<ErasableSecret>;
}): readonly ConformanceCase[] {
  return [
    {
      name: 'erasable secret: gives back the 64 bytes written last, also after reopening',
      run: async () => {
        const secret = await subject.create();
        unwrap(await secret.write(filled(1)));
        unwrap(await secret.write(filled(2)));
        checkEqual([...unwrap(await secret.read())], [...filled(2)], 'the latest value');
        const again = await subject.reopen(secret);
        checkEqual([...unwrap(await again.read())], [...filled(2)], 'after reopening');
      },
    },
    {
      name: 'erasable secret: copies what it takes and what it gives',
      run: async () => {
        const secret = await subject.create();
        const mine = filled(3);
        unwrap(await secret.write(mine));
        mine.fill(0);
        unwrap(await secret.read()).fill(0);
        checkEqual([...unwrap(await secret.read())], [...filled(3)], 'the value stays');
      },
    },
    {
      name: 'erasable secret: says whether a copy of the disk shows it',
      run: async () => {
        const secret = await subject.create();
        check(typeof secret.isHiddenFromDisk === 'boolean', 'a plain yes or no');
      },
    },
  ];
}

function filled(value: number): Uint8Array {
  return new Uint8Array(ERASABLE_SECRET_BYTES).fill(value);
}
