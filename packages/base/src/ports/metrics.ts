/** Counters and gauges of the local node. Nothing is ever sent anywhere. */
export interface Metrics {
  /** Adds `by` (default 1) to the counter called `name`. */
  count(name: string, by?: number): void;
  /** Sets the gauge called `name`. */
  gauge(name: string, value: number): void;
  /** Values by name, sorted by name. */
  snapshot(): ReadonlyMap<string, number>;
}

/** What a module that counts asks for. */
export interface MetricsDep {
  readonly metrics: Metrics;
}
