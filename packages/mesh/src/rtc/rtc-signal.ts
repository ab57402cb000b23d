import { base32, concatBytes, equalBytes, ok, type Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import type { KeyFingerprint } from '../node-id.ts';
import { hostLengthByKind, type IceCandidate, isReachable } from './ice-candidate.ts';

/** How a data channel finds the other end: the part of a session description that differs from others. */
export interface RtcEndpoint {
  /** 4 to 16 characters of `A-Z`, `a-z`, `0-9`, `+`, `/`. */
  readonly iceUfrag: string;
  /** 22 to 40 of the same characters. */
  readonly icePassword: string;
  /** SHA-256 of the certificate of DTLS: 32 bytes. It protects nothing that Pars relies on. */
  readonly certificateHash: Uint8Array;
  /** Best first, at most {@link maxCandidates}. */
  readonly candidates: readonly IceCandidate[];
}

/** What two nodes hand each other, by QR code or any other way, to meet over WebRTC (PIP-1000 §10). */
export interface RtcSignal {
  readonly kind: 'offer' | 'answer';
  /** Made at random for the offer, 16 bytes; its answer repeats it. */
  readonly nonce: Uint8Array;
  /** Of the node that made the signal: who must prove itself over the channel. */
  readonly fingerprint: KeyFingerprint;
  readonly endpoint: RtcEndpoint;
}

/** Most candidates of a signal. */
export const maxCandidates = 8;
/** Longest signal in bytes. */
export const maxSignalLength = 300;
/** Bytes of a signal's nonce. */
export const signalNonceLength = 16;

const signalVersion = 1;
const prefix = 'pars://rtc/';
const checksumLabel = new TextEncoder().encode('pars/1 rtc signal checksum');
const checksumLength = 4;
const hashLength = 32;
const kinds = ['offer', 'answer'] as const;
const hostKinds = ['ip4', 'ip6', 'mdns'] as const;
/** Bytes before the first field of variable length. */
const fixedLength = 2 + signalNonceLength + 2 * hashLength;

/** The bytes of a signal. One that breaks its own layout is a bug and throws. */
export function encodeRtcSignal(symmetric: SymmetricPrimitives, signal: RtcSignal): Uint8Array {
  const { endpoint } = signal;
  const fingerprint = base32.decode(signal.fingerprint, { maxBytes: hashLength });
  if (!fingerprint.ok || !isSound(signal)) throw new RangeError('rtc signal out of range');
  const body = concatBytes(
    Uint8Array.of(signalVersion, kinds.indexOf(signal.kind)),
    signal.nonce,
    fingerprint.value,
    endpoint.certificateHash,
    writeText(endpoint.iceUfrag),
    writeText(endpoint.icePassword),
    Uint8Array.of(endpoint.candidates.length),
    ...endpoint.candidates.map(({ kind, bytes, port }) =>
      concatBytes(
        Uint8Array.of(hostKinds.indexOf(kind)),
        bytes,
        Uint8Array.of(port >> 8, port & 0xff),
      ),
    ),
  );
  return concatBytes(body, checksum(symmetric, body));
}

/** Reads a signal. Total. Codes: `mesh/bad-signal`, `mesh/unknown-version`. */
export function decodeRtcSignal(
  symmetric: SymmetricPrimitives,
  bytes: Uint8Array,
): Result<RtcSignal, MeshFailure> {
  if (bytes.length < fixedLength + checksumLength || bytes.length > maxSignalLength) {
    return meshErr('mesh/bad-signal');
  }
  const body = bytes.subarray(0, -checksumLength);
  if (!equalBytes(checksum(symmetric, body), bytes.subarray(-checksumLength))) {
    return meshErr('mesh/bad-signal');
  }
  if (body[0] !== signalVersion) return meshErr('mesh/unknown-version', { version: body[0] ?? 0 });
  const signal = readBody(body);
  return signal !== undefined && isSound(signal) ? ok(signal) : meshErr('mesh/bad-signal');
}

/** The signal as text for QR codes, pasting and parcels: at most 491 characters. */
export function rtcSignalToText(symmetric: SymmetricPrimitives, signal: RtcSignal): string {
  return prefix + base32.encode(encodeRtcSignal(symmetric, signal));
}

/** Reads a signal's text in any case of letters. Total. Codes as of {@link decodeRtcSignal}. */
export function rtcSignalFromText(
  symmetric: SymmetricPrimitives,
  text: string,
): Result<RtcSignal, MeshFailure> {
  if (text.length > prefix.length + 2 * maxSignalLength) return meshErr('mesh/bad-signal');
  const lower = text.trim().toLowerCase();
  if (!lower.startsWith(prefix)) return meshErr('mesh/bad-signal');
  const bytes = base32.decode(lower.slice(prefix.length), { maxBytes: maxSignalLength });
  return bytes.ok ? decodeRtcSignal(symmetric, bytes.value) : meshErr('mesh/bad-signal');
}

/** Whether every field is in its range: nothing that could end a line of a session description. */
function isSound({ nonce, endpoint }: RtcSignal): boolean {
  const { iceUfrag, icePassword, certificateHash, candidates } = endpoint;
  return (
    nonce.length === signalNonceLength &&
    certificateHash.length === hashLength &&
    /^[A-Za-z0-9+/]{4,16}$/.test(iceUfrag) &&
    /^[A-Za-z0-9+/]{22,40}$/.test(icePassword) &&
    candidates.length <= maxCandidates &&
    candidates.every(isReachable)
  );
}

/** The fields, if they fill the bytes exactly; their ranges are for {@link isSound}. */
function readBody(body: Uint8Array): RtcSignal | undefined {
  const reader = createReader(body);
  reader.take(1);
  const kind = kinds[reader.byte()];
  const nonce = reader.take(signalNonceLength);
  const fingerprint = base32.encode(reader.take(hashLength)) as KeyFingerprint;
  const certificateHash = reader.take(hashLength);
  const iceUfrag = reader.text();
  const icePassword = reader.text();
  const candidates: IceCandidate[] = [];
  for (let left = Math.min(reader.byte(), maxCandidates + 1); left > 0; left -= 1) {
    const hostKind = hostKinds[reader.byte()];
    if (hostKind === undefined) return undefined;
    const bytes = reader.take(hostLengthByKind[hostKind]);
    candidates.push({ kind: hostKind, bytes, port: (reader.byte() << 8) | reader.byte() });
  }
  if (kind === undefined || !reader.isAtEnd()) return undefined;
  const endpoint = { iceUfrag, icePassword, certificateHash, candidates };
  return { kind, nonce, fingerprint, endpoint };
}

interface Reader {
  byte(): number;
  /** A copy; shorter at the end, and then {@link isAtEnd} is false for ever. */
  take(length: number): Uint8Array;
  text(): string;
  isAtEnd(): boolean;
}

function createReader(bytes: Uint8Array): Reader {
  let offset = 0;
  const take = (length: number): Uint8Array => {
    const taken = bytes.slice(offset, offset + length);
    offset += length;
    return taken;
  };
  const byte = (): number => take(1)[0] ?? 0;
  return {
    byte,
    take,
    text: () => String.fromCharCode(...take(byte())),
    isAtEnd: () => offset === bytes.length,
  };
}

function writeText(text: string): Uint8Array {
  return concatBytes(Uint8Array.of(text.length), new TextEncoder().encode(text));
}

function checksum(symmetric: SymmetricPrimitives, body: Uint8Array): Uint8Array {
  return symmetric.sha3(checksumLabel, body).subarray(0, checksumLength);
}
