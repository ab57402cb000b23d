import { linkAddressFromText } from '@pars/mesh';

/** The service under which nodes find each other in a local network (PIP-1005 §12). */
export const serviceName = '_pars-mesh._tcp.local';
/** Addresses of one announcement at most. */
export const maxAnnounced = 8;
/** Seconds that an announcement is good for. */
export const announcedForSeconds = 120;

const maxRecords = 64;
const maxStrings = 16;
const maxStringLength = 255;
const instancePattern = /^pars-[0-9a-f]{16}\._pars-mesh\._tcp\.local$/;

/** A record as it is sent; what the packet encoder takes. */
export type BeaconRecord =
  | { readonly name: string; readonly type: 'PTR'; readonly ttl: number; readonly data: string }
  | {
      readonly name: string;
      readonly type: 'TXT';
      readonly ttl: number;
      readonly flush: boolean;
      readonly data: string[];
    }
  | {
      readonly name: string;
      readonly type: 'SRV';
      readonly ttl: number;
      readonly flush: boolean;
      readonly data: { readonly port: number; readonly target: string };
    };

/** A name for this start: `pars-` and 16 random hexadecimal digits. It says nothing of the machine or its owner. */
export function instanceName(random: Uint8Array): string {
  const digits = [...random.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0'));
  return `pars-${digits.join('')}.${serviceName}`;
}

/**
 * What a node announces: its addresses with fingerprint, each a string of the
 * TXT record, at most 8 of at most 255 bytes. A lifetime of 0 takes it back.
 */
export function announcement(
  instance: string,
  addresses: readonly string[],
  ttl: number,
): readonly BeaconRecord[] {
  const data = addresses
    .map((address) => `a=${address}`)
    .filter((text) => text.length <= maxStringLength)
    .slice(0, maxAnnounced);
  const port = Number(/\/tcp\/(\d{1,5})/.exec(addresses[0] ?? '')?.[1] ?? 0);
  const target = `${instance.split('.')[0]}.local`;
  return [
    { name: serviceName, type: 'PTR', ttl, data: instance },
    { name: instance, type: 'SRV', ttl, flush: true, data: { port, target } },
    { name: instance, type: 'TXT', ttl, flush: true, data },
  ];
}

/** What a packet of anybody says: the addresses of each foreign instance, by name. Total and bounded. */
export function foundInPacket(
  packet: unknown,
  own: string,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const record of recordsOf(packet)) {
    const { data, name, ttl, type } = record;
    if (type !== 'TXT' || ttl === 0 || typeof name !== 'string') continue;
    const instance = name.toLowerCase();
    if (instance === own || !instancePattern.test(instance)) continue;
    const addresses = addressesFrom(data);
    if (addresses.length > 0) found.set(instance, addresses);
  }
  return found;
}

/** Whether a packet asks for the service or for this instance. */
export function isAskedFor(packet: unknown, own: string): boolean {
  const { questions } = objectFrom(packet);
  if (!Array.isArray(questions)) return false;
  return questions.slice(0, maxRecords).some((question) => {
    const { name } = objectFrom(question);
    const asked = typeof name === 'string' ? name.toLowerCase() : '';
    return asked === serviceName || asked === own;
  });
}

function recordsOf(packet: unknown): readonly Readonly<Record<string, unknown>>[] {
  const { additionals, answers } = objectFrom(packet);
  return [answers, additionals]
    .flatMap((records): readonly unknown[] => (Array.isArray(records) ? records : []))
    .slice(0, maxRecords)
    .map(objectFrom);
}

/** Strings `a=` with an address and fingerprint, all of them of one node. */
function addressesFrom(data: unknown): readonly string[] {
  const strings: readonly unknown[] = Array.isArray(data) ? data.slice(0, maxStrings) : [data];
  const addresses: string[] = [];
  let fingerprint: string | undefined;
  for (const bytes of strings) {
    if (!(bytes instanceof Uint8Array) || bytes.length > maxStringLength) continue;
    const text = new TextDecoder('latin1').decode(bytes);
    const address = text.startsWith('a=') ? linkAddressFromText(text.slice(2)) : undefined;
    if (address?.ok !== true || address.value.fingerprint === undefined) continue;
    fingerprint ??= address.value.fingerprint;
    if (address.value.fingerprint !== fingerprint || addresses.length >= maxAnnounced) continue;
    addresses.push(text.slice(2));
  }
  return addresses;
}

function objectFrom(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}
