const MODULUS = 3_329;
/** 1,024 coefficients of 12 bits; the 32 bytes after them are a seed. */
const COEFFICIENT_BYTES = 1536;

/**
 * Whether all coefficients of an ML-KEM-1024 public key (1,568 bytes) are
 * reduced (FIPS 203 §7.2). The suite asks this itself, so that no provider can
 * accept what another one refuses (PIP-2000 §2.4).
 */
export function isReducedMlKemKey(bytes: Uint8Array): boolean {
  for (let offset = 0; offset < COEFFICIENT_BYTES; offset += 3) {
    const [low = 0, middle = 0, high = 0] = [bytes[offset], bytes[offset + 1], bytes[offset + 2]];
    if ((low | ((middle & 0x0f) << 8)) >= MODULUS) return false;
    if (((middle >>> 4) | (high << 4)) >= MODULUS) return false;
  }
  return true;
}
