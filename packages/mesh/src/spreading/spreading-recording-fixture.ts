import { hex } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createTestSuite } from '../parcel/parcel-fixture.ts';
import { encodeGossipMessage } from './gossip-message.ts';
import { sampleGossip, sampleKeeper } from './gossip-sample-fixture.ts';
import { gossipShortId } from './gossip-short-id.ts';
import { chooseKeepers, shardPlace } from './keeper-choice.ts';
import { encodeKeeperMessage } from './keeper-message.ts';

/** Short ids, a choice of keepers and one message of every type, as frozen in spreading.vectors.json. */
export interface SpreadingRecording {
  readonly salt: string;
  readonly shorts: readonly { readonly id: string; readonly short: string }[];
  readonly shard: number;
  readonly day: number;
  readonly place: string;
  readonly known: readonly string[];
  /** The nearest seven. */
  readonly keepers: readonly string[];
  readonly gossip: readonly { readonly type: string; readonly bytes: string }[];
  readonly keeper: readonly { readonly type: string; readonly bytes: string }[];
}

/** Makes the recording again; the same on every run and platform. */
export function recordSpreading(): SpreadingRecording {
  const random = createSimulationRandom('spreading vectors');
  const { symmetric } = createTestSuite(random);
  const salt = random.bytes(16);
  const ids = Array.from({ length: 8 }, () => random.bytes(32));
  const known = Array.from({ length: 40 }, () => random.bytes(32));
  const [shard, day] = [0x5a00_0000, 20_454];
  const place = shardPlace(symmetric, shard, day);
  return {
    salt: hex.encode(salt),
    shorts: ids.map((id) => ({
      id: hex.encode(id),
      short: gossipShortId(id, salt).toString(16).padStart(12, '0'),
    })),
    shard,
    day,
    place: hex.encode(place),
    known: known.map((id) => hex.encode(id)),
    keepers: chooseKeepers(place, known, 7).map((id) => hex.encode(id)),
    gossip: sampleGossip.map((message) => ({
      type: message.type,
      bytes: hex.encode(encodeGossipMessage(message)),
    })),
    keeper: sampleKeeper.map((message) => ({
      type: message.type,
      bytes: hex.encode(encodeKeeperMessage(message)),
    })),
  };
}
