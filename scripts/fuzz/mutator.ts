const INTERESTING_BYTES = [
  0x00, 0x01, 0x17, 0x18, 0x1b, 0x3b, 0x5b, 0x5f, 0x7f, 0x80, 0x9b, 0xbb, 0xbf, 0xfb, 0xff,
];

/**
 * Returns a source of hostile inputs: the corpus itself first, then mutations of
 * it (flips, cuts, repeats, splices, length bytes of CBOR), and now and then
 * plain noise. The same seed gives the same sequence.
 */
export function createMutator(seed: number, corpus: readonly Uint8Array[]): () => Uint8Array {
  const below = createGenerator(seed);
  let next = 0;
  return () => {
    const fresh = corpus[next];
    if (fresh !== undefined) {
      next += 1;
      return fresh;
    }
    const base = corpus[below(corpus.length)];
    if (base === undefined || below(32) === 0) return noise();
    let input = base;
    for (let rounds = 1 + below(4); rounds > 0; rounds -= 1) input = mutateOnce(input);
    return input;
  };

  function noise(): Uint8Array {
    return Uint8Array.from({ length: below(512) }, () => below(256));
  }

  function mutateOnce(input: Uint8Array): Uint8Array {
    if (input.length === 0) return noise();
    const at = below(input.length);
    switch (below(7)) {
      case 0: {
        const flipped = input.slice();
        flipped[at] = (flipped[at] ?? 0) ^ (1 << below(8));
        return flipped;
      }
      case 1: {
        const replaced = input.slice();
        replaced[at] = INTERESTING_BYTES[below(INTERESTING_BYTES.length)] ?? 0;
        return replaced;
      }
      case 2:
        return input.subarray(0, at);
      case 3:
        return join(input, noise());
      case 4:
        return join(input.subarray(0, at), input.subarray(at + 1 + below(8)));
      case 5:
        return join(input.subarray(0, at), input.subarray(0, below(64)), input.subarray(at));
      default: {
        const other = corpus[below(corpus.length)] ?? input;
        return join(input.subarray(0, at), other.subarray(below(other.length + 1)));
      }
    }
  }
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** mulberry32: small, seeded, and good enough to choose mutations. */
function createGenerator(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(bound, 1);
  };
}
