import { hex } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { encodeGossipMessage } from './gossip-message.ts';
import { sampleGossip } from './gossip-sample-fixture.ts';
import { gossipShortId } from './gossip-short-id.ts';

/** Short ids and one message of gossip of every type, as frozen in spreading.vectors.json. */
export interface SpreadingRecording {
  readonly salt: string;
  readonly shorts: readonly { readonly id: string; readonly short: string }[];
  readonly gossip: readonly { readonly type: string; readonly bytes: string }[];
}

/** Makes the recording again; the same on every run and platform. */
export function recordSpreading(): SpreadingRecording {
  const random = createSimulationRandom('spreading vectors');
  const salt = random.bytes(16);
  const ids = Array.from({ length: 8 }, () => random.bytes(32));
  return {
    salt: hex.encode(salt),
    shorts: ids.map((id) => ({
      id: hex.encode(id),
      short: gossipShortId(id, salt).toString(16).padStart(12, '0'),
    })),
    gossip: sampleGossip.map((message) => ({
      type: message.type,
      bytes: hex.encode(encodeGossipMessage(message)),
    })),
  };
}
