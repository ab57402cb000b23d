// Cases for the runner's own test: one of each outcome, and what the realm is.
import type { Benchmark } from '@pars/base/bench';
import type { ConformanceCase } from '@pars/base/conformance';

export async function cases(): Promise<readonly ConformanceCase[]> {
  const realm = 'document' in globalThis ? 'page' : 'worker';
  return [
    {
      name: `${globalThis.isSecureContext ? 'secure' : 'insecure'}-${realm}`,
      run: async () => undefined,
    },
    { name: 'fails', run: () => Promise.reject(new Error('on purpose')) },
    { name: 'skips', skip: 'for a reason', run: () => Promise.reject(new Error('was run')) },
    { name: 'stays inside', run: staysInside },
  ];
}

export async function benchmarks(): Promise<readonly Benchmark[]> {
  const row = { name: 'fixture', value: 1, unit: 'ops/s' };
  return [
    { name: 'measures', run: async () => [row] },
    { name: 'cannot', skip: 'for a reason', run: async () => [row] },
  ];
}

/** Nothing in the browser reaches another host, not even by name. */
async function staysInside(): Promise<void> {
  const reached = await fetch('http://example.org/').then(
    () => true,
    () => false,
  );
  if (reached) throw new Error('a request left the machine');
}
