import { hex } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import type { ParcelId } from '../parcel/index.ts';
import { createTestSuite } from '../parcel/parcel-fixture.ts';
import { createDaySet, dayIdsFrom, wholeRange } from './day-set.ts';
import { createSketchEncoder } from './sketch-encoder.ts';
import { encodeSyncMessage } from './sync-message.ts';
import { syncSalt } from './sync-salt.ts';
import { sampleMessages } from './sync-sample-fixture.ts';

/** A small set with its sketch, and one message of every type, as frozen in reconciliation.vectors.json. */
export interface ReconciliationRecording {
  readonly askerSalt: string;
  readonly answererSalt: string;
  readonly salt: string;
  /** Ascending. */
  readonly ids: readonly string[];
  /** In the order of the ids, 16 hexadecimal digits each. */
  readonly shorts: readonly string[];
  readonly sum: string;
  /** The first 64 symbols of the sketch. */
  readonly symbols: readonly string[];
  readonly messages: readonly { readonly type: string; readonly bytes: string }[];
}

/** Makes the recording again; the same on every run and platform. */
export function recordReconciliation(): ReconciliationRecording {
  const random = createSimulationRandom('reconciliation vectors');
  const { symmetric } = createTestSuite(random);
  const [askerSalt, answererSalt] = [random.bytes(16), random.bytes(16)];
  const salt = syncSalt(symmetric, askerSalt, answererSalt);
  const parcels = Array.from({ length: 40 }, () => ({
    day: 20_454,
    id: random.bytes(32) as ParcelId,
  }));
  const [day] = dayIdsFrom(parcels);
  if (day === undefined) throw new Error('a day without ids');
  const set = createDaySet(day, salt);
  const encoder = createSketchEncoder(set.shorts);
  const sixteenDigits = (value: bigint) => value.toString(16).padStart(16, '0');
  return {
    askerSalt: hex.encode(askerSalt),
    answererSalt: hex.encode(answererSalt),
    salt: hex.encode(salt),
    ids: Array.from({ length: 40 }, (_, at) => hex.encode(day.ids.subarray(32 * at, 32 * at + 32))),
    shorts: set.list(wholeRange).map(sixteenDigits),
    sum: sixteenDigits(set.fingerprint(wholeRange).sum),
    symbols: Array.from({ length: 64 }, (_, at) => hex.encode(encoder.encode(at, 1))),
    messages: sampleMessages.map((message) => ({
      type: message.type,
      bytes: hex.encode(encodeSyncMessage(message)),
    })),
  };
}
