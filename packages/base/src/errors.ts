/** Failure codes of decoding CBOR; `meta` holds the codec's name and the path in its schema. */
export type CborFailureCode =
  /** More bytes than the codec allows; nothing was read. Refuse the sender or the file. */
  | 'base/cbor-too-large'
  /** Not CBOR, cut short, bad UTF-8, or bytes left over. Drop it. */
  | 'base/cbor-malformed'
  /**
   * CBOR, but not the one deterministic form: longer integers than needed, keys
   * out of order or twice, indefinite lengths, tags, floats, null. Drop it.
   */
  | 'base/cbor-not-canonical'
  /** Deterministic CBOR of another shape, or beyond a limit. Drop it, or ask for a newer program. */
  | 'base/cbor-schema';
