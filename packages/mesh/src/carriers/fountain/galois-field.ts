/** The field with 256 elements: polynomials over GF(2) modulo x^8 + x^4 + x^3 + x^2 + 1 (PIP-1007 §1). */
const polynomial = 0x11d;

const exponentials = new Uint8Array(510);
const logarithms = new Uint8Array(256);
for (let exponent = 0, value = 1; exponent < 255; exponent += 1) {
  exponentials[exponent] = value;
  exponentials[exponent + 255] = value;
  logarithms[value] = exponent;
  value <<= 1;
  if (value > 255) value ^= polynomial;
}

/** The product of two elements, 0 to 255. */
export function multiply(left: number, right: number): number {
  if (left === 0 || right === 0) return 0;
  return exponentials[(logarithms[left] ?? 0) + (logarithms[right] ?? 0)] ?? 0;
}

/** The element whose product with `value` is 1; `value` is 1 to 255. */
export function inverseOf(value: number): number {
  return exponentials[255 - (logarithms[value] ?? 0)] ?? 0;
}

/** Bytes whose number is a multiple of four, seen as bytes and as words. */
export interface FieldVector {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
}

/** Zeros: at least `length` of them, rounded up to whole words. */
export function createFieldVector(length: number): FieldVector {
  const words = new Uint32Array(Math.ceil(length / 4));
  return { bytes: new Uint8Array(words.buffer), words };
}

/** Adds `factor` times `source` to `target`; both are equally long. */
export function addScaled(target: FieldVector, source: FieldVector, factor: number): void {
  if (factor === 0) return;
  if (factor === 1) {
    const { words } = target;
    const other = source.words;
    for (let at = 0; at < words.length; at += 1) words[at] = (words[at] ?? 0) ^ (other[at] ?? 0);
    return;
  }
  const products = productsOf(factor);
  const { bytes } = target;
  const other = source.bytes;
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = (bytes[at] ?? 0) ^ (products[other[at] ?? 0] ?? 0);
  }
}

/** Multiplies by `factor`, in place. */
export function scale({ bytes }: FieldVector, factor: number): void {
  if (factor === 1) return;
  const products = productsOf(factor);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = products[bytes[at] ?? 0] ?? 0;
}

/** Made when a factor is first met: 256 bytes each, 64 KiB in all. */
const productTables: (Uint8Array | undefined)[] = [];

function productsOf(factor: number): Uint8Array {
  const known = productTables[factor];
  if (known !== undefined) return known;
  const table = Uint8Array.from({ length: 256 }, (_, value) => multiply(factor, value));
  productTables[factor] = table;
  return table;
}
