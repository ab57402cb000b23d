/** Up to 4,096 bytes as a key of a `Map`, one character a byte. Quicker than base32; not for display. */
export function bytesToKey(bytes: Uint8Array): string {
  // As an argument list: spreading would go through the array's iterator, at ten times the cost.
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** The bytes behind a key that {@link bytesToKey} made. */
export function bytesFromKey(key: string): Uint8Array {
  return Uint8Array.from(key, (character) => character.charCodeAt(0));
}
