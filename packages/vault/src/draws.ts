import { ParsError, type Random } from '@pars/base';

const LARGEST_DRAW = 65_536;

/** Fresh random bytes of any length. */
export function randomBytes(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let offset = 0; offset < length; offset += LARGEST_DRAW) {
    bytes.set(random.bytes(Math.min(LARGEST_DRAW, length - offset)), offset);
  }
  return bytes;
}

/**
 * The first `count` of a uniformly random order of the items (Fisher and Yates,
 * draws without bias): every ordered choice is equally likely (PIP-3000 §5).
 */
export function drawInOrder(random: Random, items: readonly number[], count: number): number[] {
  if (count > items.length) throw new ParsError('vault/argument', { what: 'count' });
  const order = [...items];
  for (let index = 0; index < count; index += 1) {
    const other = index + below(random, order.length - index);
    const swapped = order[index] as number;
    order[index] = order[other] as number;
    order[other] = swapped;
  }
  return order.slice(0, count);
}

/** 0, 1, … `end` - 1. */
export function numbersBelow(end: number): number[] {
  return Array.from({ length: end }, (_, index) => index);
}

/** A whole number from 0 up to and without `end`, at most 65,536. */
export function below(random: Random, end: number): number {
  const fair = 65_536 - (65_536 % end);
  for (;;) {
    const [high = 0, low = 0] = random.bytes(2);
    const drawn = high * 256 + low;
    if (drawn < fair) return drawn % end;
  }
}
