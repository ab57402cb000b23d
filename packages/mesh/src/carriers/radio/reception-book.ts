import type { SymmetricPrimitives } from '@pars/crypto';
import type { Parcel } from '../../parcel/parcel.ts';
import type { ParcelNetwork } from '../../parcel/parcel-network.ts';
import { createObjectAssembly, type ObjectAssembly } from '../fountain/index.ts';
import { isCompactLength, parcelFromCompact } from './compact-parcel.ts';
import { maxRadioSymbolLength, type RadioMessage, type RadioShort } from './radio-message.ts';

type SymbolMessage = Extract<RadioMessage, { kind: 'symbol' }>;

/** What a symbol led to. */
export type Reception =
  | { readonly state: 'more'; readonly missing: number }
  | { readonly state: 'done'; readonly parcel: Parcel }
  /** The sender breaks the rules of its lengths, or it came out wrong four times. */
  | { readonly state: 'refused' };

/** The parcels that are coming in: at most 32, of 1 MiB together (PIP-1007 §7). */
export interface ReceptionBook {
  take(message: SymbolMessage, station: number): Reception;
  /** Symbols that a parcel of this length still lacks, or `undefined` when none of it is here. */
  missing(short: RadioShort, length: number): number | undefined;
}

/** Bytes of each symbol of an object (PIP-1007 §7): all parts as equal as can be. */
export function radioSymbolLength(objectLength: number): number {
  return Math.ceil(objectLength / Math.ceil(objectLength / maxRadioSymbolLength));
}

const maxReceptions = 32;
const maxBytes = 1_048_576;

interface Incoming {
  readonly length: number;
  readonly assembly: ObjectAssembly<Parcel>;
}

/** An empty book. `shortOf` gives the short id under the salt of the group. */
export function createReceptionBook(
  symmetric: SymmetricPrimitives,
  network: ParcelNetwork,
  shortOf: (id: Parcel['id']) => RadioShort,
): ReceptionBook {
  /** In the order of the latest symbol. The length belongs to the name, so that a forged one is in nobody's way. */
  const incoming = new Map<string, Incoming>();

  function begin({ length, short }: SymbolMessage): Incoming {
    const verify = (object: Uint8Array): Parcel | undefined => {
      const parcel = parcelFromCompact(symmetric, network, object);
      return parcel.ok && shortOf(parcel.value.id) === short ? parcel.value : undefined;
    };
    const shape = { objectLength: length, symbolLength: radioSymbolLength(length) };
    return { length, assembly: createObjectAssembly(shape, verify) };
  }

  /** What was silent longest gives way. */
  function makeRoom(): void {
    let bytes = 0;
    for (const { length } of incoming.values()) bytes += length;
    for (const [name, { length }] of incoming) {
      if (incoming.size <= maxReceptions && bytes <= maxBytes) return;
      incoming.delete(name);
      bytes -= length;
    }
  }

  return {
    take(message, station) {
      const { length, short, symbol, symbolId } = message;
      const isFitting =
        isCompactLength(network, length) && symbol.length === radioSymbolLength(length);
      if (!isFitting) return { state: 'refused' };
      const name = nameOf(short, length);
      const entry = incoming.get(name) ?? begin(message);
      incoming.delete(name);
      incoming.set(name, entry);
      makeRoom();
      const state = entry.assembly.add(symbolId, symbol, String(station));
      if (state === 'more') return { state, missing: entry.assembly.missing };
      incoming.delete(name);
      const parcel = entry.assembly.result();
      return parcel === undefined ? { state: 'refused' } : { state: 'done', parcel };
    },
    missing: (short, length) => incoming.get(nameOf(short, length))?.assembly.missing,
  };
}

function nameOf(short: RadioShort, length: number): string {
  return `${short}/${length}`;
}
