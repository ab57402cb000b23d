import type { SymmetricPrimitives } from './provider/crypto-provider.ts';

/** What the two halves of a hybrid encapsulation put on the table. */
export interface HybridKemParts {
  /** Secret, ciphertext and public key of the post-quantum half. */
  readonly postQuantum: KemPart;
  /** Secret, ephemeral public key and static public key of the classical half. */
  readonly classical: KemPart;
}

/** One half of a hybrid encapsulation. */
export interface KemPart {
  readonly secret: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** How a combiner hashes: which label, and whether the post-quantum half's public parts go in. */
export interface CombinerForm {
  readonly label: Uint8Array;
  /**
   * Suite 1 hashes everything. X-Wing leaves these two out because it is proven
   * for ML-KEM-768 alone; the form exists so that its vectors test this code.
   */
  readonly hashesPostQuantumPublicParts: boolean;
}

/**
 * `SHA3-256(ssM ‖ ssX ‖ ctM ‖ ctX ‖ pkM ‖ pkX ‖ label)`, 32 bytes (PIP-2000 §3.3).
 * All parts have a fixed length within one form, so the hash input is injective.
 */
export function combineKemSecrets(
  symmetric: SymmetricPrimitives,
  parts: HybridKemParts,
  form: CombinerForm,
): Uint8Array {
  const { postQuantum, classical } = parts;
  if (!form.hashesPostQuantumPublicParts) {
    return symmetric.sha3(
      postQuantum.secret,
      classical.secret,
      classical.ciphertext,
      classical.publicKey,
      form.label,
    );
  }
  return symmetric.sha3(
    postQuantum.secret,
    classical.secret,
    postQuantum.ciphertext,
    classical.ciphertext,
    postQuantum.publicKey,
    classical.publicKey,
    form.label,
  );
}
