/** Where the parts of one vertex stand in its encoding: offsets in bytes, ends exclusive. */
export interface VertexLayout {
  readonly coreFrom: number;
  readonly coreTo: number;
  readonly parentCount: number;
  /** The first parent's 32 bytes; the next one's are {@link PARENT_STRIDE} further. */
  readonly parentsFrom: number;
  readonly time: number;
  readonly payloadFrom: number;
  readonly payloadTo: number;
  readonly proofFrom: number;
  readonly proofTo: number;
}

/** From one parent to the next: 2 bytes of head, 32 of id. */
export const PARENT_STRIDE = 34;

/**
 * Finds the parts of an encoding without a copy and without an object for each
 * token: three times as quick as the codec of PIP-1001 §2, over which every
 * vertex of a replica would have to go. It knows that one shape only: whatever
 * is not exactly so, or has more than `maxParents`, gives `undefined`. Never
 * throws. The limits of time, payload and proof are the caller's to check.
 */
export function readVertexLayout(bytes: Uint8Array, maxParents: number): VertexLayout | undefined {
  const cursor: Cursor = { bytes, at: 0 };
  if (!takeBytes(cursor, 0xa2, 0x00)) return undefined;
  const coreLength = takeHead(cursor, BYTE_STRING);
  const coreFrom = cursor.at;
  const coreTo = coreFrom + coreLength;
  if (coreLength < 0 || coreTo > bytes.length) return undefined;

  if (!takeBytes(cursor, 0xa3, 0x00)) return undefined;
  const parentCount = takeHead(cursor, ARRAY);
  if (parentCount < 0 || parentCount > maxParents) return undefined;
  const parentsFrom = cursor.at + 2;
  for (let index = 0; index < parentCount; index += 1) {
    if (!takeBytes(cursor, 0x58, 0x20)) return undefined;
    cursor.at += 32;
  }
  if (!takeByte(cursor, 0x01)) return undefined;
  const time = takeHead(cursor, UNSIGNED);
  if (time < 0 || !takeByte(cursor, 0x02)) return undefined;
  const payloadLength = takeHead(cursor, BYTE_STRING);
  const payloadFrom = cursor.at;
  const payloadTo = payloadFrom + payloadLength;
  if (payloadLength < 0 || payloadTo !== coreTo) return undefined;

  cursor.at = coreTo;
  if (!takeByte(cursor, 0x01)) return undefined;
  const proofLength = takeHead(cursor, BYTE_STRING);
  const proofFrom = cursor.at;
  const proofTo = proofFrom + proofLength;
  if (proofLength < 0 || proofTo !== bytes.length) return undefined;
  return {
    coreFrom,
    coreTo,
    parentCount,
    parentsFrom,
    time,
    payloadFrom,
    payloadTo,
    proofFrom,
    proofTo,
  };
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** Major types of CBOR, as the upper three bits of an item's first byte. */
const UNSIGNED = 0x00;
const BYTE_STRING = 0x40;
const ARRAY = 0x80;

function takeByte(cursor: Cursor, expected: number): boolean {
  const found = cursor.bytes[cursor.at];
  cursor.at += 1;
  return found === expected;
}

function takeBytes(cursor: Cursor, first: number, second: number): boolean {
  return takeByte(cursor, first) && takeByte(cursor, second);
}

/** The number in the head of an item of this type, in its shortest form; -1 for anything else. */
function takeHead(cursor: Cursor, major: number): number {
  const first = cursor.bytes[cursor.at] ?? 0xff;
  cursor.at += 1;
  if ((first & 0xe0) !== major) return -1;
  const minor = first & 0x1f;
  if (minor < 24) return minor;
  const size = LENGTHS[minor - 24];
  if (size === undefined) return -1;
  let value = 0;
  for (let index = 0; index < size; index += 1) {
    const byte = cursor.bytes[cursor.at];
    if (byte === undefined) return -1;
    cursor.at += 1;
    value = value * 256 + byte;
  }
  return value >= (LEASTS[minor - 24] as number) ? value : -1;
}

/** Bytes that follow an item's first one, and the least number that needs as many. */
const LENGTHS: readonly number[] = [1, 2, 4, 8];
const LEASTS: readonly number[] = [24, 2 ** 8, 2 ** 16, 2 ** 32];
