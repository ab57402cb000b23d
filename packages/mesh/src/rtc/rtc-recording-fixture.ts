import { base32 } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createSeededSuite } from '../link/link-fixture.ts';
import type { KeyFingerprint } from '../node-id.ts';
import { hostFromText } from './ice-candidate.ts';
import { rtcEndpointToDescription } from './rtc-description.ts';
import { encodeRtcSignal, type RtcSignal, rtcSignalToText } from './rtc-signal.ts';

/** One frozen signal: what it says, its bytes in hex, its text and the description made of it. */
export interface SignalRecording {
  readonly name: string;
  readonly kind: RtcSignal['kind'];
  readonly nonce: string;
  readonly fingerprint: string;
  readonly certificateHash: string;
  readonly iceUfrag: string;
  readonly icePassword: string;
  /** Each as host and port. */
  readonly candidates: readonly (readonly [string, number])[];
  readonly bytes: string;
  readonly text: string;
  readonly description: string;
}

/** The signals of `rtc.vectors.json`. */
export function recordSignals(): readonly SignalRecording[] {
  const random = createSimulationRandom('recorded signals');
  const { symmetric } = createSeededSuite(random);
  const plans = [
    [
      'a phone that hides its address',
      'offer',
      'Zb3/',
      'x9pQkM4TvW0+aLs2eRyU7hGd',
      ['8fa1c2d3-1111-4222-8333-444455556666.local'],
    ],
    [
      'a daemon',
      'answer',
      'FXAR',
      'MPjDcxVFPUC6yoKmB6Fa5Q',
      ['192.168.43.7', 'fd00::2', '2001:db8::17'],
    ],
    [
      'the longest',
      'offer',
      'A'.repeat(16),
      '+'.repeat(40),
      Array.from({ length: 8 }, (_, index) => `2001:db8::${index + 1}`),
    ],
    ['without candidates', 'answer', 'abcd', '0123456789abcdefABCDEF', []],
  ] as const;
  return plans.map(([name, kind, iceUfrag, icePassword, hosts]) => {
    const nonce = random.bytes(16);
    const hash = random.bytes(32);
    const certificateHash = random.bytes(32);
    const fingerprint = base32.encode(hash) as KeyFingerprint;
    const candidates = hosts.flatMap((host, index) => {
      const parsed = hostFromText(host);
      return parsed === undefined ? [] : [{ ...parsed, port: 50_000 + index }];
    });
    const endpoint = { iceUfrag, icePassword, certificateHash, candidates };
    const signal: RtcSignal = { kind, nonce, fingerprint, endpoint };
    return {
      name,
      kind,
      nonce: toHex(nonce),
      fingerprint,
      certificateHash: toHex(certificateHash),
      iceUfrag,
      icePassword,
      candidates: hosts.map((host, index) => [host, 50_000 + index] as const),
      bytes: toHex(encodeRtcSignal(symmetric, signal)),
      text: rtcSignalToText(symmetric, signal),
      description: rtcEndpointToDescription(endpoint, kind),
    };
  });
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
