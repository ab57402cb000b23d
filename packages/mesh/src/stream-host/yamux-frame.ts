/** Bytes of a yamux header: version, type, flags [2], stream id [4], length [4]. */
export const yamuxHeaderLength = 12;

/** The four types of frames of yamux 1.0.0. */
export const yamuxType = { data: 0, windowUpdate: 1, ping: 2, goAway: 3 } as const;

/** Flags of a frame; those of a stream may come together. */
export const yamuxFlag = { syn: 1, ack: 2, fin: 4, rst: 8 } as const;

/** Window of a stream at its start, each way: fixed by yamux. */
export const initialWindow = 262_144;

/** The header of one frame. */
export interface YamuxHeader {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  /** Bytes of a data frame, else what the type says. */
  readonly length: number;
}

/** Writes a header: 12 bytes. */
export function encodeYamuxHeader(header: YamuxHeader): Uint8Array {
  const bytes = new Uint8Array(yamuxHeaderLength);
  const view = new DataView(bytes.buffer);
  view.setUint8(1, header.type);
  view.setUint16(2, header.flags);
  view.setUint32(4, header.streamId);
  view.setUint32(8, header.length);
  return bytes;
}

/** Reads 12 bytes; `undefined` for another version, an unknown type or an id that the type must not have. */
export function decodeYamuxHeader(bytes: Uint8Array): YamuxHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, yamuxHeaderLength);
  const type = view.getUint8(1);
  const header = {
    type,
    flags: view.getUint16(2),
    streamId: view.getUint32(4),
    length: view.getUint32(8),
  };
  const isOfSession = type === yamuxType.ping || type === yamuxType.goAway;
  const isKnown = view.getUint8(0) === 0 && type <= yamuxType.goAway;
  return isKnown && isOfSession === (header.streamId === 0) ? header : undefined;
}
