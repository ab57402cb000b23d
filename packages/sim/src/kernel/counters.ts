/** What happened to messages, and how many bytes of each sort of traffic left their senders. */
export interface Counters {
  /** Events that reached a process or the scenario. */
  events: number;
  /** Messages that processes sent. */
  sent: number;
  delivered: number;
  /** Lost by the link. */
  lost: number;
  /** Arrived a second time. */
  duplicated: number;
  /** Between groups of a partition, or between nodes that nothing connects. */
  cut: number;
  /** The receiver was down, asleep, or in another life than the stream. */
  missed: number;
  /** Waited too long for a channel. */
  dropped: number;
  /** Simulated crashes of a disk. */
  crashes: number;
  /** Bytes on the wire, by `Traffic`. */
  readonly bytesByTraffic: Float64Array;
}

/** Nothing counted. */
export function createCounters(): Counters {
  return {
    events: 0,
    sent: 0,
    delivered: 0,
    lost: 0,
    duplicated: 0,
    cut: 0,
    missed: 0,
    dropped: 0,
    crashes: 0,
    bytesByTraffic: new Float64Array(16),
  };
}

/** Wire bytes of all traffic. */
export function sumBytes(counters: Counters): number {
  return counters.bytesByTraffic.reduce((sum, bytes) => sum + bytes, 0);
}
