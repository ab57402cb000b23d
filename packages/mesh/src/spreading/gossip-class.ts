/** The three sorts of parcels that spread epidemically, from the most urgent one; PIP-1008 §1. */
export const gossipClasses = ['emergency', 'ledger', 'island'] as const;

/** One of {@link gossipClasses}. */
export type GossipClass = (typeof gossipClasses)[number];

/** The number of a class on the wire: 1 to 3. */
export function gossipClassToNumber(gossipClass: GossipClass): number {
  return gossipClasses.indexOf(gossipClass) + 1;
}
