import { compareBytes } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { nodeIdFromClassicalKey } from '../node-id.ts';
import {
  decodeRelayGrant,
  decodeRelayRequest,
  encodeRelayGrant,
  encodeRelayRequest,
  judgeAnswer,
  requestRest,
} from './relay-message.ts';
import { relayedRoute, relayOfRoute } from './relay-route.ts';

const target = nodeIdFromClassicalKey(new Uint8Array(32).fill(7));

/** Everything of relays that reads bytes or addresses of strangers. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'mesh/relay-request',
    corpus: async () => {
      const connect = encodeRelayRequest({ kind: 'connect', target });
      return [Uint8Array.of(1), ...(connect.ok ? [connect.value] : [])];
    },
    run: (input) => {
      const [type] = input;
      const rest = requestRest(type);
      if (!rest.ok || type === undefined || input.length !== 1 + rest.value) return;
      const written = encodeRelayRequest(decodeRelayRequest(type, input.subarray(1)));
      if (!written.ok || compareBytes(written.value, input) !== 0) {
        throw new Error('read, but not the one encoding');
      }
    },
  },
  {
    name: 'mesh/relay-answer',
    corpus: async () => [encodeRelayGrant({ seconds: 1, kibibytes: 1, bytesPerSecond: 1 })],
    run: (input) => {
      if (!judgeAnswer(input[0]).ok) return;
      const grant = decodeRelayGrant(input.subarray(1));
      if (grant.ok && compareBytes(encodeRelayGrant(grant.value), input) !== 0) {
        throw new Error('read, but not the one encoding');
      }
    },
  },
  {
    name: 'mesh/relay-route',
    corpus: async () => [new TextEncoder().encode(relayedRoute('/ip4/192.0.2.1/tcp/1', target))],
    run: (input) => {
      const text = new TextDecoder().decode(input);
      const relay = relayOfRoute(text);
      if (relay !== undefined && relayedRoute(relay.route, relay.nodeId) !== text) {
        throw new Error('read, but not the one encoding');
      }
    },
  },
];
