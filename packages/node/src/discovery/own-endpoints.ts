import {
  type Endpoint,
  endpointFromRoute,
  endpointToRoute,
  type Finder,
  isPublicEndpoint,
  linkAddressFromText,
} from '@pars/mesh';

/**
 * Where this node says that it can be reached from everywhere: its public
 * addresses, those its owner announces, and the address that others see it
 * come from with its own ports. Whoever is told dials back before believing it.
 */
export function ownEndpoints(
  addresses: readonly string[],
  announce: readonly string[],
  finder: Pick<Finder, 'seenIps' | 'stats'>,
): readonly Endpoint[] {
  const listening = addresses.flatMap((text) => {
    const address = linkAddressFromText(text);
    const endpoint = address.ok ? endpointFromRoute(address.value.route) : undefined;
    return endpoint === undefined ? [] : [endpoint];
  });
  const announced = announce.flatMap((route) => endpointFromRoute(route) ?? []);
  const { answers, listedBy } = finder.stats();
  // Nobody could dial back: behind a router that lets nobody in.
  const isTrying = answers < TRIES || listedBy > 0;
  const seen = isTrying
    ? finder
        .seenIps()
        .flatMap((ip) =>
          listening.filter((one) => one.ip.length === ip.length).map((one) => ({ ...one, ip })),
        )
    : [];
  const all = [...announced, ...listening, ...seen].filter(isPublicEndpoint);
  return [...new Map(all.map((one) => [endpointToRoute(one), one])).values()].slice(0, 3);
}

/** Answers after which somebody should have listed this node. */
const TRIES = 60;
