/** Who is asked next: keepers take turns, and those that failed rest (PIP-1006 §7). */
export interface KeeperTurns {
  /**
   * One of these names (the nearest to the place first) for the visit to the
   * place with this name: the same one for some visits in a row, then the next.
   */
  choose(place: string, keepers: readonly string[], nowMs: number): string | undefined;
  answered(keeper: string): void;
  /** It was silent, refused, or could not be linked to. */
  failed(keeper: string, nowMs: number): void;
  /** It broke the rules. */
  misbehaved(keeper: string, nowMs: number): void;
}

/** How the turns go. */
export interface TurnOptions {
  /** Keepers among which they go: as many as there are copies. */
  readonly among: number;
  /** Visits in a row at most. */
  readonly inRow: number;
}

const firstRestMs = 300_000;
const longestRestMs = 3_600_000;
const misbehavedRestMs = 86_400_000;
const maxNotes = 4_096;
const maxPlaces = 256;

/** Turns in which nobody has failed. */
export function createKeeperTurns({ among, inRow }: TurnOptions): KeeperTurns {
  const rests = new Map<string, { untilMs: number; failures: number }>();
  const current = new Map<string, { keeper: string; visits: number }>();

  function rest(keeper: string, untilMs: number, failures: number): void {
    const [oldest] = rests.keys();
    if (oldest !== undefined && rests.size >= maxNotes) rests.delete(oldest);
    rests.delete(keeper);
    rests.set(keeper, { untilMs, failures });
    for (const turn of current.values()) if (turn.keeper === keeper) turn.visits = inRow;
  }

  return {
    choose(place, keepers, nowMs) {
      const restOf = (keeper: string) => rests.get(keeper)?.untilMs ?? 0;
      const awake = keepers.filter((keeper) => restOf(keeper) <= nowMs);
      // When all rest, the one that rests least long: a network that was away is not given up.
      const tired = keepers.toSorted((one, other) => restOf(one) - restOf(other));
      const candidates = (awake.length > 0 ? awake : tired.slice(0, 1)).slice(0, among);
      if (candidates.length === 0) return undefined;
      const turn = current.get(place);
      const at = turn === undefined ? -1 : candidates.indexOf(turn.keeper);
      if (turn !== undefined && at !== -1 && turn.visits < inRow) {
        turn.visits += 1;
        return turn.keeper;
      }
      const keeper = candidates[(at + 1) % candidates.length] ?? '';
      const [oldest] = current.keys();
      if (oldest !== undefined && current.size >= maxPlaces) current.delete(oldest);
      current.set(place, { keeper, visits: 1 });
      return keeper;
    },
    answered(keeper) {
      rests.delete(keeper);
    },
    failed(keeper, nowMs) {
      const failures = (rests.get(keeper)?.failures ?? 0) + 1;
      rest(keeper, nowMs + Math.min(longestRestMs, firstRestMs * 2 ** (failures - 1)), failures);
    },
    misbehaved(keeper, nowMs) {
      rest(keeper, nowMs + misbehavedRestMs, (rests.get(keeper)?.failures ?? 0) + 1);
    },
  };
}
