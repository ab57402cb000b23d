import { type ByteStream, ok, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from '../errors.ts';

/** The first line of both sides: the negotiation itself. */
const negotiation = '/multistream/1.0.0';
const refusal = 'na';
/** Longest line in bytes, its end included. */
export const maxLineLength = 1_024;
/** Names that a dialer may try on one stream. */
const maxTries = 8;

/** A stream at its beginning, and the one reader of its source. */
export interface NegotiatedStream {
  readonly stream: Pick<ByteStream, 'write'>;
  readonly reader: AsyncIterator<Uint8Array>;
}

/** What was chosen, and what was read beyond it. */
export interface ProtocolChoice {
  readonly protocol: string;
  readonly leftover: Uint8Array;
}

/**
 * Asks for one protocol (multistream-select 1.0.0, PIP-1000 §11). Codes:
 * `mesh/unsupported-protocol`, `mesh/stream-broken` when the other side speaks
 * something else. Rejects when the stream breaks.
 */
export async function askForProtocol(
  { stream, reader }: NegotiatedStream,
  protocol: string,
): Promise<Result<ProtocolChoice, MeshFailure>> {
  const lines = createLineReader(reader);
  await stream.write(writeLines(negotiation, protocol));
  if ((await lines.next()) !== negotiation) return meshErr('mesh/stream-broken');
  const answer = await lines.next();
  if (answer === protocol) return ok({ protocol, leftover: lines.leftover() });
  return meshErr(answer === refusal ? 'mesh/unsupported-protocol' : 'mesh/stream-broken');
}

/**
 * Answers until the dialer has named a protocol that is `served`, which is not
 * confirmed yet: {@link confirmProtocol} does. Codes: `mesh/unsupported-protocol`
 * when the dialer gives up or tries too often, `mesh/stream-broken`.
 */
export async function hearProtocol(
  { stream, reader }: NegotiatedStream,
  isServed: (protocol: string) => boolean,
): Promise<Result<ProtocolChoice, MeshFailure>> {
  const lines = createLineReader(reader);
  if ((await lines.next()) !== negotiation) return meshErr('mesh/stream-broken');
  await stream.write(writeLines(negotiation));
  for (let tries = 0; tries < maxTries; tries += 1) {
    const protocol = await lines.next();
    if (protocol === undefined) return meshErr('mesh/unsupported-protocol');
    if (isServed(protocol)) return ok({ protocol, leftover: lines.leftover() });
    await stream.write(writeLines(refusal));
  }
  return meshErr('mesh/unsupported-protocol');
}

/** Says yes to a protocol; its own bytes follow. */
export function confirmProtocol({ stream }: NegotiatedStream, protocol: string): Promise<void> {
  return stream.write(writeLines(protocol));
}

/** Each line: its length as a varint of one or two bytes, the text, a line feed. */
function writeLines(...lines: readonly string[]): Uint8Array {
  const bytes = lines.flatMap((line) => {
    const text = [...new TextEncoder().encode(`${line}\n`)];
    const { length } = text;
    return length < 128 ? [length, ...text] : [(length & 0x7f) | 0x80, length >> 7, ...text];
  });
  return Uint8Array.from(bytes);
}

interface LineReader {
  /** The next line, or `undefined` when none comes or it breaks the layout. */
  next(): Promise<string | undefined>;
  leftover(): Uint8Array;
}

function createLineReader(reader: AsyncIterator<Uint8Array>): LineReader {
  let buffered: Uint8Array = new Uint8Array(0);

  /** Reads until so many bytes are here; `false` when they do not come. */
  async function fill(length: number): Promise<boolean> {
    while (buffered.length < length) {
      const next = await reader.next();
      if (next.done === true) return false;
      const joined = new Uint8Array(buffered.length + next.value.length);
      joined.set(buffered);
      joined.set(next.value, buffered.length);
      buffered = joined;
    }
    return true;
  }

  return {
    async next() {
      if (!(await fill(1))) return undefined;
      const [first = 0] = buffered;
      const isLong = first >= 128;
      if (isLong && !(await fill(2))) return undefined;
      const length = isLong ? (first & 0x7f) | ((buffered[1] ?? 0) << 7) : first;
      const start = isLong ? 2 : 1;
      if (length < 1 || length > maxLineLength) return undefined;
      if (!(await fill(start + length))) return undefined;
      const line = buffered.subarray(start, start + length);
      buffered = buffered.slice(start + length);
      if (line.at(-1) !== lineFeed || line.some((byte) => byte >= 128)) return undefined;
      return new TextDecoder().decode(line.subarray(0, -1));
    },
    leftover: () => buffered,
  };
}

const lineFeed = 10;
