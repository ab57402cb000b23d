import { concatBytes, uint32FromBytes, uint32ToBytes } from '@pars/base';

/** What a station must know after a restart (PIP-1007 §5). */
export interface RadioMemory {
  /** Its number, random, made once. */
  readonly station: number;
  /** Frames from this counter on were never sent. */
  readonly reservedTo: number;
  /** The highest counter of each station heard, at most 64. */
  readonly heard: ReadonlyMap<number, number>;
}

/** Stations that are remembered at most. */
export const maxStations = 64;
const version = 1;

/** 10 bytes, and 8 for each station heard. */
export function encodeRadioMemory(memory: RadioMemory): Uint8Array {
  const heard = [...memory.heard].slice(0, maxStations);
  return concatBytes(
    Uint8Array.of(version, heard.length),
    uint32ToBytes(memory.station),
    uint32ToBytes(memory.reservedTo),
    ...heard.flatMap(([station, highest]) => [uint32ToBytes(station), uint32ToBytes(highest)]),
  );
}

/** Reads it; `undefined` for what is no memory: the station then begins as a new one. Total. */
export function decodeRadioMemory(bytes: Uint8Array): RadioMemory | undefined {
  const [kind, count = 0] = bytes;
  const isMemory = kind === version && count <= maxStations && bytes.length === 10 + 8 * count;
  if (!isMemory) return undefined;
  const word = (at: number) => uint32FromBytes(bytes.subarray(at, at + 4));
  const heard = new Map<number, number>();
  for (let at = 10; at < bytes.length; at += 8) heard.set(word(at), word(at + 4));
  return { station: word(2), reservedTo: word(6), heard };
}
