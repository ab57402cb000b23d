/** Bytes of a parcel's header; the rest of its bucket is the body (PIP-1002 §2). */
export const parcelHeaderLength = 512;

/** The six total sizes of a parcel in bytes: 1, 4, 8, 16, 64 and 256 KiB, by bucket number (PIP-1002 §1). */
export const parcelSizes: readonly number[] = [1, 4, 8, 16, 64, 256].map((kib) => kib * 1_024);

/** The exact lengths of a body in bytes, by bucket number: the bucket less the header (PIP-1002 §1). */
export const parcelBodyLengths: readonly number[] = parcelSizes.map(
  (size) => size - parcelHeaderLength,
);

/** The largest parcel in bytes. */
export const maxParcelLength = 262_144;

/** The bucket (0 to 5) of a body with exactly this many bytes, or `undefined` when none has. */
export function bucketFromBodyLength(bodyLength: number): number | undefined {
  const bucket = parcelBodyLengths.indexOf(bodyLength);
  return bucket === -1 ? undefined : bucket;
}

/** The bucket (0 to 5) of a parcel with exactly this many bytes, or `undefined` when none has. */
export function bucketFromParcelLength(length: number): number | undefined {
  const bucket = parcelSizes.indexOf(length);
  return bucket === -1 ? undefined : bucket;
}
