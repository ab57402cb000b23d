import type { Endpoint } from './address/index.ts';
import type { FindMessage } from './find/index.ts';
import { contactFromPlace } from './find/node-contact.ts';

/** One endpoint of each kind. */
export const sampleEndpoints: readonly Endpoint[] = [
  { transport: 'tcp', ip: Uint8Array.of(44, 1, 2, 3), port: 4_001 },
  {
    transport: 'tcp',
    ip: Uint8Array.from({ length: 16 }, (_, at) => (at === 0 ? 0x26 : at)),
    port: 1,
  },
  { transport: 'ws', ip: Uint8Array.of(45, 4, 5, 6), port: 443 },
  {
    transport: 'ws',
    ip: Uint8Array.from({ length: 16 }, (_, at) => (at === 0 ? 0x2a : 0)),
    port: 65_535,
  },
];

const [tcp4, tcp6, ws4, ws6] = sampleEndpoints as [Endpoint, Endpoint, Endpoint, Endpoint];

/** One message of every shape. */
export const sampleMessages: readonly FindMessage[] = [
  { type: 'find', place: new Uint8Array(32).fill(7), endpoints: [] },
  { type: 'find', place: new Uint8Array(32).fill(8), endpoints: [tcp4, tcp6, ws4] },
  { type: 'nodes', isListed: false, seen: undefined, contacts: [] },
  {
    type: 'nodes',
    isListed: true,
    seen: Uint8Array.of(44, 9, 9, 9),
    contacts: [
      contactFromPlace(new Uint8Array(32).fill(1), [tcp4]),
      contactFromPlace(new Uint8Array(32).fill(2), [ws6, tcp6, ws4]),
    ],
  },
  { type: 'refused', reason: 'too-often' },
  { type: 'refused', reason: 'not-serving' },
];
