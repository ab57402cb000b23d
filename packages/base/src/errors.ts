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

/** Failure codes of decoding text forms of bytes; `meta` holds the encoding's name. */
export type EncodingFailureCode =
  /** Longer than the caller allows; nothing was decoded. */
  | 'base/encoding-too-long'
  /** A foreign character, a wrong length, or not the one canonical form. Ask for it again. */
  | 'base/encoding-malformed';

/** Failure codes of reading text and numbers. */
export type TextFailureCode =
  /** The bytes are not well-formed UTF-8. Drop them. */
  | 'base/text-not-utf8'
  /** Not an integer in decimal digits. Ask the person again. */
  | 'base/number-malformed'
  /** An integer outside of the range that the field allows; `meta` holds the range. */
  | 'base/number-out-of-range';

/** Failure codes of ids; `meta` holds the kind of id. */
export type IdFailureCode =
  /** Not as many bytes as ids of this kind have. */
  'base/id-length';

/** Codes of the `ParsError`s that this package throws beside the above: each is a bug of the caller. */
export type BaseErrorCode =
  /** An argument outside of its documented range; `meta.what` says which. */
  | 'base/argument'
  /** A key or value beyond the limits of the `Store` port, or a blob name it does not allow. */
  | 'base/storage-argument'
  /** The store was closed, or crashed and was not opened again. */
  | 'base/storage-closed'
  /**
   * The disk refused; `meta.reason` is `full`, `read-only`, `not-permitted`,
   * `damaged` or `failed`. What was written before is still there, the call did
   * nothing. Tell the person; try again later.
   */
  | 'base/storage-failed'
  /** A simulated crash: the process that made the call is dead for the purpose of the test. */
  | 'base/simulated-crash'
  /** The stream was closed or aborted, here or on the other side. */
  | 'base/stream-closed'
  /** Nobody listens at the address, or the transport was closed. */
  | 'base/unreachable'
  /** Simulated time did not become idle within the number of tasks allowed. */
  | 'base/never-idle'
  /** A conformance case found a broken promise; `meta.expectation` names it. */
  | 'base/does-not-conform';
