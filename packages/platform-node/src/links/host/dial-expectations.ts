import {
  type KeyFingerprint,
  type LinkAddress,
  type LinkExpectation,
  linkAddressFromText,
} from '@pars/mesh';

/** Carries who is expected from `dial` to the handshake, which libp2p calls with an address only. */
export interface DialExpectations {
  /** Holds until disposed. */
  expect(address: LinkAddress): Disposable;
  /**
   * What the dials of this remote address expect. Nobody meets it if they
   * contradict each other, or if nobody dials that address: then it is not known
   * who was wanted, and the node must not show itself.
   */
  of(this: void, remoteAddress: string): LinkExpectation;
}

/** No expectations yet. */
export function createDialExpectations(): DialExpectations {
  const addressesByRoute = new Map<string, Set<LinkAddress>>();
  return {
    expect(address) {
      const addresses = addressesByRoute.get(address.route) ?? new Set<LinkAddress>();
      addresses.add(address);
      addressesByRoute.set(address.route, addresses);
      return {
        [Symbol.dispose]() {
          addresses.delete(address);
          if (addresses.size === 0) addressesByRoute.delete(address.route);
        },
      };
    },
    of(remoteAddress) {
      const remote = linkAddressFromText(remoteAddress);
      if (!remote.ok) return { fingerprint: impossibleFingerprint };
      const dialled = [...(addressesByRoute.get(remote.value.route) ?? [])];
      if (dialled.length === 0) return { fingerprint: impossibleFingerprint };
      // The in-process transport reports who listens there, not who was asked for.
      const asked = dialled.filter(({ nodeId }) => nodeId === remote.value.nodeId);
      const relevant = asked.length > 0 ? asked : dialled;
      const fingerprints = new Set(
        relevant.map(({ fingerprint }) => fingerprint).filter((value) => value !== undefined),
      );
      const [first, second] = fingerprints;
      return {
        nodeId: relevant[0]?.nodeId ?? remote.value.nodeId,
        fingerprint: second === undefined ? first : impossibleFingerprint,
      };
    },
  };
}

/** Equal to no key's fingerprint. */
const impossibleFingerprint = '' as KeyFingerprint;
