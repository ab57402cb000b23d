import { ParsError } from '@pars/base';

/** Keeps the native key of every handle out of reach of whoever holds the handle. */
export interface KeyHandles<Handle extends object, Key> {
  /** Freezes the handle and remembers its key. */
  bind(handle: Handle, key: Key): Handle;
  /** The key. A handle that another provider or primitive made is a bug: throws `crypto/foreign-key`. */
  keyOf(handle: Handle): Key;
}

/** One table per kind of key, so that a handle cannot be used with another primitive. */
export function createKeyHandles<Handle extends object, Key>(
  kind: string,
): KeyHandles<Handle, Key> {
  const keyByHandle = new WeakMap<Handle, Key>();
  return {
    bind(handle, key) {
      keyByHandle.set(Object.freeze(handle), key);
      return handle;
    },
    keyOf(handle) {
      const key = keyByHandle.get(handle);
      if (key === undefined) throw new ParsError('crypto/foreign-key', { kind });
      return key;
    },
  };
}
