import { base32 } from '@pars/base';
import type { KeyFingerprint } from '../../node-id.ts';
import { type Endpoint, endpointToRoute, isPublicEndpoint } from '../address/index.ts';

/** Most endpoints of one contact. */
export const maxEndpoints = 3;

/**
 * A node and where it can be dialled (PIP-1005 §4). Until a dial has proven
 * the fingerprint at an endpoint, it is a hint and nothing more.
 */
export interface NodeContact {
  readonly fingerprint: KeyFingerprint;
  /** The 32 bytes of the fingerprint: where it lies among the others. */
  readonly place: Uint8Array;
  /** 1 to 3. */
  readonly endpoints: readonly Endpoint[];
}

/** A contact by the 32 bytes of its fingerprint. */
export function contactFromPlace(place: Uint8Array, endpoints: readonly Endpoint[]): NodeContact {
  return { fingerprint: base32.encode(place) as KeyFingerprint, place, endpoints };
}

/** The addresses to dial, each of which holds the node to its fingerprint. */
export function contactAddresses({ endpoints, fingerprint }: NodeContact): readonly string[] {
  return endpoints.map((endpoint) => `${endpointToRoute(endpoint)}#${fingerprint}`);
}

/** What of a stranger's contacts may be dialled: those with public endpoints, and these only (PIP-1005 §2). */
export function dialableContacts(contacts: readonly NodeContact[]): readonly NodeContact[] {
  return contacts.flatMap((contact) => {
    const endpoints = contact.endpoints.filter(isPublicEndpoint);
    return endpoints.length === 0 ? [] : [{ ...contact, endpoints }];
  });
}
