import { compareBytes, concatBytes, uint32ToBytes, utf8ToBytes } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { testSpace } from '../history-fixture.ts';
import type { HashDep, VertexId } from '../vertex.ts';

/**
 * `chain`: everybody sees everything. `groups`: eight people who see each
 * other's vertices a little late. `halves`: two branches that arrive in turns
 * and never meet. `crowd`: 200 writers, each of whom now and then meets another.
 * `hostile`: 16 writers each of whom takes in another random half of countless
 * single vertices, and merges of two of them: no two pasts are alike, and none
 * has two neighbours in a row.
 */
export const HISTORY_SHAPES = ['chain', 'groups', 'halves', 'crowd', 'hostile'] as const;
export type HistoryShape = (typeof HISTORY_SHAPES)[number];

/** A history of many vertices, of which only what cannot be computed again is kept. */
export interface LongHistory {
  readonly size: number;
  /** The id of the vertex at an index; parents have lower ones. */
  idAt(index: number): VertexId;
  /** By a search over the parents: slow, and of other making than the replica's index. */
  reaches(earlier: number, later: number): boolean;
  /** The next encodings, until all were given. */
  next(count: number): readonly Uint8Array[];
}

/** A history of `size` vertices with payloads of at least 4 bytes; the same for every call. */
export function createLongHistory(
  { hash }: HashDep,
  shape: HistoryShape,
  size: number,
  payloadBytes: number,
): LongHistory {
  const choose = CHOOSERS[shape](createSimulationRandom(shape));
  const ids = new Uint8Array(size * 32);
  const times = new Float64Array(size);
  const parentStarts = new Uint32Array(size + 1);
  let parentIndexes = new Uint32Array(size * 2);
  const lastSearch = new Uint32Array(size);
  let search = 0;
  let grown = 0;
  const idAt = (index: number) => ids.slice(index * 32, index * 32 + 32) as VertexId;

  function growOne(): Uint8Array {
    const parents = choose(grown);
    const start = parentStarts[grown] as number;
    if (start + parents.length > parentIndexes.length) {
      const longer = new Uint32Array(parentIndexes.length * 2);
      longer.set(parentIndexes);
      parentIndexes = longer;
    }
    parentIndexes.set(parents, start);
    parentStarts[grown + 1] = start + parents.length;
    let time = 1;
    for (const parent of parents) time = Math.max(time, 1 + (times[parent] as number));
    const payload = new Uint8Array(payloadBytes);
    payload.set(uint32ToBytes(grown));
    const parentIds = parents.map(idAt).sort(compareBytes);
    const core = writeCore(parentIds, time, payload);
    ids.set(hash.sha3(LABEL, testSpace, core), grown * 32);
    times[grown] = time;
    grown += 1;
    return concatBytes(new Uint8Array([0xa2, 0]), itemHead(BYTES, core.length), core, NO_PROOF);
  }

  return {
    size,
    idAt,
    reaches(earlier, later) {
      search += 1;
      const open = [later];
      for (let index = open.pop(); index !== undefined; index = open.pop()) {
        const end = parentStarts[index + 1] as number;
        for (let at = parentStarts[index] as number; at < end; at += 1) {
          const parent = parentIndexes[at] as number;
          if (parent === earlier) return true;
          if (parent < earlier || lastSearch[parent] === search) continue;
          lastSearch[parent] = search;
          open.push(parent);
        }
      }
      return false;
    },
    next(count) {
      const encodings: Uint8Array[] = [];
      while (encodings.length < count && grown < size) encodings.push(growOne());
      return encodings;
    },
  };
}

/** As `draftVertex` does, without its checks: a million vertices are made before anything is measured. */
function writeCore(parents: readonly VertexId[], time: number, payload: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [new Uint8Array([0xa3, 0, 0x80 | parents.length])];
  for (const parent of parents) parts.push(ID_HEAD, parent);
  parts.push(new Uint8Array([1]), itemHead(UNSIGNED, time), new Uint8Array([2]));
  parts.push(itemHead(BYTES, payload.length), payload);
  return concatBytes(...parts);
}

/** The head of a CBOR item, for numbers below 2^32. */
function itemHead(major: number, value: number): Uint8Array {
  if (value < 24) return new Uint8Array([major | value]);
  if (value < 256) return new Uint8Array([major | 24, value]);
  if (value < 65_536) return new Uint8Array([major | 25, value >> 8, value & 255]);
  return new Uint8Array([major | 26, ...uint32ToBytes(value)]);
}

const LABEL = utf8ToBytes('pars/1 vertex');
const UNSIGNED = 0x00;
const BYTES = 0x40;
const ID_HEAD = new Uint8Array([0x58, 32]);
const NO_PROOF = new Uint8Array([1, 0x40]);

type SimulationRandom = ReturnType<typeof createSimulationRandom>;
/** Indexes of the parents of the vertex at an index; none of them reaches another. */
type ChooseParents = (index: number) => number[];

const CHOOSERS: Readonly<Record<HistoryShape, (random: SimulationRandom) => ChooseParents>> = {
  chain: () => (index) => (index === 0 ? [] : [index - 1]),
  halves: () => (index) => (index < 2 ? [] : [index - 2]),
  groups: chooseInGroups,
  crowd: chooseInCrowd,
  hostile: chooseHostile,
};

/** Up to eight heads stand beside each other; most vertices join one or two of them. */
function chooseInGroups(random: SimulationRandom): ChooseParents {
  let heads: readonly number[] = [];
  return (index) => {
    const forks = heads.length < 8 && random.below(3) === 0;
    const most = forks ? 0 : random.below(3);
    const parents = heads.slice(0, 1 + most);
    // Who forks takes the oldest head's place away, and the others stay.
    heads = [...heads.slice(parents.length), index];
    return parents;
  };
}

function chooseInCrowd(random: SimulationRandom): ChooseParents {
  const tips = new Int32Array(WRITERS).fill(-1);
  // What each writer knows of each: the index of the newest vertex.
  const known = Array.from({ length: WRITERS }, () => new Int32Array(WRITERS).fill(-1));
  return (index) => {
    const writer = random.below(WRITERS);
    const own = tips[writer] as number;
    const knownHere = known[writer] as Int32Array;
    let parents = own < 0 ? [] : [own];
    const other = random.below(WRITERS);
    const tip = tips[other] as number;
    if (random.below(3) === 0 && tip > (knownHere[other] as number)) {
      const knownThere = known[other] as Int32Array;
      const isBehind = own >= 0 && (knownThere[writer] as number) >= own;
      parents = isBehind ? [tip] : [...parents, tip];
      for (let at = 0; at < WRITERS; at += 1) {
        knownHere[at] = Math.max(knownHere[at] as number, knownThere[at] as number);
      }
    }
    tips[writer] = index;
    knownHere[writer] = index;
    return parents;
  };
}

const WRITERS = 200;

function chooseHostile(random: SimulationRandom): ChooseParents {
  const tips = new Int32Array(LANES).fill(-1);
  let singles: { readonly index: number; readonly lanes: number[] }[] = [];
  return (index) => {
    if (index % 10_000 === 9_999)
      return [tips[0] as number, tips[1 + random.below(LANES - 1)] as number];
    const [first] = singles;
    if (first === undefined || random.below(9) === 0) {
      const lanes = Array.from({ length: LANES }, (_, lane) => lane);
      singles.push({ index, lanes: random.shuffle(lanes).slice(0, LANES / 2) });
      return [];
    }
    const lane = first.lanes.pop() as number;
    if (first.lanes.length === 0) singles = singles.slice(1);
    const own = tips[lane] as number;
    tips[lane] = index;
    return own < 0 ? [first.index] : [own, first.index];
  };
}

const LANES = 16;
