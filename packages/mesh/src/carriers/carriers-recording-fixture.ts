import { expose, hex, redact, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createTestSuite } from '../parcel/parcel-fixture.ts';
import { createFountainEncoder } from './fountain/index.ts';
import { createQrSender } from './qr-stream/qr-sender.ts';
import { compactFromParcel } from './radio/compact-parcel.ts';
import { createSimulatedAir, radioNetwork } from './radio/radio-air-fixture.ts';
import { radioGroupKeys, radioKeyToText } from './radio/radio-key.ts';
import { encodeRadioMessage, type RadioMessage } from './radio/radio-message.ts';
import { sealRadioFrame } from './radio/radio-seal.ts';

/** What is frozen of PIP-1007; all bytes in hex. */
export interface CarriersRecording {
  readonly fountain: readonly {
    readonly object: string;
    readonly symbolLength: number;
    readonly symbols: readonly { readonly id: number; readonly symbol: string }[];
  }[];
  readonly radio: {
    readonly key: string;
    readonly link: string;
    readonly frames: readonly {
      readonly station: number;
      readonly counter: number;
      readonly message: string;
      readonly frame: string;
    }[];
    readonly parcels: readonly { readonly parcel: string; readonly compact: string }[];
  };
  readonly qr: { readonly object: string; readonly frames: readonly string[] };
}

/** The same each time. */
export function recordCarriers(): CarriersRecording {
  const random = createSimulationRandom('carriers recording');
  const { symmetric } = createTestSuite(random);
  const key = redact(random.bytes(32));
  const keys = radioGroupKeys(symmetric, key);
  const air = createSimulatedAir('carriers recording', { loss: 0 });
  const order = { rank: 16, short: 0x0102_0304_0506 };
  const messages: readonly RadioMessage[] = [
    {
      ...{ kind: 'symbol', left: 3, asks: true, short: 0xffee_ddcc_bbaa, length: 621, symbolId: 4 },
      symbol: random.bytes(156),
    },
    {
      kind: 'report',
      left: 0,
      entries: [
        { short: 9, needed: 2 },
        { short: 10, needed: 0xffff },
      ],
    },
    {
      ...{ kind: 'list', left: 0, maxBucket: 3, count: 70, from: order },
      ...{ to: { rank: 255, short: 2 ** 48 - 1 }, shorts: [1, 2 ** 47] },
    },
    { kind: 'sketch', left: 0, maxBucket: 5, count: 40, symbols: random.bytes(192) },
  ];
  const fountain = [40, 3_000].map((length) => {
    const object = random.bytes(length);
    const encoder = createFountainEncoder(object, 8);
    const ids = [0, encoder.sourceCount - 1, encoder.sourceCount, 1_000, 0xffff_ffff];
    const symbols = ids.map((id) => ({ id, symbol: hex.encode(encoder.symbol(id)) }));
    return { object: hex.encode(object), symbolLength: 8, symbols };
  });
  const object = random.bytes(300);
  const sender = unwrap(createQrSender(symmetric, 'card', object, 128));
  return {
    fountain,
    radio: {
      key: hex.encode(expose(key)),
      link: expose(radioKeyToText(symmetric, key)),
      frames: messages.map((message, counter) => {
        const frame = { station: 0xdead_beef, counter, message: encodeRadioMessage(message) };
        const sealed = sealRadioFrame(symmetric, keys, frame);
        return { ...frame, message: hex.encode(frame.message), frame: hex.encode(sealed) };
      }),
      parcels: [false, true].map((hasToken) => {
        const parcel = air.make({ hasToken, priority: 'high' });
        return {
          parcel: hex.encode(parcel.bytes),
          compact: hex.encode(compactFromParcel(radioNetwork, parcel)),
        };
      }),
    },
    qr: {
      object: hex.encode(object),
      frames: [0, 2, 3, 4_000].map((number) => sender.frame(number)),
    },
  };
}
