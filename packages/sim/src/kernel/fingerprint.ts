/** A running hash over everything that happens, in order. Not cryptographic. */
export interface Fingerprint {
  /** Takes one event in; of a message its length and 16 bytes of it. */
  add(timeUs: number, kind: number, node: number, value: number, bytes?: Uint8Array): void;
  /** 16 hexadecimal digits. */
  text(): string;
}

/** The fingerprint of nothing yet. */
export function createFingerprint(): Fingerprint {
  let a = 0x9e37_79b9;
  let b = 0x85eb_ca6b;

  function mix(word: number): void {
    a = Math.imul(a ^ word, 0xcc9e_2d51);
    a = (a << 15) | (a >>> 17);
    b = Math.imul(b + a, 0x1b87_3593) ^ word;
    b = (b << 13) | (b >>> 19);
  }

  return {
    add(timeUs, kind, node, value, bytes) {
      mix(timeUs | 0);
      mix((timeUs / 4_294_967_296) | 0);
      mix((kind << 24) ^ node);
      mix(value | 0);
      if (bytes === undefined) return;
      const { length } = bytes;
      mix(length);
      // Every message of a protocol differs in its first or in its last bytes.
      for (let at = 0; at < 8 && at < length; at += 4) mix(wordAt(bytes, at));
      for (let at = Math.max(8, length - 8); at < length; at += 4) mix(wordAt(bytes, at));
    },
    text: () => finish(a ^ b) + finish(Math.imul(b, 0x27d4_eb2f) ^ a),
  };
}

/** Four bytes; what lies beyond the end counts as zero. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}

function finish(word: number): string {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85eb_ca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2_ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0).toString(16).padStart(8, '0');
}
