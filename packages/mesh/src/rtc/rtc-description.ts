import { ok, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from '../errors.ts';
import { hostFromText, hostToText, type IceCandidate, isReachable } from './ice-candidate.ts';
import { maxCandidates, type RtcEndpoint, type RtcSignal } from './rtc-signal.ts';

/** Longest session description that is read, in characters: from our own WebRTC engine. */
const maxDescriptionLength = 65_536;

/**
 * The session description (SDP, RFC 8866 and 8841) of the other end: one data
 * channel association, nothing else. Who offered begins DTLS, since only then do
 * both ends have what they need: an engine that answered would give up long
 * before a person has carried the answer back. For the same reason candidates are
 * not said to be all, although they are.
 */
export function rtcEndpointToDescription(endpoint: RtcEndpoint, kind: RtcSignal['kind']): string {
  const hash = [...endpoint.certificateHash].map((byte) => byte.toString(16).padStart(2, '0'));
  return [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    `a=ice-ufrag:${endpoint.iceUfrag}`,
    `a=ice-pwd:${endpoint.icePassword}`,
    `a=fingerprint:sha-256 ${hash.join(':').toUpperCase()}`,
    `a=setup:${kind === 'offer' ? 'active' : 'passive'}`,
    'a=sctp-port:5000',
    'a=max-message-size:65536',
    ...endpoint.candidates.map(candidateLine),
    '',
  ].join('\r\n');
}

/**
 * What of our own engine's session description the other side needs: its first
 * eight UDP candidates, in its order of preference. Code: `mesh/rtc-failed` when
 * something is missing or strange, or when it would not wait for the other's DTLS.
 */
export function rtcEndpointFromDescription(
  description: string,
  kind: RtcSignal['kind'],
): Result<RtcEndpoint, MeshFailure> {
  if (description.length > maxDescriptionLength) return meshErr('mesh/rtc-failed');
  const lines = description.split(/\r?\n/);
  const valueOf = (name: string): string =>
    lines.find((line) => line.startsWith(`a=${name}:`))?.slice(name.length + 3) ?? '';
  const certificateHash = hashFromText(valueOf('fingerprint'));
  const iceUfrag = valueOf('ice-ufrag');
  const icePassword = valueOf('ice-pwd');
  if (
    certificateHash === undefined ||
    valueOf('setup').trim() !== (kind === 'offer' ? 'actpass' : 'passive') ||
    !/^[A-Za-z0-9+/]{4,16}$/.test(iceUfrag) ||
    !/^[A-Za-z0-9+/]{22,40}$/.test(icePassword)
  ) {
    return meshErr('mesh/rtc-failed');
  }
  const candidates = lines
    .flatMap((line) => rankedCandidateFromLine(line) ?? [])
    .sort((a, b) => b.priority - a.priority)
    .map(({ candidate }) => candidate)
    .slice(0, maxCandidates);
  return ok({ iceUfrag, icePassword, certificateHash, candidates });
}

/** The type stands for nothing here: what a server reflected or relays is an address like any other. */
function candidateLine(candidate: IceCandidate, index: number): string {
  const priority = 2_130_706_431 - 256 * index;
  return `a=candidate:${index + 1} 1 UDP ${priority} ${hostToText(candidate)} ${candidate.port} typ host`;
}

function rankedCandidateFromLine(
  line: string,
): { readonly priority: number; readonly candidate: IceCandidate } | undefined {
  const [, priority, host = '', port] =
    /^a=candidate:\S+ 1 udp (\d{1,10}) (\S+) (\d{1,5}) typ /i.exec(line) ?? [];
  const parsed = hostFromText(host);
  if (parsed === undefined) return undefined;
  const candidate = { ...parsed, port: Number(port) };
  return isReachable(candidate) ? { priority: Number(priority), candidate } : undefined;
}

function hashFromText(text: string): Uint8Array | undefined {
  const hex = /^sha-256 ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})\s*$/i.exec(text)?.[1];
  if (hex === undefined) return undefined;
  return Uint8Array.from(hex.split(':'), (byte) => Number.parseInt(byte, 16));
}
