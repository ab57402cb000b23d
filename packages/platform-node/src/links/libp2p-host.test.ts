import { describe, test } from 'node:test';
import { meshHostConformance } from '@pars/mesh/conformance';
import { createWatchedHost } from './links-fixture.ts';

const listenByTransport: Readonly<Record<string, () => string>> = {
  tcp: () => '/ip4/127.0.0.1/tcp/0',
  websockets: () => '/ip4/127.0.0.1/tcp/0/ws',
  memory: () => {
    memoryHostCount += 1;
    return `/memory/conformance-${memoryHostCount}`;
  },
};
let memoryHostCount = 0;

for (const [transport, listen] of Object.entries(listenByTransport)) {
  describe(`libp2p over ${transport} conforms`, () => {
    const fixture = {
      createHost: ({ maxStreamsPerProtocol }: { readonly maxStreamsPerProtocol: number }) =>
        createWatchedHost({ listen: [listen()], maxStreamsPerProtocol }),
    };
    for (const { name, run } of meshHostConformance(transport, fixture)) test(name, run);
  });
}
