/** A kind of connection between two nodes: how long, how fast, how unreliable. */
export interface LinkProfile {
  /** What tables call it. */
  readonly name: string;
  /** One-way delay of a frame: log-normal, with this median and 95th percentile. Equal: always the same. */
  readonly medianMs: number;
  readonly p95Ms: number;
  /** Chance of a frame to be lost (0 to 1). On a stream it is sent again instead, 200 ms later or twice the median. */
  readonly loss?: number;
  /** Chance of a datagram to arrive twice. */
  readonly duplication?: number;
  /** Chance of a datagram to be held back for up to `reorderingMs` more (default 4 medians). */
  readonly reordering?: number;
  readonly reorderingMs?: number;
  /** Delivers in order and resends what was lost, as TCP does; breaks when an end dies. Default: datagrams. */
  readonly stream?: boolean;
  /** What a sender sends at most on all its links of this profile, in bytes a second. */
  readonly bytesPerSecond?: number;
  /** Bytes of a frame besides the message: counted, and they take time. Default 0. */
  readonly overheadBytes?: number;
  /** Bytes of a message that one frame holds; longer messages take several. Default: all. */
  readonly fragmentBytes?: number;
  /** Bytes on the wire for a message of this length, where padding or more than that decides. Stands for both above. */
  readonly wireBytes?: (length: number) => number;
  /** Whether messages pass the sender's uplink channel, and the receiver's downlink channel. */
  readonly usesUplink?: boolean;
  readonly usesDownlink?: boolean;
}

/** A profile made ready. One object for each profile of a kernel. */
export interface LinkClass {
  readonly profile: LinkProfile;
  /** Delay in µs that this draw of 32 bits stands for. */
  delayUs(draw: number): number;
  /** Bytes on the wire for a message of this length. */
  wireBytes(length: number): number;
  /** Chance of a message to be lost: that any of its frames is. */
  lossOf(length: number): number;
  /** When this sender's own sending side is free again, by node. */
  readonly freeUsBySender: Map<number, number>;
  /** When the last message of a stream arrives, by pair. */
  readonly lastUsByPair: Map<number, number>;
}

const STEPS = 4_096;

/** Reads a profile. Throws a `RangeError` when its numbers make no sense. */
export function createLinkClass(profile: LinkProfile): LinkClass {
  const { medianMs, p95Ms, loss = 0, duplication = 0, reordering = 0 } = profile;
  const { overheadBytes = 0, fragmentBytes = Number.POSITIVE_INFINITY, bytesPerSecond } = profile;
  require(medianMs >= 0 && p95Ms >= medianMs && p95Ms < 1e9, 'delay');
  for (const chance of [loss, duplication, reordering])
    require(chance >= 0 && chance < 1, 'chance');
  require(fragmentBytes >= 1 && overheadBytes >= 0, 'frame');
  require(bytesPerSecond === undefined || bytesPerSecond > 0, 'bytesPerSecond');
  const table = delayTable(medianMs, p95Ms);
  return {
    profile,
    delayUs(draw) {
      const step = draw >>> 20;
      const low = table[step] as number;
      const part = (draw & 0xf_ffff) / 0x10_0000;
      return Math.round(low + part * ((table[step + 1] as number) - low));
    },
    wireBytes:
      profile.wireBytes ??
      ((length) =>
        length + overheadBytes * (length <= fragmentBytes ? 1 : Math.ceil(length / fragmentBytes))),
    lossOf(length) {
      if (loss === 0 || length <= fragmentBytes) return loss;
      return 1 - (1 - loss) ** Math.ceil(length / fragmentBytes);
    },
    freeUsBySender: new Map(),
    lastUsByPair: new Map(),
  };
}

/** Quantiles of the log-normal distribution in µs; the outermost 1/8,192 on each side is cut off. */
function delayTable(medianMs: number, p95Ms: number): Float64Array {
  const sigma = medianMs === 0 ? 0 : Math.log(p95Ms / medianMs) / Z95;
  normalQuantiles ??= Float64Array.from({ length: STEPS + 1 }, (_, step) =>
    normalQuantile(Math.min(Math.max(step, 0.5), STEPS - 0.5) / STEPS),
  );
  return normalQuantiles.map((quantile) => 1_000 * medianMs * Math.exp(sigma * quantile));
}

const Z95 = 1.644_853_626_951_472;
let normalQuantiles: Float64Array | undefined;

/** The inverse of the normal distribution by bisection of its series. */
function normalQuantile(share: number): number {
  let low = -6;
  let high = 6;
  for (let round = 0; round < 48; round += 1) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Φ(x) = 1/2 + φ(x) · (x + x³/3 + x⁵/15 + ...), which converges quickly for |x| ≤ 6. */
function normalShare(x: number): number {
  let term = x;
  let sum = x;
  for (let odd = 3; Math.abs(term) > 1e-17; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-(x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

function require(isFine: boolean, what: string): void {
  if (!isFine) throw new RangeError(`link profile: ${what}`);
}
