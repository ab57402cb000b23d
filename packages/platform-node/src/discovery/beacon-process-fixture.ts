import { createRecordingLog } from '@pars/base/fakes';
import { systemRandom } from '../crypto/system-random.ts';
import { createWatchedHost, realClock } from '../links/links-fixture.ts';
import { localInterfaces } from './local-networks.ts';
import { createMdnsBeacon } from './mdns-beacon.ts';

/* A node that waits for a network, announces itself, and dials whom it finds. It ends when it is linked. */

const startMs = Date.now();
const stopping = new AbortController();
const seconds = Number(process.argv[2] ?? 30);
setTimeout(() => end('timeout'), seconds * 1_000).unref();

while (localInterfaces().every(({ isLoopback }) => isLoopback)) {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
const readyMs = Date.now();
const host = await createWatchedHost({ listen: ['/ip4/0.0.0.0/tcp/0'] });
host.onLink(({ type }) => {
  // The other side has to see the link, too.
  if (type === 'up') setTimeout(() => end('linked'), 500);
});
const beacon = createMdnsBeacon({
  random: systemRandom,
  clock: realClock,
  log: createRecordingLog(),
});
const started = await beacon.start(
  {
    addresses: () => host.addresses(),
    onFound: (addresses) => {
      for (const address of addresses) void host.dial(address);
    },
  },
  stopping.signal,
);
if (!started.ok) end(started.error.code);

function end(outcome: string): void {
  const waitedMs = Date.now() - (readyMs ?? startMs);
  process.stdout.write(`${outcome} ${waitedMs}\n`);
  stopping.abort();
  setTimeout(() => process.exit(outcome === 'linked' ? 0 : 1), 100);
}
