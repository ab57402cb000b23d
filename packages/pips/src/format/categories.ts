/** A category and the thousand numbers that belong to it (PIP-7001 §1). */
export interface Category {
  readonly name: CategoryName;
  /** First and last number. */
  readonly from: number;
  readonly to: number;
  /** What its proposals are about, in one line. */
  readonly about: string;
}

/** The value of the field `category`. */
export type CategoryName =
  | 'Core'
  | 'Mesh'
  | 'Crypto'
  | 'Security'
  | 'Clients'
  | 'Sessions'
  | 'Bridges'
  | 'Governance';

/** The number of a proposal tells its category: 0xxx Core to 7xxx Governance. */
export const categories: readonly Category[] = (
  [
    ['Core', 'Architecture, and what every part must keep to'],
    ['Mesh', 'Links, gossip, discovery, offline exchange'],
    ['Crypto', 'Suites, keys, formats of sealed data'],
    ['Security', 'Coercion, compromise, recovery'],
    ['Clients', 'Interfaces between a node and its programs'],
    ['Sessions', 'Identities, messages, groups, files'],
    ['Bridges', 'Value and messages to and from other chains'],
    ['Governance', 'Voting, treasury, and this process'],
  ] as const
).map(([name, about], index) => ({ name, about, from: index * 1000, to: index * 1000 + 999 }));

/** The category of a number; `undefined` for 8000 and above and for what is no number of a proposal. */
export function categoryOfNumber(number: number): Category | undefined {
  return categories.find(
    ({ from, to }) => Number.isInteger(number) && number >= from && number <= to,
  );
}

/** The category of this name, as written in the front matter. */
export function categoryByName(name: string): Category | undefined {
  return categories.find((category) => category.name === name);
}

/** Four digits: `0002`. */
export function numberToText(number: number): string {
  return number.toString().padStart(4, '0');
}
