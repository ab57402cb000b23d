export { type BeaconFailureCode, createMdnsBeacon, type MdnsBeaconOptions } from './mdns-beacon.ts';
