import { contactAddresses } from '@pars/mesh';
import type { Discovery } from '../discovery/discovery.ts';
import type { KeeperDirectory } from './keeper-directory.ts';

/**
 * The directory of keepers that discovery keeps: nodes that serve others and
 * were proven lately (PIP-1005). While nobody can be asked, who is known.
 */
export function directoryFromDiscovery(
  discovery: Pick<Discovery, 'closestNodes' | 'knownClosest'>,
  signal: AbortSignal,
): KeeperDirectory {
  return {
    async closest(place, count) {
      const found = await discovery.closestNodes(place, count, signal);
      const contacts = found.ok ? found.value.nodes : discovery.knownClosest(place, count);
      return contacts.map((contact) => ({
        id: contact.place,
        addresses: contactAddresses(contact),
      }));
    },
  };
}
