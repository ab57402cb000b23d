import type { FountainShape } from './fountain-code.ts';
import { createFountainDecoder, type FountainDecoder } from './fountain-decoder.ts';

/** How many times an object may come out wrong before it is given up. */
export const maxRestarts = 3;

/** Where an assembly stands after a symbol. */
export type AssemblyState = 'more' | 'done' | 'given-up';

/**
 * Puts together an object that can be told from a forged one (PIP-1007 §2).
 * Where the symbols of several senders together give a wrong one, it begins
 * again with a single sender; a sender whose own symbols gave a wrong one is
 * not heard again. After four wrong ones, or when only such senders are left, it
 * gives up for good.
 */
export interface ObjectAssembly<T> {
  /** How many more symbols it takes at least. */
  readonly missing: number;
  readonly state: AssemblyState;
  /** Takes a symbol of `sender`, `undefined` when there are no names; total. */
  add(id: number, symbol: Uint8Array, sender: string | undefined): AssemblyState;
  /** What `verify` made of the object, once done. */
  result(): T | undefined;
}

/** An assembly; `verify` gives `undefined` for an object that is not the one meant. */
export function createObjectAssembly<T>(
  shape: FountainShape,
  verify: (object: Uint8Array) => T | undefined,
): ObjectAssembly<T> {
  let decoder: FountainDecoder | undefined = createFountainDecoder(shape);
  const { sourceCount } = decoder;
  const senders = new Set<string>();
  const blamed = new Set<string>();
  let only: string | undefined;
  let isSingle = false;
  let restarts = 0;
  /** Symbols of senders that are not heard any more, while nobody else sends. */
  let ignored = 0;
  let result: T | undefined;

  function stateNow(): AssemblyState {
    if (decoder !== undefined) return 'more';
    return result === undefined ? 'given-up' : 'done';
  }

  function beginAgain(): void {
    const [first] = senders;
    if (senders.size === 1 && first !== undefined) blamed.add(first);
    senders.clear();
    isSingle = true;
    ignored = 0;
    only = undefined;
    restarts += 1;
    decoder = restarts > maxRestarts ? undefined : createFountainDecoder(shape);
  }

  function ignore(): AssemblyState {
    ignored += 1;
    if (senders.size === 0 && ignored > sourceCount) decoder = undefined;
    return stateNow();
  }

  return {
    get missing() {
      return decoder?.missing ?? 0;
    },
    get state() {
      return stateNow();
    },
    add(id, symbol, sender) {
      if (decoder === undefined) return stateNow();
      if (sender !== undefined) {
        if (blamed.has(sender)) return ignore();
        if (isSingle) only ??= sender;
        if (isSingle && sender !== only) return 'more';
      }
      if (decoder.add(id, symbol) === 'unfit') return 'more';
      if (sender !== undefined && senders.size < sourceCount) senders.add(sender);
      const object = decoder.object();
      if (object === undefined) return 'more';
      result = verify(object);
      if (result === undefined) beginAgain();
      else decoder = undefined;
      return stateNow();
    },
    result: () => result,
  };
}
