/** The number of parcels whose source is not known: those of earlier starts. */
export const unknownSource = 0;
/** The number of a source that holds nothing yet. */
export const newSource = -1;
/** Sources that are told apart. All others share one account, so that names cost bounded memory. */
const maxSources = 4_096;
const otherSources = maxSources + 1;

/** Small numbers for the names of sources, in memory only (PIP-1002 §9). */
export interface SourceNames {
  /** The number of a source, {@link newSource} for one that has none yet. */
  numberOf(name: string): number;
  /** The number of a source from now on, until it is released. */
  assign(name: string): number;
  /** The last parcel of this number has gone. */
  release(number: number): void;
}

/** No names as yet. */
export function createSourceNames(): SourceNames {
  const numberByName = new Map<string, number>();
  const nameByNumber = new Map<number, string>();
  const released: number[] = [];
  const isFull = (): boolean => nameByNumber.size >= maxSources;
  return {
    numberOf: (name) => numberByName.get(name) ?? (isFull() ? otherSources : newSource),
    assign(name) {
      const known = numberByName.get(name);
      if (known !== undefined) return known;
      if (isFull()) return otherSources;
      const number = released.pop() ?? nameByNumber.size + 1;
      numberByName.set(name, number);
      nameByNumber.set(number, name);
      return number;
    },
    release(number) {
      const name = nameByNumber.get(number);
      if (name === undefined) return;
      nameByNumber.delete(number);
      numberByName.delete(name);
      released.push(number);
    },
  };
}
