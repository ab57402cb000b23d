import { createWatchedHost } from './links-fixture.ts';
import { giveParcels } from './parcel-giver-fixture.ts';

/**
 * A process of its own that gives parcels: tells its parent its address, and for
 * each message the milliseconds of CPU that it has used. For a bench.
 */
const host = await createWatchedHost({ listen: ['/ip4/127.0.0.1/tcp/0'] });
await giveParcels(host);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1_000 });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ address: host.addresses()[0] });
