import type { PostedMessage } from '../peers/delivery-book.ts';
import type { Series } from '../scenario/scenario.ts';

/** The value below which this share (0 to 1) of them lies; not a number when there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** How long each delivered message took, in ms. */
export function delaysOf(messages: readonly PostedMessage[]): readonly number[] {
  return messages.flatMap(({ deliveredMs, postedMs }) =>
    deliveredMs === undefined ? [] : [deliveredMs - postedMs],
  );
}

/** The share of all messages that had arrived this long after they were posted. */
export function spreadSeries(
  name: string,
  messages: readonly PostedMessage[],
  unitMs: number,
): Series {
  const delays = delaysOf(messages).toSorted((a, b) => a - b);
  const count = Math.max(1, messages.length);
  return {
    name,
    points: [
      [0, 0],
      ...delays.map((delay, index) => [delay / unitMs, (100 * (index + 1)) / count] as const),
    ],
  };
}
