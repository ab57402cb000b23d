import { ParsError } from '@pars/base';

/**
 * Ties what a key handle stands for to the handle, outside of it: a printed or
 * serialised handle shows no secret, and a handle from elsewhere is noticed.
 */
export interface KeyMaterialStore<Handle extends object, Material> {
  /** Freezes the handle and remembers its material for as long as the handle lives. */
  attach(handle: Handle, material: Material): Handle;
  /** Throws `crypto/foreign-key` for a handle that this store did not see. */
  read(handle: Handle): Material;
}

/** An empty store. */
export function createKeyMaterialStore<Handle extends object, Material>(): KeyMaterialStore<
  Handle,
  Material
> {
  const materialByHandle = new WeakMap<Handle, Material>();
  return {
    attach(handle, material) {
      materialByHandle.set(handle, material);
      return Object.freeze(handle);
    },
    read(handle) {
      const material = materialByHandle.get(handle);
      if (material === undefined) throw new ParsError('crypto/foreign-key');
      return material;
    },
  };
}
