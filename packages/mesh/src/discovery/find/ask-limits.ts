import { createRateBudget, type RateBudget } from '../../spreading/rate-budget.ts';

/** What answering others may cost (PIP-1005 §7). */
const limits = {
  node: { perSecond: 1, burst: 30 },
  network: { perSecond: 8, burst: 120 },
  all: { perSecond: 200, burst: 1_000 },
} as const;
/** Nodes, and networks, that are remembered. */
const maxRemembered = 1_024;

/** Says who asks too often: by node, by network, and all together. */
export interface AskLimits {
  admit(node: string, network: string, nowMs: number): boolean;
}

/** Full budgets; bounded, whoever comes with whatever names. */
export function createAskLimits(): AskLimits {
  const all = createRateBudget(limits.all.perSecond, limits.all.burst);
  const nodes = createBudgets(limits.node);
  const networks = createBudgets(limits.network);
  return {
    // The narrowest first: who asks too often takes nothing from the others.
    admit: (node, network, nowMs) =>
      nodes(node).spend(1, nowMs) && networks(network).spend(1, nowMs) && all.spend(1, nowMs),
  };
}

function createBudgets(limit: { readonly perSecond: number; readonly burst: number }) {
  const byName = new Map<string, RateBudget>();
  return (name: string): RateBudget => {
    const budget = byName.get(name) ?? createRateBudget(limit.perSecond, limit.burst);
    byName.delete(name);
    byName.set(name, budget);
    const [oldest] = byName.keys();
    if (byName.size > maxRemembered && oldest !== undefined) byName.delete(oldest);
    return budget;
  };
}
