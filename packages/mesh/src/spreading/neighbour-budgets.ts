/** What a neighbour may cost: so much a second, and a burst of so much (PIP-1008 §8). */
const limits = {
  /** Bytes of parcels that are new here, by class. */
  emergency: { perSecond: 65_536, burst: 1_048_576 },
  ledger: { perSecond: 262_144, burst: 2_097_152 },
  island: { perSecond: 65_536, burst: 1_048_576 },
  /** Bytes of parcels that were known and not asked for. */
  waste: { perSecond: 65_536, burst: 1_048_576 },
  /** Short ids of haves, and of pulls. */
  haves: { perSecond: 1_000, burst: 8_192 },
  pulls: { perSecond: 1_000, burst: 8_192 },
  /** Bytes of parcels served to it. */
  serving: { perSecond: 524_288, burst: 4_194_304 },
  /** Grafts and prunes. */
  switches: { perSecond: 2, burst: 64 },
  /** Reports about it; the rest would only fill a log. */
  reports: { perSecond: 0.1, burst: 4 },
} as const;

/** What is counted of a neighbour. */
export type BudgetKind = keyof typeof limits;

/** The budgets of all neighbours of a node, in one block of memory. */
export interface NeighbourBudgets {
  /** Fills the budgets of a slot. */
  reset(slot: number): void;
  /** Takes the amount and says true, or takes nothing and says false. */
  spend(slot: number, kind: BudgetKind, amount: number, nowMs: number): boolean;
}

const kinds = Object.keys(limits) as readonly BudgetKind[];
const placeByKind = Object.fromEntries(kinds.map((kind, place) => [kind, 2 * place])) as Readonly<
  Record<BudgetKind, number>
>;

/** Full budgets for so many slots. */
export function createNeighbourBudgets(slots: number): NeighbourBudgets {
  const width = 2 * kinds.length;
  /** For each slot and kind what was spent and not refilled, and when that was. */
  const spent = new Float64Array(slots * width);
  return {
    reset(slot) {
      spent.fill(0, slot * width, (slot + 1) * width);
    },
    spend(slot, kind, amount, nowMs) {
      const { perSecond, burst } = limits[kind];
      const at = slot * width + placeByKind[kind];
      const refilled = (Math.max(0, nowMs - (spent[at + 1] ?? 0)) * perSecond) / 1_000;
      const open = Math.max(0, (spent[at] ?? 0) - refilled);
      const isWithin = open + amount <= burst;
      spent[at] = isWithin ? open + amount : open;
      spent[at + 1] = nowMs;
      return isWithin;
    },
  };
}
