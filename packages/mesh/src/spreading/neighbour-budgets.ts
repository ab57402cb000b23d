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

/** The budgets of all neighbours of a node: for each slot and kind what was spent and not refilled, and when that was. */
export type NeighbourBudgets = Float64Array;

const kinds = Object.keys(limits) as readonly BudgetKind[];

/** What belongs to a kind, as numbers: `spend` is called for every message. */
interface Limit {
  readonly place: number;
  readonly perMs: number;
  readonly burst: number;
}

const limitByKind = Object.fromEntries(
  kinds.map((kind, index): [BudgetKind, Limit] => {
    const { perSecond, burst } = limits[kind];
    return [kind, { place: 2 * index, perMs: perSecond / 1_000, burst }];
  }),
) as Readonly<Record<BudgetKind, Limit>>;

const width: number = 2 * kinds.length;

/** Full budgets for so many slots. */
export function createNeighbourBudgets(slots: number): NeighbourBudgets {
  return new Float64Array(slots * width);
}

/** Fills the budgets of a slot. */
export function resetBudgets(budgets: NeighbourBudgets, slot: number): void {
  budgets.fill(0, slot * width, (slot + 1) * width);
}

/** Takes the amount and says true, or takes nothing and says false. */
export function spendBudget(
  budgets: NeighbourBudgets,
  slot: number,
  kind: BudgetKind,
  amount: number,
  nowMs: number,
): boolean {
  const { place, perMs, burst } = limitByKind[kind];
  const at = slot * width + place;
  const passedMs = nowMs - (budgets[at + 1] as number);
  const refilled = passedMs > 0 ? passedMs * perMs : 0;
  const before = budgets[at] as number;
  const open = before > refilled ? before - refilled : 0;
  const isWithin = open + amount <= burst;
  budgets[at] = isWithin ? open + amount : open;
  budgets[at + 1] = nowMs;
  return isWithin;
}
