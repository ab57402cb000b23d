import { ParsError } from '@pars/base';

/** Bytes of a LEB128 integer, 0 to 2^53-1: seven bits a byte, the lowest first. */
export function integerSize(value: number): number {
  if (value < 2 ** 7) return 1;
  if (value < 2 ** 14) return 2;
  if (value < 2 ** 21) return 3;
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** Writes the integer at `offset`; gives where it ends. There must be room. */
export function writeInteger(bytes: Uint8Array, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  while (rest >= 2 ** 31) {
    bytes[at] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
    at += 1;
  }
  // From here on it is a 32-bit integer, which is shifted much quicker than it is divided.
  while (rest >= 128) {
    bytes[at] = (rest & 127) | 128;
    rest >>>= 7;
    at += 1;
  }
  bytes[at] = rest;
  return at + 1;
}

/** Reads the integers of a row one after the other. Damage: `dag/store-corrupt`. */
export class IntegerReader {
  /** Where the next one begins. */
  offset: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  next(): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = this.#bytes[this.offset];
      if (byte === undefined || unit > 2 ** 49) throw new ParsError('dag/store-corrupt');
      this.offset += 1;
      value += (byte & 127) * unit;
      if (byte < 128) return value;
      unit *= 128;
    }
  }

  /** A count, and as many integers. */
  list(): number[] {
    const count = this.next();
    // Each takes a byte at least.
    if (count > this.#bytes.length - this.offset) throw new ParsError('dag/store-corrupt');
    const list: number[] = [];
    for (let index = 0; index < count; index += 1) list.push(this.next());
    return list;
  }
}
