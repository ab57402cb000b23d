import { concatBytes, err, ok } from '@pars/base';
import { ERASABLE_SECRET_BYTES, type ErasableSecret } from '../erasable-secret.ts';

/** E in memory, with what a test wants to see of it. */
export interface MemorySecret extends ErasableSecret {
  /** Every value that was written, in order. */
  readonly written: readonly Uint8Array[];
  /** Reads and writes fail from now on, like a locked keyring. */
  setAvailable(isAvailable: boolean): void;
}

/** A keeper of E; it begins with zeros. */
export function createMemorySecret(
  options: { readonly isHiddenFromDisk?: boolean } = {},
): MemorySecret {
  const written: Uint8Array[] = [];
  let isAvailable = true;
  return {
    isHiddenFromDisk: options.isHiddenFromDisk ?? true,
    written,
    async read() {
      if (!isAvailable) return err('vault/secret-unavailable');
      return ok(concatBytes(written.at(-1) ?? new Uint8Array(ERASABLE_SECRET_BYTES)));
    },
    async write(value) {
      if (!isAvailable) return err('vault/secret-unavailable');
      written.push(concatBytes(value));
      return ok(undefined);
    },
    setAvailable(next) {
      isAvailable = next;
    },
  };
}
